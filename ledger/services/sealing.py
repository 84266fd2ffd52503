"""Sealing: signed claims are acknowledged, anchored if there is time, and given their receipts."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Busy, ChainUnreachable, InvalidChainAnswer, TimedOut
from ..leaf import Disclosed, Leaf
from ..ports import Clock, Idempotency, Queue
from ..receipt import Receipt
from ..signed import SignedClaim
from .anchoring import Anchoring
from .receipts import receipts_from_queue

POLL_SECONDS = 0.1
REST_SECONDS = 1.0  # before a node that could not be asked is asked again


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals on this installation's own ledger."""

    queue: Queue
    anchoring: Anchoring
    clock: Clock

    def acknowledge(
        self, claims: Sequence[SignedClaim], idempotency: Idempotency | None = None
    ) -> Sequence[int]:
        """Take the claims into the queue, for good; return their indexes in the ledger."""
        leaves = [Disclosed(Leaf.of(signed).hash, signed) for signed in claims]
        return self.queue.add(leaves, idempotency)

    def seal(self, claims: Sequence[SignedClaim], wait: float) -> Sequence[Receipt]:
        """Acknowledge the claims, see them anchored within `wait` seconds, return their receipts.

        A receipt is pending where that was not enough: the claim is safe in the queue.
        """
        placed = list(zip(self.acknowledge(claims), claims, strict=True))
        deadline = self.clock.now().timestamp() + wait
        while True:
            receipts = receipts_from_queue(self.queue, placed)
            if all(receipt.anchors for receipt in receipts):
                return receipts
            if wait <= 0 or self.clock.now().timestamp() >= deadline:
                return receipts
            try:
                self.anchoring.run(deadline - self.clock.now().timestamp())
            except (ChainUnreachable, InvalidChainAnswer):
                self.clock.sleep(REST_SECONDS)
            except (TimedOut, Busy):
                self.clock.sleep(POLL_SECONDS)
            else:
                self._breathe(placed)

    def _breathe(self, placed: Sequence[tuple[int, SignedClaim]]) -> None:
        """Wait a little when another worker is at it; it anchors our leaves too."""
        if not all(receipt.anchors for receipt in receipts_from_queue(self.queue, placed[:1])):
            self.clock.sleep(POLL_SECONDS)
