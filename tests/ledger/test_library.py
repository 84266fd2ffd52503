"""The Python API: one call seals on a fresh home, another says what it is worth."""

import shutil
from pathlib import Path

import pytest

import ledger
from ledger.errors import Conflict, InvalidInput, UnreadableFile, WrongPassphrase
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.wiring import Installation

PASSPHRASE = "correct horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "work.png"
    path.write_bytes(b"a work")
    return path


def test_a_file_is_sealed_on_a_fresh_home_and_verified(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    receipt = ledger.seal(file, passphrase=PASSPHRASE, home=home, title="Lantern")
    assert receipt.anchors
    beside = file.with_name("work.png.seal.json")
    assert Receipt.decode(beside.read_bytes()) == receipt
    assert ledger.verify(file, home=home).verdict is Verdict.VERIFIED
    assert ledger.seal(file, passphrase=PASSPHRASE, home=home) == receipt
    assert Installation.open(home).queue("local").size() == 1
    with pytest.raises(WrongPassphrase):
        ledger.seal(file, passphrase="wrong", home=home)
    file.write_bytes(b"another work")
    assert ledger.verify(file, home=home).verdict is Verdict.FAILED


def test_a_process_goes_along_and_a_seal_that_did_not_wait_is_gone_on_with(
    file: Path, tmp_path: Path
) -> None:
    home, steps = tmp_path / "home", tmp_path / "steps.jsonl"
    steps.write_text('{"kind":"generate","seed":"1"}\n', encoding="utf-8")
    pending = ledger.seal(file, passphrase=PASSPHRASE, home=home, process=steps, wait=0)
    assert pending.anchors == ()
    assert pending.signed.claim.steps == 1
    assert ledger.verify(file, home=home).verdict is Verdict.PENDING
    receipt = ledger.seal(file, passphrase=PASSPHRASE, home=home)
    assert receipt.signed == pending.signed
    assert receipt.anchors


def test_what_cannot_be_read_makes_no_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(UnreadableFile):
        ledger.seal(tmp_path / "missing.png", passphrase=PASSPHRASE, home=home)
    assert not home.exists()


def test_an_empty_passphrase_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="passphrase"):
        ledger.seal(file, passphrase="", home=tmp_path / "home")
    assert not file.with_name("work.png.seal.json").exists()


def test_a_queue_that_was_lost_with_its_chain_kept_is_told_and_not_made_up(
    file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    ledger.seal(file, passphrase=PASSPHRASE, home=home)
    for lost in (home / "chains" / "local").glob("queue.db*"):
        lost.unlink()
    other = tmp_path / "other.png"
    shutil.copy(file, other)
    with pytest.raises(Conflict, match="backup"):
        ledger.seal(other, passphrase=PASSPHRASE, home=home)
    assert Installation.open(home).queue("local").size() == 1  # acknowledged, and it waits
