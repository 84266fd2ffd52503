"""The chain ports: what may be asked of a chain, and what may be sent to it."""

from collections.abc import Sequence
from typing import Protocol

from ..chain import BlockRef, ChainIdentity, Cost, Log, Tag, TransactionReceipt
from ..state_trie import AccountProof


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

    def raw_header(self, number: int) -> bytes | None:
        """Return the RLP of that block's header: its Keccak-256 is the block's hash.

        None where there is no such block, or no such bytes are to be had.
        """
        ...

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        """Return the proofs of an account and of its slots, in their order, after that block.

        Nobody has checked them. None where the chain proves nothing, or no longer has that state.
        """
        ...


class Chain(ChainReader, Protocol):
    """A chain that can be written by this installation's submitter.

    `prepare` signs; `broadcast` may be called again with the same bytes after a restart and never
    makes a second transaction of them.
    """

    @property
    def submitter(self) -> bytes:
        """The 20-byte address of the account that pays; not an author."""
        ...

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers; TransactionReverted when it refuses."""
        ...

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would."""
        ...

    def prepare(
        self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False, keep: bytes | None = None
    ) -> bytes:
        """Return a signed transaction, ready to be broadcast.

        It takes its place after all of the submitter's that wait. `keep` (32 bytes) is a name
        under which the chain keeps it before this returns, until it is final: whatever happens, it
        lands once. It stands after what is kept. `alone` is for anchors, whose bytes the caller
        keeps: after those in blocks and those kept only, in the place of an anchor that waits, so
        that of two anchors one lands. So the state it was prepared on is what it meets, as far as
        the submitter alone can change that.
        """
        ...

    def kept(self, name: bytes) -> bytes | None:
        """Return what is kept under that name; None if nothing is, or another has its place."""
        ...

    def outbid(self, signed: bytes, *, late: bool = False) -> bytes:
        """Return the transaction at a higher price, in the same place: one of the two lands.

        As it is where its price will do and it is not `late`. CostRefused where the price is as
        high as the settings allow, and too low: it has to wait.
        """
        ...

    def resend(self) -> None:
        """Hand in again what is kept under a name and in no block."""
        ...

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to the chain and return its hash. Safe to repeat.

        Conflict when another of the submitter's has its place, in a block or waiting.
        """
        ...

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of it; None while it is in no canonical block.

        Of what is kept under a name: what became of the one that landed, at whichever price.
        """
        ...
