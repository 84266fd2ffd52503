"""Anchoring: many leaves, one transaction; safe to kill at any line and to run again.

Each stage is durable in the queue before the next begins, and each begins by asking the chain
what it already holds. So a second run finds where the first one died, whoever runs it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from ..batch import Batch, Stage
from ..chain import Cost
from ..contract import Deployment, anchor_call
from ..errors import Busy, Conflict, Refused, TimedOut, TransactionReverted
from ..keccak import keccak256
from ..ports import BlockStore, Chain, Clock, Queue
from .batching import BATCH_LEAVES, extension_proof, next_batch
from .chain_ledger import ChainLedger
from .publishing import publish
from .reorganisations import Reorganisations

# A dead worker's lease ends by itself after this. One that outlives its lease does no harm: the
# queue judges the lease with every write.
LEASE_SECONDS = 30.0
POLL_SECONDS = 0.5
# A transaction that waits is handed in again so often: nodes forget, and fees rise.
POLLS_A_HAND_IN = 30
# The most that one anchor uses: 2^53 leaves make a proof of 54 hashes (contracts/.gas-snapshot).
_ANCHOR_GAS = 200_000

Failpoint = Callable[[str], None]

FAILPOINTS = (
    "leased",
    "manifest_made",
    "prepared",
    "signed",
    "kept",
    "broadcast",
    "included",
    "final",
    "manifest_stored",
    "published",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run did: leaves newly in a block, and how many leaves wait, or wait for finality.

    `overturned` leaves were final and lost their block: the chain broke its own rule. They are
    anchored again like any others.
    """

    anchored: int
    waiting: int
    unfinal: int
    overturned: int = 0


class Anchoring:
    """Anchors one ledger's acknowledged leaves and publishes their manifests once final."""

    def __init__(
        self,
        chain: Chain,
        contracts: Deployment,
        queue: Queue,
        blocks: BlockStore,
        clock: Clock,
        *,
        ledger: bytes,
        holder: str,
        failpoint: Failpoint = lambda _: None,
    ) -> None:
        self._chain = chain
        self._contracts = contracts
        self._queue = queue
        self._blocks = blocks
        self._clock = clock
        self._ledger = ledger
        self._held = ChainLedger(chain, contracts, ledger)
        self._reorganisations = Reorganisations(self._held, queue, self._advance)
        self._holder = holder
        self._failpoint = failpoint
        self._running = Lock()

    def run(self, wait: float = 60.0) -> Progress:
        """Anchor what waits, finalise what can be; return what was done.

        What comes in meanwhile is the next run's. Waits up to `wait` seconds for transactions to
        be included. Does nothing while another worker has the lease. ChainUnreachable, TimedOut,
        and Busy when another worker took over meanwhile, leave everything to the next run.
        """
        if not self._running.acquire(blocking=False):  # the lease is one for all our threads
            return self._progress(0)
        try:
            if not self._renew():
                return self._progress(0)
            try:
                self._failpoint("leased")
                overturned = self._settle()
                anchored = self._anchor_all(self._now() + wait)
                overturned += self._settle()
            finally:
                self._queue.release(self._holder)
        finally:
            self._running.release()
        return self._progress(anchored, overturned)

    def quote(self) -> Cost | None:
        """Return the most that anchoring what waits now would cost; None if nothing waits.

        Nothing is prepared, signed or spent.
        """
        batch = self._unfinished()
        if batch is not None and self._held.anchor_of(batch) is None:
            data = self._call(batch)
        else:
            drafted = next_batch(self._queue, self._ledger)
            if drafted is None:
                return None
            batch = drafted.batch
            data = anchor_call(batch.checkpoint, drafted.proof, batch.manifest)
        cost = self._chain.cost(self._contracts.ledgers, data)
        later = -(-max(0, self._queue.size() - batch.end) // BATCH_LEAVES)
        return Cost(cost.gas + later * _ANCHOR_GAS, cost.wei_per_gas)

    def _anchor_all(self, deadline: float) -> int:
        # What comes in meanwhile waits for the next run: else, under a stream of leaves, nothing
        # would ever be final.
        anchored, size = 0, self._queue.size()
        while (batch := self._unfinished() or self._prepared(size)) is not None:
            anchored += self._include(batch, deadline)
            self._keep_lease()
        return anchored

    def _unfinished(self) -> Batch | None:
        waiting = self._queue.batches((Stage.PREPARED, Stage.SENT))
        return waiting[0] if waiting else None

    def _prepared(self, size: int) -> Batch | None:
        """Prepare a batch of the leaves that no batch holds; None when batches hold `size`."""
        last = self._queue.last_batch()
        if last is not None and last.end >= size:
            return None
        drafted = next_batch(self._queue, self._ledger)
        if drafted is None:
            return None
        self._failpoint("manifest_made")
        self._queue.prepare(drafted.batch, drafted.manifest, drafted.disclosed, holder=self._holder)
        self._failpoint("prepared")
        return drafted.batch

    def _include(self, batch: Batch, deadline: float) -> int:
        """See the batch into a block, by as few transactions as can be: one.

        Returns how many leaves that were; none if what the batch stands on has to come first.
        """
        turn = 0
        while True:
            anchor = self._held.anchor_of(batch)
            if not self._reorganisations.firm(batch):  # asked after: what is under it is in place
                return 0
            if anchor is not None:
                break
            if turn:
                self._pause(deadline)
            self._require_not_reverted(batch)
            if batch.stage is Stage.PREPARED or turn % POLLS_A_HAND_IN == 0:
                batch = self._hand_in(batch)
            turn += 1
        self._advance(replace(batch, stage=Stage.INCLUDED, anchor=anchor))
        self._failpoint("included")
        return _leaves(batch)

    def _hand_in(self, batch: Batch) -> Batch:
        """Broadcast the batch's transaction, kept first; PREPARED again if it can't land."""
        to, data = self._contracts.ledgers, self._call(batch)
        kept = batch.signed
        if kept is None:
            batch, signed = self._signed(batch, to, data)
        else:
            signed = kept
        try:
            if kept is not None:
                self._chain.call(to, data, "latest")  # the owner may have closed the ledger since
            self._chain.broadcast(signed)
        except Conflict:  # another of the submitter's has its nonce
            return self._back(batch)
        except Refused:
            if self._held.anchor_of(batch) is None:
                # what is signed in its place has the same nonce: one of the two lands at the most
                self._back(batch)
                raise
        self._failpoint("broadcast")
        return batch

    def _signed(self, batch: Batch, to: bytes, data: bytes) -> tuple[Batch, bytes]:
        """Sign the batch's transaction and keep it: whoever comes next sends these bytes."""
        self._held.require_at(batch.start)
        signed = self._chain.prepare(to, data, self._chain.cost(to, data), alone=True)
        # Asked again after the nonce was: the ledger is where it was when this nonce was the next.
        # Another anchor of the submitter's would need this very nonce, so this one never reverts.
        self._held.require_at(batch.start)
        self._failpoint("signed")
        batch = replace(batch, stage=Stage.SENT, signed=signed, transaction=keccak256(signed))
        self._advance(batch)
        self._failpoint("kept")
        return batch, signed

    def _require_not_reverted(self, batch: Batch) -> None:
        found = None if batch.transaction is None else self._chain.receipt(batch.transaction)
        if found is not None and not found.succeeded:
            self._back(batch)
            raise TransactionReverted(
                f"the contract refused the anchor of size {batch.end} in block "
                f"{found.block_number}; run `sealbook doctor`"
            )

    def _settle(self) -> int:
        """Move included batches on as the chain makes them final; publish their manifests.

        Returns how many leaves a reorganisation deeper than finality took back.
        """
        overturned = self._reorganisations.follow()
        final = self._chain.block("finalized")
        for batch in self._queue.batches((Stage.INCLUDED,)):
            if final is None or batch.anchor is None or batch.anchor.block_number > final.number:
                break
            if not self._held.in_place(batch):
                self._reorganisations.places_again()
                break
            self._advance(replace(batch, stage=Stage.FINAL))
            self._failpoint("final")
        publish(self._queue, self._blocks, self._advance, self._keep_lease, self._failpoint)
        return overturned

    def _back(self, batch: Batch) -> Batch:
        batch = replace(batch, stage=Stage.PREPARED, signed=None, transaction=None, anchor=None)
        self._advance(batch)
        return batch

    def _call(self, batch: Batch) -> bytes:
        return anchor_call(batch.checkpoint, extension_proof(self._queue, batch), batch.manifest)

    def _pause(self, deadline: float) -> None:
        if self._now() >= deadline:
            raise TimedOut(
                "the anchoring transaction is not in a block yet; run `sealbook anchor` again"
            )
        self._clock.sleep(POLL_SECONDS)
        self._keep_lease()

    def _advance(self, batch: Batch) -> None:
        self._queue.advance(batch, holder=self._holder)

    def _renew(self) -> bool:
        return self._queue.lease(self._holder, self._now(), LEASE_SECONDS)

    def _keep_lease(self) -> None:
        if not self._renew():
            raise Busy("another worker took the ledger's lease over meanwhile; it goes on")

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _progress(self, anchored: int, overturned: int = 0) -> Progress:
        last = self._queue.last_batch()
        unfinal = self._queue.batches((Stage.INCLUDED, Stage.FINAL))
        begun = self._queue.batches((Stage.PREPARED, Stage.SENT))
        waiting = self._queue.size() - (0 if last is None else last.end)
        waiting += sum(map(_leaves, begun))
        return Progress(anchored, waiting, sum(map(_leaves, unfinal)), overturned)


def _leaves(batch: Batch) -> int:
    return batch.end - batch.start
