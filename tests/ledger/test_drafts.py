"""Drafts: a file's claim and its pending receipt, made once however often it is begun."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.adapters.log_files import LogFiles
from ledger.drafts import Author, Draft, Said, draft, read_steps, require_readable
from ledger.errors import Conflict, InvalidInput, InvalidReceipt, UnreadableFile
from ledger.receipt import Receipt
from ledger.secp256k1 import address_of_key
from ledger.signing import Home
from ledger.step import Step
from tests.ledger.factories import HOME, author_key

KEY = author_key("alice")
ALICE = Author(address_of_key(KEY), KEY)
BOB = Author(address_of_key(author_key("bob")), author_key("bob"))
PNG = b"\x89PNG\r\n\x1a\n" + b"rest of an image"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "work.png"
    path.write_bytes(PNG)
    return path


def begin(
    file: Path,
    author: Author = ALICE,
    home: Home = HOME,
    said: Said | None = None,
    steps: tuple[Step, ...] = (),
) -> Draft:
    logs = LogFiles(file.parent / "logs")
    return draft(file, author, home, said or Said(), logs, steps)


def test_a_draft_s_pending_receipt_is_written_before_anything_else_is_done(file: Path) -> None:
    made = begin(file, said=Said("Lantern", "CC0-1.0", "a model drew it"))
    assert made.path == file.with_name("work.png.seal.json")
    assert Receipt.decode(made.path.read_bytes()) == made.receipt
    assert (made.receipt.anchors, made.resumed) == ((), False)
    details = made.receipt.signed.details
    assert details is not None
    assert details.media_type == "image/png"
    assert (details.title, details.licence) == ("Lantern", "CC0-1.0")
    assert made.receipt.signed.signer == ALICE.address


def test_a_draft_that_was_begun_is_gone_on_with(file: Path) -> None:
    first = begin(file)
    again = begin(file)
    assert again.receipt == first.receipt
    assert again.resumed


def test_a_file_or_author_or_chain_that_changed_is_a_conflict_and_nothing_is_lost(
    file: Path,
) -> None:
    kept = begin(file).path.read_bytes()
    for author, home in ((BOB, HOME), (ALICE, Home(HOME.chain_id + 1, HOME.contract))):
        with pytest.raises(Conflict, match="another"):
            begin(file, author, home)
    file.write_bytes(PNG + b"changed")
    with pytest.raises(Conflict, match="another version"):
        begin(file)
    assert begin_path(file).read_bytes() == kept


def begin_path(file: Path) -> Path:
    return file.with_name(f"{file.name}.seal.json")


def test_what_lies_in_the_receipts_place_and_is_none_is_left_alone(file: Path) -> None:
    begin_path(file).write_bytes(b"mine")
    with pytest.raises(InvalidReceipt):
        begin(file)
    assert begin_path(file).read_bytes() == b"mine"


def test_many_who_begin_at_once_have_one_claim(file: Path) -> None:
    gate, found = threading.Barrier(6), list[Draft]()

    def run() -> None:
        gate.wait()
        found.append(begin(file))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({one.receipt.signed.id for one in found}) == 1
    assert [one.resumed for one in found].count(False) == 1


def test_a_process_is_kept_before_it_is_claimed(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    path.write_text('{"kind":"generate","seed":"1"}\n{"kind":"select"}\n', encoding="utf-8")
    made = begin(file, steps=read_steps(path))
    details = made.receipt.signed.details
    assert details is not None
    assert details.log is not None
    log = LogFiles(tmp_path / "logs").load(details.log)
    assert log is not None
    assert (made.receipt.signed.claim.process, made.receipt.signed.claim.steps) == (log.root, 2)


def test_a_newer_receipt_is_written_and_the_same_one_is_not(file: Path) -> None:
    made = begin(file)
    written = made.path.stat().st_mtime_ns
    assert made.with_receipt(made.receipt) == made
    assert made.path.stat().st_mtime_ns == written
    signed = made.receipt.signed
    newer = Receipt(replace(signed, signature=bytes(64) + b"\x1b"))
    assert made.with_receipt(newer).receipt == newer
    assert Receipt.decode(made.path.read_bytes()) == newer


def test_what_cannot_be_sealed_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        require_readable(tmp_path / "missing.png")
    with pytest.raises(UnreadableFile):
        require_readable(tmp_path)
    with pytest.raises(InvalidInput, match="verify"):
        require_readable(tmp_path / "work.png.seal.json")
    (tmp_path / "empty").write_bytes(b"")
    require_readable(tmp_path / "empty")
    assert begin(tmp_path / "empty").receipt.signed.details is not None


def test_a_process_without_steps_or_a_file_is_refused(tmp_path: Path) -> None:
    assert read_steps(None) == ()
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(InvalidInput, match="at least one step"):
        read_steps(tmp_path / "empty.jsonl")
    with pytest.raises(UnreadableFile):
        read_steps(tmp_path / "missing.jsonl")


def test_what_the_first_claim_does_not_say_is_a_conflict_and_never_left_out(file: Path) -> None:
    steps = (Step.of({"kind": "generate"}),)
    said = Said("Lantern", "CC0-1.0", "a model drew it")
    first = begin(file, said=said, steps=steps)
    for same in (Said(), said, Said(licence="CC0-1.0")):
        for again in ((), steps):
            assert begin(file, said=same, steps=again).receipt == first.receipt
    for other in (Said(title="Kite"), Said(licence="MIT"), Said(ai_disclosure="by hand")):
        with pytest.raises(Conflict, match="another --"):
            begin(file, said=other, steps=steps)
    with pytest.raises(Conflict, match="process log"):
        begin(file, steps=(Step.of({"kind": "draw"}),))
    bare = file.with_name("bare.png")
    bare.write_bytes(PNG)
    begin(bare)
    with pytest.raises(Conflict, match="process log"):
        begin(bare, steps=steps)
