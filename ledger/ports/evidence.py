"""The port of kept evidence: state proofs of batches' anchors, kept while a node still had them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..batch import Batch
from ..receipt import StateProof


@dataclass(frozen=True, slots=True)
class DueEvidence:
    """A batch in a block, of whose anchor evidence is to be asked for.

    `opened` of its leaves were disclosed after they came in: their authors are known by now.
    `tries` were in vain. What is kept of this very anchor: `shared` by all, and whose histories.
    """

    batch: Batch
    opened: int = 0
    tries: int = 0
    shared: StateProof | None = None
    authors: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class BatchEvidence:
    """What a batch's receipts share (a state proof without a history), and the authors' histories.

    `shared` is None where no author is known: an opaque leaf has none.
    """

    shared: StateProof | None = None
    histories: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)


class Evidence(Protocol):
    """Evidence of an anchor. Where the batch has another one now, it is due again.

    Nobody here has checked it again: whoever hands it out does (`verification.state_evidence`).
    """

    def due(self, now: float) -> DueEvidence | None:
        """Return the newest batch of which evidence may be asked for now; None if there is none.

        One that lies many batches back is not asked for: no node has its state any longer.
        """
        ...

    def keep(self, due: DueEvidence, evidence: BatchEvidence, *, more: bool = False) -> None:
        """Keep evidence beside what is kept of that anchor; what was of another one is dropped.

        When this returns, a restart does not lose it. It is due no longer, unless there is `more`
        to ask for. Nothing is kept if the batch has moved to another block meanwhile.
        """
        ...

    def put_off(self, due: DueEvidence, until: float | None, said: str) -> None:
        """Ask nothing before then, since none was to be had; never again where that is None.

        `said` is why. What is kept of that anchor stays.
        """
        ...

    def of(self, batch: Batch, authors: Iterable[bytes]) -> BatchEvidence:
        """Return what is kept of the batch's very anchor, with those authors' histories."""
        ...
