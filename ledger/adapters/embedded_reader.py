"""The embedded chain, read: from the rows and trie nodes in its file, without an EVM."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from ..chain import MAX_TOPICS, BlockRef, ChainIdentity, Log, Tag, TransactionReceipt
from ..errors import ChainUnreachable, InvalidStateProof
from ..keccak import keccak256
from ..state_trie import AccountProof, account_of, storage_of
from .embedded_store import EmbeddedStore

_EMPTY_WORD = bytes(32)
_NO_CODE = keccak256(b"")


class EmbeddedReader:
    """A ChainReader of the chain in the file at `path`.

    One machine makes its blocks, so `safe` and `finalized` are `latest`, and it says so: local.
    """

    def __init__(self, path: Path, *, limit: float = 30.0) -> None:
        self._store = EmbeddedStore(path, limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; it opens again when it is asked again."""
        self._store.close()

    def identity(self) -> ChainIdentity:
        """Return the drawn chain id and the genesis hash."""
        with self._store.snapshot() as connection:
            chain_id = chain_id_of(connection)
            genesis = connection.execute("SELECT hash FROM blocks WHERE number = 0").fetchone()
        return ChainIdentity(chain_id, genesis[0], local=True)

    def block(self, at: int | Tag) -> BlockRef | None:
        """Return the block of that number or tag; None if there is none (yet)."""
        with self._store.snapshot() as connection:
            row = find_block(connection, at)
        return None if row is None else row[0]

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        """Return that contract's logs in the blocks first..last, in their order."""
        if len(topics) > MAX_TOPICS:
            return ()
        conditions = ["logs.address = ?", "logs.block BETWEEN ? AND ?"]
        values: list[bytes | int] = [address, max(first, 0), min(last, 2**63 - 1)]
        for place, topic in enumerate(topics):
            if topic is None:
                continue
            admitted = [topic] if isinstance(topic, bytes) else list(topic)
            conditions.append(f"topic{place} IN ({','.join('?' * len(admitted))})")
            values += admitted
        with self._store.snapshot() as connection:
            rows = connection.execute(
                "SELECT logs.address, topic0, topic1, topic2, topic3, data, block, hash, receipt,"  # noqa: S608 - only places are formatted in
                " position FROM logs JOIN blocks ON number = block WHERE "
                f"{' AND '.join(conditions)} ORDER BY block, position",
                values,
            ).fetchall()
        return tuple(
            Log(row[0], tuple(topic for topic in row[1:5] if topic is not None), *row[5:])
            for row in rows
        )

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        """Return the word in a storage slot at the end of that block, by walking the tries."""
        with self._store.snapshot() as connection, _translating():
            node_of = _node_of(connection)
            account = account_of(need_block(connection, at)[1], address, node_of)
            if account is None:
                return _EMPTY_WORD
            return storage_of(account.storage_root, slot, node_of)

    def code(self, address: bytes) -> bytes:
        """Return the contract's code at the latest block (empty if there is none)."""
        with self._store.snapshot() as connection, _translating():
            node_of = _node_of(connection)
            account = account_of(need_block(connection, "latest")[1], address, node_of)
            if account is None or account.code_hash == _NO_CODE:
                return b""
            code = node_of(account.code_hash)
            if keccak256(code) != account.code_hash:
                raise InvalidStateProof(f"expected the code 0x{account.code_hash.hex()}, got other")
            return code

    def raw_header(self, number: int) -> bytes | None:  # noqa: ARG002 - the port's
        """Return None: nobody but this machine could trust the hash of such a block."""
        return None

    def state_proof(
        self,
        address: bytes,  # noqa: ARG002 - the port's
        slots: Sequence[bytes],  # noqa: ARG002
        number: int,  # noqa: ARG002
    ) -> AccountProof | None:
        """Return None: see `raw_header`."""
        return None

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of a transaction; None while it is in no block."""
        with self._store.snapshot() as connection:
            return find_receipt(connection, transaction)


def chain_id_of(connection: sqlite3.Connection) -> int:
    """Return the chain id that the file was made with."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'chain_id'").fetchone()
    return int.from_bytes(found[0], "big")


def find_block(connection: sqlite3.Connection, at: int | Tag) -> tuple[BlockRef, bytes] | None:
    """Return the block and its state root; None if there is none (yet)."""
    columns = "SELECT number, hash, parent, timestamp, state_root FROM blocks"
    if isinstance(at, str):
        row = connection.execute(f"{columns} ORDER BY number DESC LIMIT 1").fetchone()
    elif 0 <= at < 2**63:
        row = connection.execute(f"{columns} WHERE number = ?", (at,)).fetchone()
    else:
        row = None
    return None if row is None else (BlockRef(*row[:4]), row[4])


def need_block(connection: sqlite3.Connection, at: int | Tag) -> tuple[BlockRef, bytes]:
    """Return the block and its state root; ChainUnreachable if there is none (yet)."""
    found = find_block(connection, at)
    if found is None:
        raise ChainUnreachable(f"expected a block {at}, the chain has none yet; ask again later")
    return found


def find_receipt(connection: sqlite3.Connection, transaction: bytes) -> TransactionReceipt | None:
    """Return what became of a transaction; None while it is in no block."""
    row = connection.execute(
        "SELECT receipts.hash, block, blocks.hash, gas_used FROM receipts"
        " JOIN blocks ON number = block WHERE receipts.hash = ?",
        (transaction,),
    ).fetchone()
    return (
        None
        if row is None
        else TransactionReceipt(row[0], row[1], row[2], succeeded=True, gas_used=row[3])
    )


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except InvalidStateProof as cause:
        raise ChainUnreachable(f"expected a whole file of the embedded chain: {cause}") from cause


def _node_of(connection: sqlite3.Connection) -> Callable[[bytes], bytes]:
    def node_of(name: bytes) -> bytes:
        row = connection.execute("SELECT value FROM nodes WHERE key = ?", (name,)).fetchone()
        if row is None:
            raise InvalidStateProof(f"expected a trie node 0x{name.hex()} in the file, got none")
        return bytes(row[0])

    return node_of
