"""The queue port: acknowledged leaves, their batches, and who may anchor them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..batch import Batch, Stage
from ..leaf import Disclosed, Signed
from ..tree import Nodes
from .debts import Debts
from .evidence import Evidence


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for a request, and the request's SHA-256."""

    key: str
    request: bytes


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

    def debts(self) -> Debts:
        """Return what the pinning targets are owed for the published manifests."""
        ...

    def evidence(self) -> Evidence:
        """Return the state proofs that are kept of the batches' anchors."""
        ...

    def lease(self, holder: str, now: float, seconds: float) -> bool:
        """Take or renew the right to anchor, until now + seconds; False while another has it.

        Where the queue has a server, its clock says what "now" is: machines' own differ.
        """
        ...

    def release(self, holder: str) -> None:
        """Give the right to anchor back, if this holder has it."""
        ...
