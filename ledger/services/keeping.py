"""Keeping: evidence of a ledger's anchors, asked for while a node has their blocks' states.

A full node has a state for some minutes; an author comes for the receipt hours later. So who
anchors asks, beside the anchoring, and the queue keeps it. Safe to run twice and to kill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from ..ports import BatchEvidence, Clock, DueEvidence, Queue
from ..receipt import StateProof
from ..signed import SignedClaim
from .pinning import pause
from .proving import Proving
from .receipts import receipts_from_queue

# An author's history is some 2 KB in 5 nodes: of so many it makes 5 MB a batch, and asking takes
# a dozen answers of half a megabyte. Who comes after them asks a node by `upgrade`, as ever.
MOST_AUTHORS = 2_000
AT_ONCE = 256  # authors between two looks at the time
# 15 s, doubled each time: half an hour in all. A node that is no archive has no such state by then.
MOST_TRIES = 8
_PAGE = 1_000  # leaves in memory


@dataclass(frozen=True, slots=True)
class Keeping:
    """Asks for the evidence of one ledger's batches. `proving` asks its chain."""

    queue: Queue
    proving: Proving
    clock: Clock

    def run(self, seconds: float) -> int:
        """Ask for what is due, the newest first, for about so many seconds; return what was kept.

        That is how many receipts can be given evidence now that could not be before. A batch of
        which none is to be had is left alone for a while, longer each time, and at last for good.
        """
        deadline, gained = monotonic() + seconds, 0
        while monotonic() < deadline:
            due = self.queue.evidence().due(self._now())
            if due is None:
                break
            gained += self._ask(due)
        return gained

    def _ask(self, due: DueEvidence) -> int:
        evidence = self.queue.evidence()
        placed, more = self._placed(due)
        if not placed:  # nobody's claim is known; it is asked again when one is opened
            evidence.keep(due, BatchEvidence())
            return 0
        receipts = [
            receipt
            for receipt in receipts_from_queue(self.queue, placed)
            if receipt.anchors == (due.batch.anchor,)
        ]
        attempts = self.proving.attach(receipts)
        proven = [(one.receipt.signed, one.receipt.evidence) for one in attempts if not one.why]
        found = _split([(signed, proof) for signed, proof in proven if proof is not None])
        if found.shared is None:
            why = next((one.why for one in attempts if one.why), "its batch moved meanwhile")
            self._put_off(due, why)
            return 0
        if due.shared is not None and not found.shared.keys:
            found = replace(found, shared=replace(found.shared, keys=due.shared.keys))
        evidence.keep(due, found, more=more and len(proven) == len(placed))
        return len(proven)

    def _placed(self, due: DueEvidence) -> tuple[list[tuple[int, SignedClaim]], bool]:
        """Return a claim of each author whose history is lacking, and whether there are more."""
        batch = due.batch
        placed: dict[bytes, tuple[int, SignedClaim]] = {}
        foreign: tuple[int, SignedClaim] | None = None
        most = min(AT_ONCE, MOST_AUTHORS - len(due.authors))
        for index, signed in self._claims(batch.start, batch.end):
            author = signed.claim.author
            if batch.anchor is None or signed.home.chain_id != batch.anchor.chain_id:
                foreign = foreign or (index, signed)
            elif signed.home.contract != self.proving.contracts.keys:
                continue  # another contract of the same code, which says nothing of the keys
            elif author not in due.authors and author not in placed:
                if len(placed) >= most:
                    return list(placed.values()), len(due.authors) + len(placed) < MOST_AUTHORS
                placed[author] = index, signed
        if not placed and foreign is not None and due.shared is None:
            return [foreign], False
        return list(placed.values()), False

    def _claims(self, start: int, end: int) -> Iterator[tuple[int, SignedClaim]]:
        for first in range(start, end, _PAGE):
            for index, leaf in enumerate(self.queue.leaves(first, min(first + _PAGE, end)), first):
                if isinstance(leaf.signed, SignedClaim) and leaf.signed.details is not None:
                    yield index, leaf.signed

    def _put_off(self, due: DueEvidence, why: str) -> None:
        tries = due.tries + 1
        until = None if tries >= MOST_TRIES else self._now() + pause(tries)
        self.queue.evidence().put_off(due, until, why)

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _split(proven: Sequence[tuple[SignedClaim, StateProof]]) -> BatchEvidence:
    """Return what the receipts of one anchor share, and the histories of those at home."""
    shared: StateProof | None = None
    histories: dict[bytes, tuple[bytes, ...]] = {}
    for signed, proof in proven:
        if shared is None or proof.keys:
            shared = replace(proof, history=())
        if proof.keys:
            histories[signed.claim.author] = proof.history
    return BatchEvidence(shared, histories)
