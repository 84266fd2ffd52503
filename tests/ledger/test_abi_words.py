"""ABI words, with eth_abi as the oracle."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger import abi_words
from ledger.errors import InvalidChainAnswer
from ledger.keccak import keccak256

WORDS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20)


@given(
    head=WORDS,
    number=st.integers(0, 2**256 - 1),
    address=ADDRESSES,
    words=st.lists(WORDS, max_size=9),
    tail=st.binary(max_size=100),
)
def test_calldata_is_what_eth_abi_encodes(
    head: bytes, number: int, address: bytes, words: list[bytes], tail: bytes
) -> None:
    signature = "f(bytes32,uint256,address,bytes32[],bytes)"
    data = abi_words.call(
        signature,
        head,
        abi_words.number(number),
        abi_words.address(address),
        tails=(abi_words.tail_words(words), abi_words.tail_bytes(tail)),
    )
    oracle = encode(
        ["bytes32", "uint256", "address", "bytes32[]", "bytes"],
        [head, number, f"0x{address.hex()}", words, tail],
    )
    assert data == keccak256(signature.encode())[:4] + oracle


@given(number=st.integers(0, 2**64 - 1), address=ADDRESSES, tail=st.binary(max_size=100))
def test_what_eth_abi_encodes_is_read(number: int, address: bytes, tail: bytes) -> None:
    data = encode(["uint64", "bytes", "address"], [number, tail, f"0x{address.hex()}"])
    assert abi_words.read_number(abi_words.read_word(data, 0)) == number
    assert abi_words.read_bytes(data, 1) == tail
    assert abi_words.read_address(abi_words.read_word(data, 2)) == address


def test_every_truncation_of_bytes_is_refused() -> None:
    data = encode(["bytes"], [b"manifest"])
    for length in range(len(data) - 24):  # the padding after the content may lack
        with pytest.raises(InvalidChainAnswer):
            abi_words.read_bytes(data[:length], 0)
    assert abi_words.read_bytes(data[:-24], 0) == b"manifest"


@pytest.mark.parametrize(
    "data",
    [
        abi_words.number(64),  # leads behind the end
        abi_words.number(2**64),
        abi_words.number(2**63),
        abi_words.number(32) + abi_words.number(2**64 - 1),
        abi_words.number(32) + abi_words.number(1025) + bytes(1025),
        abi_words.number(32) + abi_words.number(33) + bytes(32),
    ],
)
def test_hostile_offsets_and_lengths_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidChainAnswer):
        abi_words.read_bytes(data, 0)


def test_a_word_that_holds_more_than_its_type_is_refused() -> None:
    with pytest.raises(InvalidChainAnswer, match="number of 8 bits"):
        abi_words.read_number(abi_words.number(256), 8)
    assert abi_words.read_number(abi_words.number(255), 8) == 255
    with pytest.raises(InvalidChainAnswer, match="address"):
        abi_words.read_address(b"\1" + bytes(31))
    with pytest.raises(InvalidChainAnswer, match="at least 2 words"):
        abi_words.read_word(bytes(63), 1)


def test_selectors_and_topics_are_solidity_s() -> None:
    assert abi_words.selector("transfer(address,uint256)").hex() == "a9059cbb"
    assert abi_words.topic("Transfer(address,address,uint256)").hex().startswith("ddf252ad")
