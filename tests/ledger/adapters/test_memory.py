"""What a home saw final: kept over restarts, for exactly that receipt, and never in the way."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.adapters.memory import FolderMemory, _decode, _encode
from ledger.anchor import Interval
from ledger.chain import ChainIdentity
from ledger.encoding import MAX_NUMBER
from ledger.errors import LedgerError, StoreUnavailable
from ledger.receipt import Receipt
from ledger.verification.evidence import Remembered
from tests.ledger.domain_factories import LOCAL, claim_of, receipt_of
from tests.ledger.factories import CHAIN

RECEIPT = receipt_of(claim_of())
SEEN = Remembered(Interval(5, 9), "valid", "in_force", 77, CHAIN)

numbers = st.integers(0, MAX_NUMBER)
remembered = st.builds(
    Remembered,
    interval=st.tuples(numbers, numbers).map(lambda two: Interval(min(two), max(two))),
    key=st.sampled_from(("valid", "revoked_after", "expired")),
    standing=st.sampled_from(("in_force", "withdrawn")),
    checked_at_block=numbers,
    chain=st.builds(
        ChainIdentity, numbers.filter(lambda n: n < 2**53), st.binary(min_size=32, max_size=32)
    ),
)


def test_what_was_seen_is_remembered_after_a_restart(tmp_path: Path) -> None:
    assert FolderMemory(tmp_path / "seen").recall(RECEIPT) is None
    FolderMemory(tmp_path / "seen").keep(RECEIPT, SEEN)
    assert FolderMemory(tmp_path / "seen").recall(RECEIPT) == SEEN
    later = replace(SEEN, standing="withdrawn", checked_at_block=78, chain=LOCAL)
    FolderMemory(tmp_path / "seen").keep(RECEIPT, later)
    assert FolderMemory(tmp_path / "seen").recall(RECEIPT) == later


def test_any_other_receipt_was_never_seen(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path)
    memory.keep(RECEIPT, SEEN)
    assert RECEIPT.inclusion is not None
    anchor = RECEIPT.anchors[0]
    for other in (
        Receipt(RECEIPT.signed),
        replace(RECEIPT, signed=claim_of("bob")),
        replace(RECEIPT, anchors=(replace(anchor, log_index=anchor.log_index + 1),)),
        replace(RECEIPT, inclusion=replace(RECEIPT.inclusion, index=0)),
        receipt_of(claim_of(), block=7),
    ):
        assert memory.recall(other) is None


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path)
    memory.keep(RECEIPT, SEEN)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    for damaged in (
        b"",
        good[:-1],
        good + b"\n",
        good.replace(b'"key"', b'"kez"'),
        good.replace(b'"local":0', b'"local":2'),
        good.replace(b'"not_after":9', b'"not_after":1'),
        good.replace(b'"key":"valid"', b'"key":7'),
        b"\xff" * 10_000,
    ):
        path.write_bytes(damaged)
        assert memory.recall(RECEIPT) is None, damaged
    path.write_bytes(good)
    assert memory.recall(RECEIPT) == SEEN


def test_a_folder_that_cannot_be_read_or_written_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "seen"
    file.write_bytes(b"a file in place of the folder")
    memory = FolderMemory(file)
    with pytest.raises(StoreUnavailable, match="readable"):
        memory.recall(RECEIPT)
    with pytest.raises(StoreUnavailable):
        memory.keep(RECEIPT, SEEN)


@given(remembered)
def test_what_is_kept_reads_back_as_it_was(seen: Remembered) -> None:
    assert _decode(_encode(seen)) == seen


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    with suppress(LedgerError):
        _decode(data)


def test_what_is_forgotten_was_never_seen(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path / "seen")
    memory.keep(RECEIPT, None)  # nothing to forget yet
    memory.keep(RECEIPT, SEEN)
    memory.keep(RECEIPT, None)
    assert memory.recall(RECEIPT) is None


def test_an_outcome_that_no_check_finds_is_no_memory(tmp_path: Path) -> None:
    memory = FolderMemory(tmp_path)
    memory.keep(RECEIPT, SEEN)
    (file,) = tmp_path.iterdir()
    for good, bad in ((b"valid", b"superb"), (b"in_force", b"forever")):
        memory.keep(RECEIPT, SEEN)
        file.write_bytes(file.read_bytes().replace(good, bad))
        assert memory.recall(RECEIPT) is None
