"""What a home keeps of its ledger and its logs: drawn once, read back, and refused when edited."""

import threading
from pathlib import Path

import pytest

from ledger.adapters.ledger_files import LedgerFiles
from ledger.adapters.log_files import LogFiles
from ledger.contract import Founded
from ledger.encoding import canonical
from ledger.errors import BadSettings
from ledger.step import parse_steps
from tests.ledger.factories import LEDGER, word

FOUNDED = Founded(LEDGER, word("creator")[:20], word("salt"))
STEPS = parse_steps(b'{"kind":"generate","seed":"1"}\n{"kind":"select"}\n')


def test_a_ledgers_name_is_kept(tmp_path: Path) -> None:
    assert LedgerFiles(tmp_path / "chain").founded() is None
    LedgerFiles(tmp_path / "chain").keep(FOUNDED)
    assert LedgerFiles(tmp_path / "chain").founded() == FOUNDED


def test_what_is_drawn_is_drawn_once_whoever_asks(tmp_path: Path) -> None:
    drawn: list[tuple[bytes, bytes]] = []
    gate = threading.Barrier(6)

    def ask() -> None:
        files = LedgerFiles(tmp_path / "chain")
        gate.wait()
        drawn.append((files.salt(), files.embedded_key()))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 6
    ((salt, key),) = set(drawn)
    assert len(salt) == len(key) == 32
    assert salt != key
    assert LedgerFiles(tmp_path / "chain").salt() == salt
    assert LedgerFiles(tmp_path / "other").salt() != salt


@pytest.mark.parametrize("data", [b"", b"00", b"zz" * 32, b"\xff" * 64, b"00" * 33])
def test_a_drawn_file_that_was_edited_is_named(tmp_path: Path, data: bytes) -> None:
    for name in ("ledger.salt", "submitter.key"):
        (tmp_path / name).write_bytes(data)
        files = LedgerFiles(tmp_path)
        with pytest.raises(BadSettings, match=name):
            files.salt() if name == "ledger.salt" else files.embedded_key()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        canonical({"creator": "0x00", "ledger": "0x00", "salt": "0x00"}),
        canonical({"creator": None, "ledger": 1, "salt": []}),
    ],
)
def test_a_ledgers_name_that_was_edited_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "ledger.json").write_bytes(data)
    with pytest.raises(BadSettings, match=r"ledger\.json"):
        LedgerFiles(tmp_path).founded()


def test_a_log_is_kept_with_its_secret_and_no_two_are_alike(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    first, second = logs.new(STEPS), logs.new(STEPS)
    assert first.root != second.root
    assert LogFiles(tmp_path).load(first.log_id) == first
    assert LogFiles(tmp_path).load(second.log_id) == second
    assert logs.load(word("another log")) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("secret", b"zz"),
        ("secret", b"00"),
        ("secret", b"\xff\xfe"),
        ("steps.jsonl", b"{"),
        ("steps.jsonl", b"\xff"),
    ],
)
def test_a_log_that_was_edited_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    log = LogFiles(tmp_path).new(STEPS)
    (tmp_path / log.log_id.hex() / name).write_bytes(data)
    with pytest.raises(BadSettings, match="backup"):
        LogFiles(tmp_path).load(log.log_id)
