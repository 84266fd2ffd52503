"""Leaves a second that the queue acknowledges, beside raw sqlite3 with the same syncs to disk.

    python benchmarks/queue_leaves.py [FOLDER]

The folder should be on the disk that is asked about; the default is a temporary one.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

from ledger.adapters.queue import SqlQueue
from ledger.leaf import Disclosed

LEDGER = bytes(32)
ROUNDS = 3
Add = Callable[[Sequence[bytes]], object]


class RawQueue:
    """The least that would do: one table, one index, one transaction an addition."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE leaves (position INTEGER PRIMARY KEY, leaf_hash BLOB NOT NULL UNIQUE)"
        )

    def add(self, hashes: Sequence[bytes]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO leaves (leaf_hash) VALUES (?)", [(one,) for one in hashes]
        )
        self._connection.execute("COMMIT")


def leaves_a_second(add: Add, batch: int, batches: int, threads: int = 1) -> float:
    def work() -> None:
        for _ in range(batches):
            add([os.urandom(32) for _ in range(batch)])

    workers = [Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return batch * batches * threads / (time.perf_counter() - began)


def median(make: Callable[[Path], Add], batch: int, batches: int, threads: int = 1) -> float:
    found = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            add = make(Path(folder) / "queue.db")
            found.append(leaves_a_second(add, batch, batches, threads))
    return statistics.median(found)


def queue(path: Path) -> Add:
    kept = SqlQueue(path, LEDGER)
    return lambda hashes: kept.add([Disclosed(one) for one in hashes], None)


def raw(path: Path) -> Add:
    return RawQueue(path).add


FOLDER = sys.argv[1] if len(sys.argv) > 1 else None


def main() -> None:
    print(f"{'':34}{'queue':>12}{'sqlite3':>12}  ratio")
    for name, batch, batches, threads in (
        ("one thread, one leaf at a time", 1, 1000, 1),
        ("32 threads, one leaf at a time", 1, 200, 32),
        ("one thread, 1,000 at a time", 1000, 40, 1),
        ("4 threads, 1,000 at a time", 1000, 10, 4),
    ):
        ours = median(queue, batch, batches, threads)
        # sqlite3 has one writer: its threads would only queue up
        theirs = median(raw, batch, min(batches * threads, 2000))
        print(f"{name:34}{ours:>10,.0f}/s{theirs:>10,.0f}/s  {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
