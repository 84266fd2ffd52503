"""Reorganisations: which batches of a queue lost their blocks, and where their anchors are now.

A batch's anchor holds the one before it in its block's past. So the newest one that is in place
speaks for all, as long as no batch is kept as included before the one under it was looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..batch import Batch, Stage
from ..errors import InvalidChainAnswer
from ..ports import Queue
from .chain_ledger import ChainLedger
from .receipts import IN_A_BLOCK

_WAS_FINAL = (Stage.FINAL, Stage.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Reorganisations:
    """Follows the chain's reorganisations with one ledger's batches; `advance` keeps a batch."""

    held: ChainLedger
    queue: Queue
    advance: Callable[[Batch], None]

    def follow(self) -> int:
        """Bring the batches to where the chain has them now.

        Returns how many leaves were final and are so no longer: the chain broke its own rule.
        InvalidChainAnswer while a node can't be told from one that lags, or is on another chain.
        """
        newest = self._newest()
        if newest is None:
            return 0
        self._require_chain(newest)
        if self.held.in_place(newest):
            return 0
        overturned = self._overturned(newest)
        if overturned:
            self._require_told_twice(newest)
        for batch in overturned:
            self.advance(_again(batch))
        self.places_again()
        return sum(batch.end - batch.start for batch in overturned)

    def firm(self, batch: Batch) -> bool:
        """Say whether the batch under this one is where it was; take its new place if not."""
        before = self.queue.batch_of(batch.start - 1) if batch.start else None
        if before is None or before.stage is not Stage.INCLUDED:
            return before is None or before.stage in IN_A_BLOCK
        if self.held.in_place(before):
            return True
        self.places_again()
        return False

    def places_again(self) -> None:
        """Take the new places of the anchors that are not final.

        Those that have none are sent again: the same bytes, since a node may still hold them, and
        a second transaction beside them would revert.
        """
        for batch in self.queue.batches((Stage.INCLUDED,)):
            anchor = self.held.anchor_of(batch)
            self.advance(_again(batch) if anchor is None else replace(batch, anchor=anchor))

    def _newest(self) -> Batch | None:
        batch = self.queue.last_batch()
        while batch is not None and batch.stage not in IN_A_BLOCK:
            batch = self.queue.batch_of(batch.start - 1) if batch.start else None
        return batch

    def _overturned(self, batch: Batch | None) -> list[Batch]:
        """Return the batches that were final and have lost their blocks, the newest first."""
        found = list[Batch]()
        while batch is not None and not self.held.in_place(batch):
            if batch.stage in _WAS_FINAL:
                self._require_final_elsewhere(batch)
                found.append(batch)
            batch = self.queue.batch_of(batch.start - 1) if batch.start else None
        return found

    def _require_final_elsewhere(self, batch: Batch) -> None:
        """Raise unless the node calls another block final where the batch's block was."""
        number = 0 if batch.anchor is None else batch.anchor.block_number
        final = self.held.chain.block("finalized")
        if final is None or final.number < number:
            raise InvalidChainAnswer(
                f"expected block {number}, which was final, the node does not hold it: it lags "
                "behind, or is on another branch; nothing is anchored by it; ask another node"
            )

    def _require_told_twice(self, newest: Batch) -> None:
        """Raise where another chain behind the same id answered, and only for a moment."""
        self._require_chain(newest)
        if self.held.in_place(newest):
            raise InvalidChainAnswer(
                f"the node contradicts itself about the block of size {newest.end}; ask again, or "
                "another node"
            )

    def _require_chain(self, batch: Batch) -> None:
        if batch.anchor is not None and not batch.anchor.on(self.held.chain.identity()):
            raise InvalidChainAnswer(
                f"expected the chain {batch.anchor.chain_id} that this ledger is anchored on, the "
                "node is on another one; ask another node"
            )


def _again(batch: Batch) -> Batch:
    stage = Stage.SENT if batch.signed is not None else Stage.PREPARED
    return replace(batch, stage=stage, anchor=None)
