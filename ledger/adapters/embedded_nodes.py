"""The EVM's key-value table, within one SQLite transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from eth.abc import AtomicWriteBatchAPI
from eth.db.backends.base import BaseAtomicDB


class Nodes(BaseAtomicDB, AtomicWriteBatchAPI):
    """Trie nodes, codes and headers by key. What is set waits in memory until `flush`.

    So a call or an estimate, which is never flushed, changes nothing; and a block is as atomic as
    the SQLite transaction that it is flushed in.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._pending: dict[bytes, bytes] = {}

    def flush(self) -> None:
        """Write what was set into the transaction."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO nodes (key, value) VALUES (?, ?)", self._pending.items()
        )
        self._pending.clear()

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """Yield the table itself: the whole transaction is the batch."""
        yield self

    def __getitem__(self, key: bytes) -> bytes:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._pending[key] = value

    def __delitem__(self, key: bytes) -> None:
        # py-evm deletes a key only when it gives up a head; this chain only ever grows
        raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        return self._find(key) is not None

    def _find(self, key: bytes) -> bytes | None:
        if key in self._pending:
            return self._pending[key]
        row = self._connection.execute("SELECT value FROM nodes WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])
