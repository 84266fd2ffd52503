"""The embedded chain, written: a chain in a file, without a daemon.

A write holds the writers' lock, reloads the head, mines one block and commits it, so several
processes and threads may write at once. A transaction that would revert is refused before it is
mined: no reverted transaction is ever in this chain.
"""

import math
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from eth.abc import BlockHeaderAPI, LogAPI, SignedTransactionAPI

from ..chain import MAX_TOPICS, Cost, Tag
from ..errors import BadSettings, Conflict, CostRefused
from ..keccak import keccak256
from ..ports import Clock
from ..secp256k1 import address_of_key
from .embedded_evm import Evm, Mined, decode_transaction
from .embedded_reader import EmbeddedReader, chain_id_of, find_receipt, need_block
from .embedded_store import EmbeddedStore

# Ids of 48 bits with the highest set: above those that eth-tester and public chains have taken
_LEAST_CHAIN_ID = 2**47
DRAWN_BYTES = 6
# The base fee rises by an eighth a block at the most: twice it is good for five full blocks
_FEE_FACTOR = 2


def drawn_chain_id(drawn: bytes) -> int:
    """Return the chain id for 6 random bytes."""
    if len(drawn) != DRAWN_BYTES:
        raise BadSettings(f"expected {DRAWN_BYTES} random bytes for a chain id, got {len(drawn)}")
    return _LEAST_CHAIN_ID | int.from_bytes(drawn, "big")


class EmbeddedChain(EmbeddedReader):
    """The Chain in the file at `path`, which `create` made.

    `submitter_key` pays (32 bytes; on this chain it has no value); `limit` seconds to wait for
    other writers.
    """

    def __init__(
        self, path: Path, submitter_key: bytes, clock: Clock, *, limit: float = 30.0
    ) -> None:
        super().__init__(path, limit=limit)
        self._key = submitter_key
        self._clock = clock
        self.submitter = address_of_key(submitter_key)

    @classmethod
    def create(
        cls, path: Path, submitter_key: bytes, clock: Clock, chain_id: int, *, limit: float = 30.0
    ) -> Self:
        """Make the chain, all or nothing, and open it; open what is there if it was made before.

        `chain_id` is drawn (`drawn_chain_id`); a chain that was made before keeps its own.
        """
        if not _LEAST_CHAIN_ID <= chain_id < 2 * _LEAST_CHAIN_ID:
            raise BadSettings(f"expected a drawn chain id of 48 bits, got {chain_id}")
        submitter = address_of_key(submitter_key)

        def write_genesis(connection: sqlite3.Connection) -> None:
            header = Evm.genesis(connection, chain_id, submitter, _seconds(clock))
            values = ("chain_id", chain_id.to_bytes(8, "big"))
            connection.execute("INSERT INTO meta VALUES (?, ?)", values)
            _insert_block(connection, header)

        store = EmbeddedStore(path, limit)
        store.create(write_genesis)
        store.close()
        return cls(path, submitter_key, clock, limit=limit)

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers in that block's state; TransactionReverted if it won't.

        The caller it sees is the submitter.
        """
        with self._store.snapshot() as connection:
            block, _ = need_block(connection, at)
            evm = Evm(connection, chain_id_of(connection))
            return evm.call(self.submitter, to, data, evm.header(block.hash))

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would."""
        with self._store.snapshot() as connection:
            evm = Evm(connection, chain_id_of(connection))
            header = evm.next_header(_seconds(self._clock))
            nonce = evm.next_nonce(self.submitter)
            wei_per_gas = _FEE_FACTOR * evm.base_fee(header)

            def sign(gas: int) -> SignedTransactionAPI:
                return evm.sign(self._key, nonce, gas, wei_per_gas, to, data)

            return Cost(evm.estimate(sign, header), wei_per_gas)

    def prepare(
        self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False, keep: bytes | None = None
    ) -> bytes:
        """Return a signed transaction with the next nonce: nothing ever waits on this chain.

        Another writer may take that nonce first; `broadcast` then raises Conflict.
        """
        del alone, keep
        with self._store.snapshot() as connection:
            evm = Evm(connection, chain_id_of(connection))
            nonce = evm.next_nonce(self.submitter)
            return evm.sign(self._key, nonce, cost.gas, cost.wei_per_gas, to, data).encode()

    def kept(self, name: bytes) -> bytes | None:
        """Return None: what is broadcast is in a block."""
        del name
        return None

    def outbid(self, signed: bytes, *, late: bool = False) -> bytes:
        """Return it as it is: nothing waits for its price."""
        del late
        return signed

    def resend(self) -> None:
        """Do nothing: what is broadcast is in a block."""

    def broadcast(self, signed: bytes) -> bytes:
        """Mine a block of this transaction, durably, and return its hash. Safe to repeat.

        Conflict when its nonce was taken by another: prepare again. TransactionReverted and
        CostRefused leave the chain as it was.
        """
        transaction = decode_transaction(signed)
        name = keccak256(signed)
        with self._store.transaction() as connection:
            if find_receipt(connection, name) is not None:
                return name
            evm = Evm(connection, chain_id_of(connection))
            header = evm.next_header(_seconds(self._clock))
            _require_admissible(transaction, evm, header)
            _insert(connection, name, evm.mine(transaction, header))
        return name


def _require_admissible(
    transaction: SignedTransactionAPI, evm: Evm, header: BlockHeaderAPI
) -> None:
    nonce = evm.next_nonce(transaction.sender)
    if transaction.nonce != nonce:
        raise Conflict(
            f"expected nonce {nonce}, the transaction has {transaction.nonce}: another took its "
            "place; prepare again"
        )
    least = evm.base_fee(header)
    if transaction.max_fee_per_gas < least:
        raise CostRefused(
            f"expected at least {least} wei a gas, the transaction allows "
            f"{transaction.max_fee_per_gas}; ask the cost and prepare again"
        )


def _seconds(clock: Clock) -> int:
    # rounded up: a block must not claim to be older than it is
    return math.ceil(clock.now().timestamp())


def _insert(connection: sqlite3.Connection, name: bytes, mined: Mined) -> None:
    header = mined.block.header
    _insert_block(connection, header)
    connection.execute(
        "INSERT INTO receipts VALUES (?, ?, ?)",
        (name, header.block_number, mined.receipt.gas_used),
    )
    connection.executemany(
        "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _log_rows(header.block_number, name, mined.receipt.logs),
    )


def _insert_block(connection: sqlite3.Connection, header: BlockHeaderAPI) -> None:
    connection.execute(
        "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
        (
            header.block_number,
            header.hash,
            header.parent_hash,
            header.timestamp,
            header.state_root,
        ),
    )


def _log_rows(
    block: int, transaction: bytes, logs: Iterable[LogAPI]
) -> Iterable[tuple[int | bytes | None, ...]]:
    for position, log in enumerate(logs):
        topics: list[bytes | None] = [topic.to_bytes(32, "big") for topic in log.topics]
        topics += [None] * (MAX_TOPICS - len(topics))
        yield (block, position, transaction, log.address, *topics, log.data)
