"""The outbox: what is kept is there after a restart, by name, and in the order of the nonces."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.adapters.outbox import ANCHOR, MAX_VARIANTS, Kept, Outbox, with_hash
from ledger.adapters.signed_transaction import read_transaction
from ledger.errors import InvalidInput, StoreUnavailable
from ledger.keccak import keccak256

FIRST = Kept(b"\x01" * 32, 7, b"signed", (keccak256(b"signed"),))


def test_what_is_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    assert outbox.all() == []
    assert outbox.named(FIRST.name) is None
    second = Kept(ANCHOR, 3, b"more", (b"\x05" * 32, b"\x06" * 32), told=True)
    outbox.keep(FIRST)
    outbox.keep(second)
    again = Outbox(tmp_path / "outbox")
    assert again.all() == [second, FIRST]
    assert again.named(FIRST.name) == FIRST
    assert again.holding(b"\x05" * 32) == second
    assert again.holding(b"\x07" * 32) is None
    again.keep(replace(FIRST, nonce=9))
    assert [one.nonce for one in outbox.all()] == [3, 9]
    again.drop(FIRST)
    again.drop(FIRST)
    assert outbox.all() == [second]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.keep(FIRST)
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(StoreUnavailable, match=path.name):
        outbox.all()


def test_one_at_a_time_gives_out_places(tmp_path: Path) -> None:
    taken: list[int] = []

    def take() -> None:
        outbox = Outbox(tmp_path)
        with outbox.locked():
            nonce = len(outbox.all())
            outbox.keep(replace(FIRST, name=nonce.to_bytes(32, "big"), nonce=nonce))
            taken.append(nonce)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == list(range(8))


def test_the_newest_variants_are_remembered() -> None:
    hashes: tuple[bytes, ...] = ()
    for number in range(MAX_VARIANTS + 5):
        hashes = with_hash(hashes, number.to_bytes(4, "big"))
    assert len(hashes) == MAX_VARIANTS
    assert hashes[-1] == keccak256((MAX_VARIANTS + 4).to_bytes(4, "big"))
    assert with_hash(hashes, (MAX_VARIANTS + 4).to_bytes(4, "big")) == hashes


@pytest.mark.parametrize("signed", [b"", b"\x02", b"\x01\xc0", b"\x02\xc0", b"text"])
def test_bytes_that_are_no_transaction_are_refused(signed: bytes) -> None:
    with pytest.raises(InvalidInput, match="EIP-1559"):
        read_transaction(signed)
