import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import MAX_SIZE, Checkpoint, ledger_id
from ledger.errors import InvalidTree
from ledger.keccak import keccak256

WORD = bytes(range(32))


def test_a_checkpoint_holds_any_size_that_the_contract_can() -> None:
    assert Checkpoint(WORD, 1, WORD).size == 1
    assert Checkpoint(WORD, MAX_SIZE, WORD).size == MAX_SIZE


@pytest.mark.parametrize(
    ("ledger", "size", "root"),
    [
        (WORD[1:], 1, WORD),
        (WORD, 1, WORD + b"\0"),
        (WORD, 0, WORD),
        (WORD, -1, WORD),
        (WORD, MAX_SIZE + 1, WORD),
    ],
)
def test_a_checkpoint_that_no_ledger_has_is_refused(ledger: bytes, size: int, root: bytes) -> None:
    with pytest.raises(InvalidTree, match="expected"):
        Checkpoint(ledger, size, root)


@given(
    chain_id=st.integers(0, 2**256 - 1),
    contract=st.binary(min_size=20, max_size=20),
    creator=st.binary(min_size=20, max_size=20),
    salt=st.binary(min_size=32, max_size=32),
)
def test_a_ledger_id_is_what_solidity_hashes(
    chain_id: int, contract: bytes, creator: bytes, salt: bytes
) -> None:
    oracle = encode(
        ["uint256", "address", "address", "bytes32"],
        [chain_id, f"0x{contract.hex()}", f"0x{creator.hex()}", salt],
    )
    assert ledger_id(chain_id, contract, creator, salt) == keccak256(oracle)
