"""Anchoring: many leaves, one transaction; safe to kill at any line and to run again.

Each stage is durable in the queue before the next begins, and each begins by asking the chain
what it already holds. So a second run finds where the first one died, whoever runs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..anchor import Anchor
from ..batch import Batch, Stage
from ..chain import Cost
from ..cid import cid_of, import_file
from ..contract import (
    ANCHORED,
    Deployment,
    anchor_call,
    read_anchored,
    root_slot,
    size_of_word,
    size_slot,
)
from ..errors import Conflict, TimedOut, TransactionReverted
from ..keccak import keccak256
from ..manifest import Manifest
from ..ports import BlockStore, Chain, Clock, Queue
from ..tree import Frontier, Tree
from .overlay import Overlay

BATCH_LEAVES = 10_000  # a manifest of about 13 MB, read and verified in a second
LEASE_SECONDS = 120.0  # longer than a step between two renewals; a dead worker's ends by itself
POLL_SECONDS = 0.5
ATTEMPTS = 5  # others with the same submitter may take a nonce; more often is a fault

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
    """What a run did: leaves newly in a block, and how many leaves wait, or wait for finality."""

    anchored: int
    waiting: int
    unfinal: int


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
        self._holder = holder
        self._failpoint = failpoint

    def run(self, wait: float = 60.0) -> Progress:
        """Anchor what waits, finalise what can be; return what was done.

        Waits up to `wait` seconds for transactions to be included. Does nothing while another
        worker has the lease. ChainUnreachable and TimedOut leave everything to the next run.
        """
        if not self._renew():
            return self._progress(0)
        try:
            self._failpoint("leased")
            anchored = self._anchor_all(self._clock.now().timestamp() + wait)
            self._finalise()
        finally:
            self._queue.release(self._holder)
        return self._progress(anchored)

    def quote(self) -> Cost | None:
        """Return the most that anchoring what waits now would cost; None if nothing waits.

        Nothing is prepared, signed or spent.
        """
        batch = self._unfinished() or self._drafted()[0]
        if batch is None:
            return None
        data = anchor_call(batch.checkpoint, self._proof(batch), batch.manifest)
        return self._chain.cost(self._contracts.ledgers, data)

    def _anchor_all(self, deadline: float) -> int:
        anchored = 0
        while (batch := self._unfinished() or self._next()) is not None:
            batch = self._include(batch, deadline)
            anchored += batch.end - batch.start
            if not self._renew():
                break
        return anchored

    def _unfinished(self) -> Batch | None:
        waiting = self._queue.batches((Stage.PREPARED, Stage.SENT))
        return waiting[0] if waiting else None

    def _next(self) -> Batch | None:
        """Prepare a batch of the leaves that no batch holds; None when there are none."""
        batch, data, owed = self._drafted()
        if batch is not None:
            self._failpoint("manifest_made")
            self._queue.prepare(batch, data, owed)
            self._failpoint("prepared")
        return batch

    def _drafted(self) -> tuple[Batch | None, bytes, Sequence[int]]:
        """Return the next batch, its manifest, and the indexes that the manifest discloses."""
        last = self._queue.last_batch()
        start = 0 if last is None else last.end
        end = min(self._queue.size(), start + BATCH_LEAVES)
        if end == start:
            return None, b"", ()
        leaves = tuple(self._queue.leaves(start, end))
        owed = tuple(one for one in self._queue.owed_disclosures() if one[0] < start)
        before = Frontier(start, Tree(start, self._queue.nodes()).frontier())
        manifest = Manifest(self._ledger, before, leaves, owed)
        data = manifest.encode()
        batch = Batch(start, manifest.checkpoint, cid_of(data).encode())
        return batch, data, [index for index, _ in owed]

    def _include(self, batch: Batch, deadline: float) -> Batch:
        """See the batch into a block, by as few transactions as can be: one."""
        for _ in range(ATTEMPTS):
            anchor = self._on_chain(batch)
            if anchor is None:
                batch = self._send(batch)
                if batch.stage is Stage.PREPARED:
                    continue
                self._await(batch, deadline)
                anchor = self._on_chain(batch)
            if anchor is not None:
                batch = replace(batch, stage=Stage.INCLUDED, anchor=anchor)
                self._queue.advance(batch)
                self._failpoint("included")
                return batch
        raise Conflict(
            f"expected the anchor of size {batch.end} on the chain after {ATTEMPTS} attempts; "
            "is another program using the submitter's key? run `sealbook anchor` again"
        )

    def _send(self, batch: Batch) -> Batch:
        """Broadcast the batch's transaction, kept first; back to PREPARED if its nonce is taken."""
        signed = batch.signed
        if signed is None:
            self._require_at(batch.start)
            data = anchor_call(batch.checkpoint, self._proof(batch), batch.manifest)
            to = self._contracts.ledgers
            signed = self._chain.prepare(to, data, self._chain.cost(to, data))
            self._failpoint("signed")
            batch = replace(batch, stage=Stage.SENT, signed=signed, transaction=keccak256(signed))
            # kept before it is broadcast: whoever comes next sends these bytes, not others
            self._queue.advance(batch)
            self._failpoint("kept")
        try:
            self._chain.broadcast(signed)
        except Conflict:  # another transaction of the submitter's took the nonce
            return self._back_to_prepared(batch)
        self._failpoint("broadcast")
        return batch

    def _await(self, batch: Batch, deadline: float) -> None:
        transaction = batch.transaction or b""
        while (receipt := self._chain.receipt(transaction)) is None:
            if self._clock.now().timestamp() >= deadline:
                raise TimedOut(
                    "the anchoring transaction is not in a block yet; run `sealbook anchor` again"
                )
            self._clock.sleep(POLL_SECONDS)
            self._renew()
        if not receipt.succeeded:
            self._back_to_prepared(batch)
            raise TransactionReverted(
                f"the contract refused the anchor of size {batch.end} in block "
                f"{receipt.block_number}; run `sealbook doctor`"
            )

    def _finalise(self) -> None:
        """Move included batches on as the chain makes them final; publish their manifests."""
        final = self._chain.block("finalized")
        for batch in self._queue.batches((Stage.INCLUDED,)):
            anchor = batch.anchor
            block = None if anchor is None else self._chain.block(anchor.block_number)
            if anchor is None or block is None or block.hash != anchor.block_hash:
                self._reorganised(batch)
                return
            if final is not None and anchor.block_number <= final.number:
                self._queue.advance(replace(batch, stage=Stage.FINAL))
                self._failpoint("final")
        for batch in self._queue.batches((Stage.FINAL,)):
            self._blocks.put(import_file((self._queue.manifest(batch.end),)))
            self._failpoint("manifest_stored")
            self._queue.advance(replace(batch, stage=Stage.PUBLISHED))
            self._failpoint("published")

    def _reorganised(self, batch: Batch) -> None:
        """Take the anchor's new place, or send this batch and all later ones again."""
        for later in self._queue.batches((Stage.INCLUDED,)):
            if later.end < batch.end:
                continue
            anchor = self._on_chain(later)
            if anchor is not None:
                self._queue.advance(replace(later, anchor=anchor))
            else:
                self._back_to_prepared(later)

    def _back_to_prepared(self, batch: Batch) -> Batch:
        batch = replace(batch, stage=Stage.PREPARED, signed=None, transaction=None, anchor=None)
        self._queue.advance(batch)
        return batch

    def _on_chain(self, batch: Batch) -> Anchor | None:
        """Return where the chain holds the batch's checkpoint; None if it holds none there."""
        contract, checkpoint = self._contracts.ledgers, batch.checkpoint
        slot = root_slot(checkpoint.ledger, checkpoint.size)
        root = self._chain.storage(contract, slot, "latest")
        if root == bytes(32):
            return None
        if root != checkpoint.root:
            raise Conflict(
                f"the chain holds another root at size {checkpoint.size}: this queue is not the "
                "ledger's; restore the right home from its backup"
            )
        mined = None if batch.transaction is None else self._chain.receipt(batch.transaction)
        head = self._chain.block("latest")
        if mined is None and head is None:
            return None
        first, last = (mined.block_number,) * 2 if mined else (0, head.number if head else 0)
        size = checkpoint.size.to_bytes(32, "big")
        logs = self._chain.logs(contract, (ANCHORED, checkpoint.ledger, size), first, last)
        block = self._chain.block(logs[0].block_number) if logs else None
        if block is None:
            return None  # between two answers a reorganisation took it: asked again
        return read_anchored(logs[0], self._chain.identity(), block).anchor

    def _require_at(self, size: int) -> None:
        word = self._chain.storage(self._contracts.ledgers, size_slot(self._ledger), "latest")
        if size_of_word(word) != size:
            raise Conflict(
                f"expected the chain's ledger at size {size}, it is at {size_of_word(word)}: this "
                "queue is not the ledger's newest; restore the right home from its backup"
            )

    def _proof(self, batch: Batch) -> list[bytes]:
        nodes = Overlay(self._queue.nodes())
        tree = Tree(batch.start, nodes).append(
            leaf.leaf_hash for leaf in self._queue.leaves(batch.start, batch.end)
        )
        return tree.consistency_proof(batch.start, batch.end)

    def _renew(self) -> bool:
        return self._queue.lease(self._holder, self._clock.now().timestamp(), LEASE_SECONDS)

    def _progress(self, anchored: int) -> Progress:
        last = self._queue.last_batch()
        unfinal = self._queue.batches((Stage.INCLUDED, Stage.FINAL))
        in_blocks = sum(
            batch.end - batch.start for batch in self._queue.batches((Stage.PREPARED, Stage.SENT))
        )
        waiting = self._queue.size() - (0 if last is None else last.end) + in_blocks
        return Progress(anchored, waiting, sum(batch.end - batch.start for batch in unfinal))
