"""Anchoring: many leaves, one transaction; safe to kill at any line and to run again.

Each stage is durable in the queue before the next begins, and each begins by asking the chain
what it already holds. So a second run finds where the first one died, whoever runs it.
"""

from dataclasses import dataclass, replace
from threading import Lock

from ..batch import Batch, Stage
from ..chain import Cost
from ..contract import Deployment, anchor_call
from ..errors import Busy
from ..ports import BlockStore, Chain, Clock, Queue
from .batching import BATCH_LEAVES, extension_proof, next_batch
from .chain_ledger import ChainLedger
from .inclusion import Failpoint, Inclusion
from .publishing import publish
from .reorganisations import Reorganisations

# A dead worker's lease ends by itself after this. One that outlives its lease does no harm: the
# queue judges the lease with every write.
LEASE_SECONDS = 30.0
# The most that one anchor uses: 2^53 leaves make a proof of 54 hashes (contracts/.gas-snapshot).
_ANCHOR_GAS = 200_000

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


def overturned_text(progress: Progress) -> str:
    """Return what a broken finality means, for people."""
    return (
        f"{progress.overturned} leaves that were final lost their block: the chain broke its own "
        "rule of finality; they are anchored again, at a later time, and their receipts from "
        "before no longer hold: upgrade them"
    )


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
        self._inclusion = Inclusion(
            chain,
            contracts,
            self._held,
            clock,
            self._call,
            self._advance,
            self._reorganisations.firm,
            self._keep_lease,
            failpoint,
        )

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
                self._chain.resend()
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
        return Cost(cost.gas + later * _ANCHOR_GAS, cost.wei_per_gas, (1 + later) * cost.extra_wei)

    def _anchor_all(self, deadline: float) -> int:
        # What comes in meanwhile waits for the next run: else, under a stream of leaves, nothing
        # would ever be final.
        anchored, size = 0, self._queue.size()
        while (batch := self._unfinished() or self._prepared(size)) is not None:
            if self._inclusion.include(batch, deadline):
                anchored += _leaves(batch)
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

    def _call(self, batch: Batch) -> bytes:
        return anchor_call(batch.checkpoint, extension_proof(self._queue, batch), batch.manifest)

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
