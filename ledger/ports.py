"""The ports: what the services may ask of an engine, and what every engine promises.

Only `LedgerError` crosses a port: an adapter translates every exception of its library.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .anchor import AnchoredCheckpoint
from .batch import Batch, Stage
from .chain import BlockRef, ChainIdentity, Cost, Log, Tag, TransactionReceipt
from .cid import Block, Cid
from .key import KeyEvent
from .leaf import Disclosed, Signed
from .placed import AnchoredBatch, Changes, Counts, PlacedCheckpoint, PlacedClaim
from .receipt import Receipt
from .signing import Home
from .tree import Nodes
from .verification.evidence import Remembered


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for a request, and the request's SHA-256."""

    key: str
    request: bytes


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

    def prepare(self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False) -> bytes:
        """Return a signed transaction, ready to be kept and broadcast.

        It takes its place after all of the submitter's that wait; `alone` after those in blocks
        only, so that it lands in the place of whatever waits, or not at all. So the state it was
        prepared on is what it meets, as far as the submitter alone can change that.
        """
        ...

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to the chain and return its hash. Safe to repeat.

        Conflict when another of the submitter's has its place, in a block or waiting.
        """
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


class Queue(Protocol):
    """The leaves that this installation has acknowledged, in the order that the tree will hold.

    It is state, of one ledger. What `add` returned, a restart does not lose; writes are group
    commits. Raises StoreUnavailable, and nothing else, when the disk or database fails.
    """

    def add(self, leaves: Sequence[Disclosed], idempotency: Idempotency | None) -> Sequence[int]:
        """Keep the leaves and return their indexes in the tree, one each, in the order given.

        A leaf hash that is here already keeps its index (and takes what was signed, if it had
        none); a claim id that is here already under another leaf hash is a Conflict. The same
        idempotency key with the same request returns the same indexes; with another request it
        is an IdempotencyConflict. All or nothing.
        """
        ...

    def size(self) -> int:
        """Return how many leaves have been acknowledged."""
        ...

    def leaves(self, start: int, end: int) -> Sequence[Disclosed]:
        """Return the leaves start..end (end excluded) in order."""
        ...

    def find(self, leaf_hash: bytes) -> int | None:
        """Return the index of a leaf hash; None if it was never acknowledged."""
        ...

    def owe_disclosure(self, index: int, signed: Signed) -> None:
        """Keep what was signed at an earlier, opaque leaf, for the next manifest to disclose."""
        ...

    def owed_disclosures(self, most: int | None = None) -> Sequence[tuple[int, Disclosed]]:
        """Return the disclosures that no batch has taken along yet, by index; `most` of them."""
        ...

    def prepare(
        self,
        batch: Batch,
        manifest: bytes,
        disclosures: Sequence[int],
        *,
        holder: str | None = None,
    ) -> None:
        """Keep a new batch with its manifest; the disclosures of those indexes go along with it.

        Conflict unless the batch begins where the last one ended. Busy, and nothing is kept,
        unless the lease is the `holder`'s (if one is named), judged with the write itself.
        """
        ...

    def advance(self, batch: Batch, *, holder: str | None = None) -> None:
        """Keep what became of a batch (its stage, transaction and anchor), by its end.

        Busy, and nothing is kept, unless the lease is the `holder`'s (if one is named).
        """
        ...

    def batches(self, stages: Sequence[Stage]) -> Sequence[Batch]:
        """Return the batches in those stages, oldest first."""
        ...

    def last_batch(self) -> Batch | None:
        """Return the newest batch, whatever its stage."""
        ...

    def batch_of(self, index: int) -> Batch | None:
        """Return the batch that holds a leaf; None while no batch does."""
        ...

    def manifest(self, end: int) -> bytes:
        """Return the manifest of the batch that ends there."""
        ...

    def nodes(self) -> Nodes:
        """Return the stored nodes of the tree over all batches' leaves."""
        ...

    def lease(self, holder: str, now: float, seconds: float) -> bool:
        """Take or renew the right to anchor, until now + seconds; False while another has it."""
        ...

    def release(self, holder: str) -> None:
        """Give the right to anchor back, if this holder has it."""
        ...


class Index(Protocol):
    """What the chain and the manifests say, ready to be asked. A cache: `sync` can remake it."""

    def cursor(self, chain: ChainIdentity) -> BlockRef | None:
        """Return the block that the index has reached on that chain."""
        ...

    def apply(self, chain: ChainIdentity, changes: Changes, reached: BlockRef) -> None:
        """Take in what the blocks up to `reached` changed, in one transaction.

        A claim id counts once: where it comes first. A batch that is here already with its leaves
        missing takes them now.
        """
        ...

    def roll_back(self, chain: ChainIdentity, to: BlockRef | None) -> None:
        """Forget everything after that block (all of the chain if None)."""
        ...

    def block_hash(self, chain: ChainIdentity, number: int) -> bytes | None:
        """Return the hash of a block as it was indexed; None where nothing was anchored in it."""
        ...

    def claim(self, claim_id: bytes) -> PlacedClaim | None:
        """Return a disclosed claim by its id."""
        ...

    def claims_on(self, work: bytes, most: int) -> Sequence[PlacedClaim]:
        """Return the first claims on a work on *each* chain, by chain, block, then index."""
        ...

    def process_checkpoints(self, process_id: bytes, most: int) -> Sequence[PlacedCheckpoint]:
        """Return the checkpoints of a process log likewise, the first so many on each chain."""
        ...

    def find_leaf(self, leaf_hash: bytes) -> tuple[ChainIdentity, int, AnchoredCheckpoint] | None:
        """Return where a leaf hash is anchored (first): chain, index, checkpoint that holds it."""
        ...

    def checkpoints(self, chain: ChainIdentity, ledger: bytes) -> Sequence[AnchoredCheckpoint]:
        """Return a ledger's anchored checkpoints in order of size."""
        ...

    def ledgers(self, chain: ChainIdentity) -> Sequence[bytes]:
        """Return the ids of the ledgers followed on a chain."""
        ...

    def missing(self, chain: ChainIdentity) -> Sequence[AnchoredBatch]:
        """Return the batches whose manifests are missing."""
        ...

    def nodes(self, chain: ChainIdentity, ledger: bytes) -> Nodes:
        """Return the stored nodes of a ledger's tree (those that its manifests gave)."""
        ...

    def key_events(self, home: Home, author: bytes) -> Sequence[KeyEvent]:
        """Return an author's key events in the chain's order."""
        ...

    def counts(self, chain: ChainIdentity) -> Counts:
        """Return how much is known of a chain."""
        ...


class Memory(Protocol):
    """What this home saw final on a chain of its settings: by it a claim is verified offline."""

    def recall(self, receipt: Receipt) -> Remembered | None:
        """Return what was seen of exactly this claim, place and anchors; None if never."""
        ...

    def keep(self, receipt: Receipt, seen: Remembered | None) -> None:
        """Keep what was seen (None: forget it). When this returns, a restart does not undo it."""
        ...
