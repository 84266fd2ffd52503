"""The index port: what chain and manifests say, ready to be asked."""

from collections.abc import Sequence
from typing import Protocol

from ..anchor import AnchoredCheckpoint
from ..chain import BlockRef, ChainIdentity
from ..key import KeyEvent
from ..placed import AnchoredBatch, Changes, Counts, PlacedCheckpoint, PlacedClaim
from ..signing import Home
from ..tree import Nodes


class Index(Protocol):
    """What the chain and the manifests say, ready to be asked. A cache: `sync` can remake it."""

    def cursor(self, chain: ChainIdentity) -> BlockRef | None:
        """Return the block that the index has reached on that chain."""
        ...

    def apply(
        self,
        chain: ChainIdentity,
        changes: Changes,
        reached: BlockRef,
        *,
        follows: BlockRef | None = None,
    ) -> None:
        """Take in what the blocks up to `reached` changed, in one transaction.

        A claim id counts once: where it comes first. A batch that is here already with its leaves
        missing takes them now. Conflict unless the index is at `follows` (if it is named): another
        took it on, or back, since the changes were read.
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

    def close(self) -> None:
        """Close what is open; it opens again when it is asked again."""
        ...
