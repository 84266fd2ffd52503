"""What a person names becomes a question: a receipt, a file, a digest, a stream."""

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.asking import (
    SUFFIX,
    ask,
    ask_bytes,
    digest_of_file,
    is_receipt,
    read_receipt,
    receipt_path,
)
from ledger.digest import Digest
from ledger.drafts import require_readable
from ledger.errors import InvalidDigest, InvalidInput, LedgerError, UnreadableFile
from ledger.receipt import MAX_BYTES
from tests.ledger.domain_factories import claim_of, receipt_of

NOBODY = 65534  # the account without rights on Linux; any other than root would do
DATA = receipt_of(claim_of()).encode()
WORK = b"a work"
DIGEST = Digest.of(WORK)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work.png"
    path.write_bytes(WORK)
    return path


def test_a_file_is_asked_about_by_its_digest(work: Path) -> None:
    question = ask(work, None, offline=True)
    assert (question.digest, question.from_file, question.receipt) == (DIGEST, True, None)
    assert question.offline
    assert ask(str(work), None, offline=False).digest == DIGEST


def test_a_file_takes_the_receipt_beside_it_unless_another_is_given(work: Path) -> None:
    beside = receipt_path(work)
    assert beside.name == "work.png" + SUFFIX
    beside.write_bytes(DATA)
    assert ask(work, None, offline=False).receipt == DATA
    other = work.with_name("other.json")
    other.write_bytes(b"other")
    question = ask(work, other, offline=False, trusted_block=b"\1" * 32)
    assert (question.receipt, question.trusted_block) == (b"other", b"\1" * 32)


def test_a_receipt_is_told_by_its_name_or_by_how_it_begins(work: Path) -> None:
    named = work.with_name("x" + SUFFIX)
    named.write_bytes(b"whatever")
    renamed = work.with_name("renamed.json")
    renamed.write_bytes(DATA)
    assert is_receipt(named)
    assert is_receipt(renamed)
    assert not is_receipt(work)
    for path, data in ((named, b"whatever"), (renamed, DATA)):
        question = ask(path, None, offline=False)
        assert (question.digest, question.from_file, question.receipt) == (None, False, data)
    # with a receipt given beside it, even a receipt is a file like any other
    question = ask(renamed, named, offline=False)
    assert (question.digest, question.receipt) == (Digest.of(DATA), b"whatever")


def test_a_digest_is_a_digest_in_any_form(work: Path) -> None:
    text = DIGEST.value.hex()
    for what in (DIGEST, str(DIGEST), text, text.upper(), f"sha256:{text}"):
        question = ask(what, None, offline=False)
        assert (question.digest, question.from_file, question.receipt) == (DIGEST, False, None)
    receipt = receipt_path(work)
    receipt.write_bytes(DATA)
    assert ask(text, receipt, offline=False).receipt == DATA
    assert ask(DIGEST, None, offline=False).digest == DIGEST
    assert ask(DIGEST, receipt, offline=False).receipt == DATA


def test_a_file_named_like_a_digest_is_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "ab" * 32
    Path(name).write_bytes(WORK)
    question = ask(name, None, offline=False)
    assert (question.digest, question.from_file) == (DIGEST, True)


@pytest.mark.parametrize(
    "what",
    ["", "nowhere.png", "x" * 5_000, "a\0b", "sha256:12", "sha256:" + "g" * 64, "a/" * 3_000, "."],
)
def test_what_names_nothing_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LedgerError) as caught:
        ask(what, None, offline=False)
    assert isinstance(caught.value, UnreadableFile | InvalidDigest)
    assert len(str(caught.value)) < 400


def test_a_receipt_that_cannot_be_read_is_said_so(work: Path) -> None:
    with pytest.raises(UnreadableFile, match="expected a receipt at"):
        ask(work, work.with_name("nowhere.json"), offline=False)
    with pytest.raises(UnreadableFile, match="expected a receipt at"):
        read_receipt(work.parent)
    with pytest.raises(UnreadableFile, match="expected a file to read"):
        digest_of_file(work.parent)
    with pytest.raises(UnreadableFile):
        is_receipt(work.with_name("nowhere"))


def test_a_name_too_long_to_have_a_receipt_beside_it_has_none(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    path.write_bytes(WORK)
    question = ask(path, None, offline=False)
    assert (question.digest, question.receipt) == (DIGEST, None)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    return folder


@pytest.fixture
def bound_by_rights() -> Iterator[None]:
    """Be somebody whom a folder's rights hold back: root looks everywhere, so be nobody then."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(NOBODY)
    yield
    if was_root:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_folder_one_may_not_look_into_is_said_so(closed: Path, bound_by_rights: None) -> None:
    with pytest.raises(UnreadableFile, match="Permission denied"):
        ask(closed / "work.png", None, offline=False)


def test_a_large_file_is_read_in_pieces_and_a_large_receipt_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (3 * MAX_BYTES))
    assert digest_of_file(path) == Digest.of(b"x" * (3 * MAX_BYTES))
    assert len(read_receipt(path)) == MAX_BYTES + 1


def test_a_stream_is_a_receipt_if_it_begins_like_one_else_a_work(work: Path) -> None:
    question = ask_bytes(io.BytesIO(DATA), None, offline=True)
    assert (question.receipt, question.digest, question.offline) == (DATA, None, True)
    question = ask_bytes(io.BytesIO(WORK), None, offline=False)
    assert (question.digest, question.from_file, question.receipt) == (DIGEST, True, None)
    receipt = receipt_path(work)
    receipt.write_bytes(b"given")
    question = ask_bytes(io.BytesIO(DATA), receipt, offline=False)
    assert (question.digest, question.receipt) == (Digest.of(DATA), b"given")
    large = b"y" * (2 * MAX_BYTES + 5)
    assert ask_bytes(io.BytesIO(large), None, offline=False).digest == Digest.of(large)
    endless = b'{"anchors":' + b" " * (2 * MAX_BYTES)
    cut = ask_bytes(io.BytesIO(endless), None, offline=False).receipt
    assert cut is not None
    assert len(cut) == MAX_BYTES + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    large = b"y" * (2 * MAX_BYTES + 5)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for data in (DATA, WORK, large):
        writer = threading.Thread(target=pipe.write_bytes, args=(data,))
        writer.start()
        question = ask(pipe, None, offline=True, trusted_block=b"t" * 32)
        writer.join()
        assert (question.offline, question.trusted_block) == (True, b"t" * 32)
        if data == DATA:
            assert (question.receipt, question.digest) == (DATA, None)
        else:
            assert (question.digest, question.from_file) == (Digest.of(data), True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_no_work_to_seal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="a pipe or a device"):
        require_readable(tmp_path / "pipe")
