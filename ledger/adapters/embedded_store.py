"""The file of the embedded chain: one SQLite database that readers see as snapshots.

`nodes` is the key-value table of the EVM (trie nodes, codes, headers); the other tables say what
a reader asks for, so that reading needs no EVM. A block's rows, in all of them, are one SQLite
transaction: after kill -9 the block is whole or was never there.
"""

import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock

from ..errors import ChainUnreachable
from . import file_lock

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE nodes (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
  number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent BLOB NOT NULL,
  timestamp INTEGER NOT NULL, state_root BLOB NOT NULL
);
CREATE TABLE receipts (
  hash BLOB PRIMARY KEY, block INTEGER NOT NULL, gas_used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE logs (
  block INTEGER NOT NULL, position INTEGER NOT NULL, receipt BLOB NOT NULL, address BLOB NOT NULL,
  topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL,
  PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE INDEX logs_by_topics ON logs (address, topic0, topic1, block, position);
"""


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


class EmbeddedStore:
    """The file at `path`, which exists; `limit` seconds to wait for another process's write."""

    def __init__(self, path: Path, limit: float = 30.0) -> None:
        self.path = path
        self._limit = limit
        self._idle: list[sqlite3.Connection] = []
        self._guard = Lock()
        weakref.finalize(self, _close_all, self._idle)

    def create(self, write_genesis: Callable[[sqlite3.Connection], None]) -> bool:
        """Make the file with its first block, all or nothing; False if it was made already."""
        with self._translating():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.lock(), self._begin("BEGIN IMMEDIATE", mode="rwc") as connection:
                if _made(connection):
                    return False
                for statement in _TABLES.split(";"):  # executescript would commit
                    connection.execute(statement)
                write_genesis(connection)
                connection.execute("COMMIT")
                return True

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state of the file, whatever others write meanwhile."""
        with self._begin("BEGIN") as connection:
            if not _made(connection):
                raise ChainUnreachable(f"expected a chain in {self.path.name}, it holds none yet")
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose writes are committed, durably and all at once, at the end.

        One writer at a time, over all threads and processes: Busy when the wait is over.
        """
        with self.lock(), self._begin("BEGIN IMMEDIATE") as connection:
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close what is open; the store opens again when it is asked again."""
        with self._guard:
            _close_all(self._idle)

    def lock(self) -> AbstractContextManager[None]:
        """Hold the writers' lock, a file beside the chain's."""
        return file_lock.hold(self.path.with_name(self.path.name + ".lock"), self._limit)

    @contextmanager
    def _begin(self, statement: str, mode: str = "rw") -> Iterator[sqlite3.Connection]:
        with self._translating():
            with self._guard:
                idle = self._idle.pop() if self._idle else None
            connection = idle or self._open(mode)
            try:
                connection.execute(statement)
                yield connection
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            except BaseException:
                connection.close()  # which rolls back
                raise
            with self._guard:
                self._idle.append(connection)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as cause:
            raise ChainUnreachable(
                f"expected the embedded chain in {self.path.name}, got: {cause}"
            ) from cause

    def _open(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._limit,
            isolation_level=None,
            check_same_thread=False,  # a connection serves one thread at a time, by the guard
        )
        if mode == "rwc":
            # WAL outlives the connection: whoever opens the file later finds it so
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection


def _made(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    return found is not None
