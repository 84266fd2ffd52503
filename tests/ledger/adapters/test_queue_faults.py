"""The queue when processes die, disks fill up, folders refuse and others hold the database."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.errors import Busy, StoreUnavailable
from ledger.leaf import Disclosed
from tests.ledger.factories import LEDGER, word

from . import queue_writer

KILLS = 20


def start(path: Path, first: int, limit: int = 0) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, queue_writer.__file__, str(path), str(first), str(limit)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def said(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate(timeout=60)
    # the last line may have been cut off by the kill
    return output[: output.rfind("\n") + 1].splitlines()


def require_kept(queue: SqlQueue, acknowledged: dict[int, int]) -> None:
    kept = queue.leaves(0, queue.size())
    assert len(kept) == queue.size()
    for seed, index in acknowledged.items():
        assert kept[index] == queue_writer.leaf(seed)
    assert len({leaf.leaf_hash for leaf in kept}) == len(kept)
    assert [queue.find(leaf.leaf_hash) for leaf in kept[:50]] == list(range(min(50, len(kept))))


def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path, chance = tmp_path / "queue.db", random.Random(20)
    acknowledged: dict[int, int] = {}
    for kill in range(KILLS):
        process = start(path, kill * 1_000_000)
        pause = chance.uniform(0.0, 0.15)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        lines = said(process)
        acknowledged |= {int(seed): int(index) for seed, index in map(str.split, lines)}
        queue = SqlQueue(path, LEDGER)
        print(f"kill {kill}: after {pause:.3f} s, {len(lines)} acknowledged, {queue.size()} kept")
        require_kept(queue, acknowledged)
        queue.close()
    assert len(acknowledged) > KILLS


def test_a_full_disk_is_told_and_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    process = start(path, 0, limit=300_000)
    lines = said(process)
    assert process.returncode == 0
    assert lines.count("full") == 1
    acknowledged = {
        int(seed): int(index) for seed, index in (line.split() for line in lines if line != "full")
    }
    assert lines[-1] != "full"
    # what was told to have failed may be kept all the same: then the next one comes after it
    indexes = list(acknowledged.values())
    assert indexes == sorted(set(indexes))
    queue = SqlQueue(path, LEDGER)
    require_kept(queue, acknowledged)
    size = queue.size()
    assert indexes[-1] < size
    assert queue.add([queue_writer.leaf(10**6)], None) == [size]
    queue.close()


def test_a_folder_that_refuses_is_one_clear_error(tmp_path: Path) -> None:
    refusing = tmp_path / "a file where the folder should be"
    refusing.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="look at the disk's space and the folder's rights"):
        SqlQueue(refusing / "queue.db", LEDGER)


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(b"not a database, but as long as the header of one would be" * 20)
    with pytest.raises(StoreUnavailable, match="not a database"):
        SqlQueue(path, LEDGER)


READ_ONLY = """
import os, sys
from pathlib import Path
from ledger.adapters.queue import SqlQueue
from ledger.errors import StoreUnavailable
os.chmod(sys.argv[1], 0o555)
if os.geteuid() == 0:
    os.seteuid(65534)
try:
    SqlQueue(Path(sys.argv[1]) / "queue.db", bytes(32))
except StoreUnavailable as error:
    print(error)
"""


def test_a_read_only_folder_is_one_clear_error(tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    answer = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder)], capture_output=True, text=True, check=True
    )
    assert answer.stderr == ""
    assert answer.stdout.count("\n") == 1
    assert "expected a database that reads and writes" in answer.stdout


def test_a_database_that_others_hold_is_busy_after_the_limit(tmp_path: Path) -> None:
    path, leaf = tmp_path / "queue.db", Disclosed(word("leaf"))
    queue = SqlQueue(path, LEDGER, limit=0.2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(Busy, match="try again"):
        queue.add([leaf], None)
    assert 0.2 <= time.monotonic() - began < 5
    assert queue.size() == 0  # who reads does not wait
    holder.execute("ROLLBACK")
    holder.close()
    assert queue.add([leaf], None) == [0]
    queue.close()


def test_processes_that_open_a_new_queue_at_once_all_get_it(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    code = "import sys; from pathlib import Path; from ledger.adapters.queue import SqlQueue\n"
    code += "SqlQueue(Path(sys.argv[1]), bytes(32))"
    opening = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in opening] == [0, 0, 0, 0]
