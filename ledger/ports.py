"""The ports: what the services may ask of an engine, and what every engine promises.

Only `LedgerError` crosses a port: an adapter translates every exception of its library.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from .chain import BlockRef, ChainIdentity, Cost, Log, Tag, TransactionReceipt
from .cid import Block, Cid


class Clock(Protocol):
    """The time of this machine: for waiting and for display, never as evidence."""

    def now(self) -> datetime:
        """Return the time now, with its zone (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class ChainReader(Protocol):
    """A chain that can be read. Raises ChainUnreachable, and nothing else, when it can't be."""

    def identity(self) -> ChainIdentity:
        """Return the chain's id and genesis hash as the node itself gives them."""
        ...

    def block(self, at: int | Tag) -> BlockRef | None:
        """Return the canonical block of that number or tag; None if there is none (yet)."""
        ...

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        """Return that contract's logs in the canonical blocks first..last, in their order.

        `topics` filters by position; None admits all, a sequence of topics admits any of them.
        Ranges of any length are answered whole (an adapter splits what its node refuses).
        """
        ...

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        """Return the 32-byte word of a storage slot at the end of that block (zero if unset)."""
        ...

    def code(self, address: bytes) -> bytes:
        """Return the contract's code at the latest block (empty if there is none)."""
        ...


class Chain(ChainReader, Protocol):
    """A chain that can be written by this installation's submitter.

    `prepare` signs; `broadcast` may be called again with the same bytes after a restart and never
    makes a second transaction of them.
    """

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers; TransactionReverted when it refuses."""
        ...

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would."""
        ...

    def prepare(self, to: bytes, data: bytes, cost: Cost) -> bytes:
        """Return a signed transaction, ready to be kept and broadcast."""
        ...

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to the chain and return its hash. Safe to repeat."""
        ...

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of it; None while it is in no canonical block."""
        ...


class BlockStore(Protocol):
    """Blocks by CID. Every block is verified by its hash on the way in and on the way out."""

    def has(self, cid: Cid) -> bool:
        """Say whether the block is here (not whether its bytes are still good)."""
        ...

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks. When this returns, a restart does not lose the bytes."""
        ...

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if it is not here."""
        ...

    def cids(self) -> Iterator[Cid]:
        """Yield the CID of every block kept here, in no order."""
        ...
