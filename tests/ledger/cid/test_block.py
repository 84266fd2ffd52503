"""CIDs in their two forms, and blocks that are or are not their bytes."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cid import DAG_PB, MAX_BLOCK, RAW, Block, Cid
from ledger.cid.block import decode_varint, encode_varint
from ledger.errors import InvalidBlock, InvalidCid

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
cids = st.builds(Cid, st.sampled_from([RAW, DAG_PB]), st.binary(min_size=32, max_size=32))
# The spare bits of the last character are 0 in a, e, i, m, q, u, y and 4 alone.
LAST = "abcdefghijklmnopqrstuvwxyz234567"


def test_the_empty_file_has_the_cid_that_all_know() -> None:
    block = Block.of(b"")
    assert str(block.cid) == EMPTY
    assert block.cid == Cid.parse(EMPTY)
    assert block.cid.multihash == b"\x12\x20" + hashlib.sha256(b"").digest()


@given(cids)
def test_a_cid_survives_both_forms(cid: Cid) -> None:
    assert Cid.parse(str(cid)) == cid
    assert Cid.decode(cid.encode()) == cid
    assert len(cid.encode()) == 36
    assert len(str(cid)) == 59


@given(cids, st.integers(0, 36 * 8 - 1))
def test_a_flipped_bit_is_another_cid_or_none(cid: Cid, bit: int) -> None:
    wrong = (int.from_bytes(cid.encode(), "big") ^ 1 << bit).to_bytes(36, "big")
    try:
        assert Cid.decode(wrong) != cid
    except InvalidCid:
        assert bit >= 32 * 8


@given(cids)
def test_spare_bits_are_refused(cid: Cid) -> None:
    text = str(cid)
    for last in LAST:
        if last != text[-1]:
            try:
                assert Cid.parse(text[:-1] + last) != cid
            except InvalidCid:
                assert LAST.index(last) % 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        EMPTY.upper(),
        EMPTY[1:],
        "z" + EMPTY[1:],
        EMPTY + "a",
        EMPTY[:-1],
        EMPTY + "=",
        EMPTY + "\n",
        " " + EMPTY,
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        EMPTY[:20] + "é" + EMPTY[21:],
        "bagaaierasords4njcts6vs7qvdjfcvgnume4hqohf65zsfguprqphs3icwea",  # 0x0200 dag-json
        "bafyrei" + EMPTY[7:],  # 0x71 dag-cbor
    ],
)
def test_other_written_forms_are_refused(text: str) -> None:
    with pytest.raises(InvalidCid):
        Cid.parse(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01\x55\x12\x20",
        b"\x00\x55\x12\x20" + bytes(32),
        b"\x01\x71\x12\x20" + bytes(32),
        b"\x01\x55\x13\x20" + bytes(32),
        b"\x01\x55\x12\x1f" + bytes(32),
        b"\x01\x55\x12\x20" + bytes(33),
        b"\x12\x20" + bytes(32),
    ],
)
def test_other_binary_forms_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidCid):
        Cid.decode(data)


CODECS: list[Any] = [0, 0x71, -1, 2**80]


@pytest.mark.parametrize("codec", CODECS)
def test_other_codecs_are_refused(codec: int) -> None:
    with pytest.raises(InvalidCid, match="codec"):
        Cid(codec, bytes(32))


def test_a_digest_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidCid, match="32 bytes"):
        Cid(RAW, bytes(31))


@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_flipped_bit_in_a_block_is_found(data: bytes, draw: st.DataObject) -> None:
    block = Block.of(data)
    assert block.require_match() is block
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    wrong = (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
    with pytest.raises(InvalidBlock, match=str(block.cid)):
        Block(block.cid, wrong).require_match()


def test_a_block_that_no_node_would_fetch_is_refused() -> None:
    Block.of(bytes(MAX_BLOCK)).require_match()
    with pytest.raises(InvalidBlock, match="at most"):
        Block.of(bytes(MAX_BLOCK + 1)).require_match()


@given(st.integers(0, 2**63 - 1), st.binary(max_size=3))
def test_a_varint_survives(value: int, after: bytes) -> None:
    written = encode_varint(value)
    assert decode_varint(b"\xff" + written + after, 1) == (value, 1 + len(written))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\xff\x80\x00", b"\xff" * 9 + b"\1"])
def test_a_varint_that_is_cut_or_padded_or_huge_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidBlock, match="varint"):
        decode_varint(data, 0)


def test_a_varint_of_one_zero_is_zero() -> None:
    assert decode_varint(b"\x00", 0) == (0, 1)
