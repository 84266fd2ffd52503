"""Syncing: the chain's anchors and the manifests become an index that can be asked.

Nothing is taken on a node's word that one storage read can check: the accumulator shows whether
an anchor was left out. The same chain and the same blocks give the same index, always.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ..anchor import NO_ACCUMULATOR, AnchoredCheckpoint, accumulate
from ..chain import BlockRef, ChainIdentity
from ..checkpoint import Checkpoint
from ..cid import Cid, export_file
from ..contract import (
    ANCHORED,
    KEY_TOPICS,
    Deployment,
    accumulator_slot,
    read_anchored,
    read_key_event,
)
from ..errors import Busy, Conflict, InvalidChainAnswer, InvalidInput, NotFound, Unavailable
from ..key import KeyEvent
from ..manifest import MAX_BYTES, Manifest
from ..placed import AnchoredBatch, Changes
from ..ports import BlockStore, ChainReader, Index
from ..signing import Home
from .known_chain import require_pinned, require_same

STRETCH = 5_000  # blocks asked for at once: within what public nodes answer
BATCHES_AT_ONCE = 32  # manifests held in memory between two commits, and their leaves
LEAVES_AT_ONCE = 20_000
ATTEMPTS = 3  # a reorganisation, or another process's sync, can come between two answers


@dataclass(slots=True)
class _Ledger:
    """Where a ledger stands while its anchors are folded."""

    newest: Checkpoint | None = None
    accumulator: bytes = NO_ACCUMULATOR


class _LeftOut(InvalidChainAnswer):
    """The anchors shown of a ledger are not all that the contract took."""

    def __init__(self, ledger: bytes, newest: Checkpoint | None) -> None:
        size = 0 if newest is None else newest.size
        super().__init__(
            f"the node left out an anchor of ledger 0x{ledger.hex()} after size {size}: its "
            "accumulator is another than that of the anchors shown; ask another node"
        )
        self.ledger = ledger


@dataclass(slots=True)
class Syncing:
    """Brings an index up to a chain's head. `report` is told the block reached and the head.

    `chain_id` and `genesis` are what the settings pin. `own` are ledgers that are known to be on
    the chain: a node can't hide them whole. Nothing is looked for before `first_block`, which must
    not be later than the contracts.
    """

    reader: ChainReader
    contracts: Deployment
    index: Index
    blocks: BlockStore
    report: Callable[[int, int], None] = lambda _reached, _head: None
    chain_id: int | None = None
    genesis: bytes | None = None
    own: Sequence[bytes] = ()
    first_block: int = 0
    stretch: int = STRETCH
    _ledgers: dict[bytes, _Ledger] = field(default_factory=dict)

    def run(self) -> BlockRef | None:
        """Take in everything up to the latest block; return it (None on an empty chain).

        InvalidChainAnswer when the node leaves out an anchor: the accumulators differ. Then the
        index goes back to before it, and another node can be asked. Busy when others change the
        index all the while.
        """
        failure: Exception | None = None
        attempts, furthest = 0, -1
        while attempts < ATTEMPTS:
            attempts += 1
            identity = self.reader.identity()
            require_pinned(identity, "the node", self.chain_id, self.genesis)
            head = self.reader.block("latest")
            if head is None:
                return None
            try:
                self._follow(identity, head)
            except _LeftOut as cause:
                self._forget(identity, cause.ledger)
                failure = cause
            except (Conflict, InvalidChainAnswer) as cause:
                failure = cause
                cursor = self.index.cursor(identity)
                if isinstance(cause, Conflict) and cursor and cursor.number > furthest:
                    attempts, furthest = 0, cursor.number  # another brings it on: go on from there
            else:
                return head
        if isinstance(failure, InvalidChainAnswer):
            raise failure
        raise Busy(f"expected to change the index alone, got: {failure}") from failure

    def _follow(self, identity: ChainIdentity, head: BlockRef) -> None:
        cursor = self._common(identity, head)
        if cursor is None or cursor.number < head.number:
            self._load(identity)
            first = self.first_block if cursor is None else cursor.number + 1
            while first <= head.number:
                last = min(first + self.stretch - 1, head.number)
                cursor = self._stretch(identity, (cursor, first, last), head)
                self.report(last, head.number)
                first = last + 1
        self._refill(identity)

    def _common(self, identity: ChainIdentity, head: BlockRef) -> BlockRef | None:
        """Return the newest indexed block that is still on the chain; forget what came after.

        Nothing is forgotten for a node that lags: one whose chain ends before the cursor, and
        holds what is indexed up to there.
        """
        cursor = self.index.cursor(identity)
        if cursor is None or self._still(cursor):
            return cursor
        places = {
            one.anchor.block_number: one
            for ledger in self.index.ledgers(identity)
            for one in self.index.checkpoints(identity, ledger)
        }
        shown = [number for number in sorted(places, reverse=True) if number <= head.number]
        blocks = (self.reader.block(number) for number in shown)
        common = next(
            (one for one in blocks if one and one.hash == places[one.number].anchor.block_hash),
            None,
        )
        held = None if common is None else common.number
        if cursor.number > head.number and shown[:1] == ([] if held is None else [held]):
            return cursor  # until it has caught up, or its branch is the longer one
        require_same(self.reader.identity(), identity, "the node")
        if self._still(cursor):
            raise InvalidChainAnswer("the node contradicts itself; ask again, or another node")
        self.index.roll_back(identity, common)
        return common

    def _still(self, block: BlockRef) -> bool:
        now = self.reader.block(block.number)
        return now is not None and now.hash == block.hash

    def _load(self, identity: ChainIdentity) -> None:
        self._ledgers = {ledger: _Ledger() for ledger in self.own}
        for ledger in self.index.ledgers(identity):
            newest = self.index.checkpoints(identity, ledger)[-1]
            self._ledgers[ledger] = _Ledger(newest.checkpoint, newest.accumulator)

    def _stretch(
        self, identity: ChainIdentity, over: tuple[BlockRef | None, int, int], head: BlockRef
    ) -> BlockRef:
        """Take in the blocks first..last after the cursor; return the last."""
        cursor, first, last = over
        known: dict[int, BlockRef] = {}
        reached = self._block(last, known)
        logs = list(self.reader.logs(self.contracts.ledgers, (ANCHORED,), first, last))
        key_logs = self.reader.logs(self.contracts.keys, (KEY_TOPICS,), first, last)
        home = Home(identity.chain_id, self.contracts.keys)
        events = [
            read_key_event(log, home, self._block(log.block_number, known)) for log in key_logs
        ]
        anchors = [
            read_anchored(log, identity, self._block(log.block_number, known)) for log in logs
        ]
        # else logs of two branches could be mixed: no accumulator tells, if their times are one
        if not self._still(reached) or not (cursor is None or self._still(cursor)):
            raise InvalidChainAnswer("blocks were reorganised while they were read; ask again")
        part: list[AnchoredBatch] = []
        at = cursor
        for number, of_block in groupby(anchors, lambda one: one.anchor.block_number):
            part += map(self._batch, of_block)
            if _full(part):  # never within a block: the cursor is one
                step = at, self._block(number, known)
                self._apply(identity, part, events, step)
                at = step[1]
                events = [event for event in events if event.place.block_number > number]
                part = []
        if last == head.number:  # before the cursor gets there: whoever is there was checked
            self._require_accumulators(head)
        require_same(self.reader.identity(), identity, "the node")
        self._apply(identity, part, events, (at, reached))
        return reached

    def _apply(
        self,
        identity: ChainIdentity,
        batches: Sequence[AnchoredBatch],
        events: Sequence[KeyEvent],
        step: tuple[BlockRef | None, BlockRef],
    ) -> None:
        """Take in what changed from one block to another; Conflict if others changed the index."""
        follows, reached = step
        due = tuple(event for event in events if event.place.block_number <= reached.number)
        self.index.apply(identity, Changes(tuple(batches), due), reached, follows=follows)

    def _block(self, number: int, known: dict[int, BlockRef]) -> BlockRef:
        if number not in known:
            block = self.reader.block(number)
            if block is None:
                raise InvalidChainAnswer(
                    f"the node knows a log of block {number} and no such block; ask another node"
                )
            known[number] = block
        return known[number]

    def _batch(self, anchored: AnchoredCheckpoint) -> AnchoredBatch:
        ledger = anchored.checkpoint.ledger
        state = self._ledgers.setdefault(ledger, _Ledger())
        before = state.newest
        state.newest = anchored.checkpoint
        state.accumulator = accumulate(
            state.accumulator, anchored.checkpoint, anchored.manifest, anchored.timestamp
        )
        if state.accumulator != anchored.accumulator:
            raise _LeftOut(ledger, before)
        start = 0 if before is None else before.size
        return self._filled(AnchoredBatch(start, anchored, None), before)

    def _filled(self, batch: AnchoredBatch, before: Checkpoint | None) -> AnchoredBatch:
        """Return the batch with what its manifest says, if that can be had and is the batch's."""
        try:
            cid = Cid.decode(batch.anchored.manifest)
            data = b"".join(export_file(cid, self.blocks.get, MAX_BYTES))
            manifest = Manifest.decode(data)
            manifest.require_batch(before, batch.anchored.checkpoint)
        except (NotFound, Unavailable, InvalidInput):
            return batch  # named as missing; asked for again at the next sync
        return AnchoredBatch(
            start=batch.start,
            anchored=batch.anchored,
            leaves=manifest.leaves,
            frontier=manifest.before.hashes,
            disclosures=manifest.disclosures,
        )

    def _refill(self, identity: ChainIdentity) -> None:
        """Ask again for manifests that were missing."""
        reached = self.index.cursor(identity)
        by_size: dict[bytes, dict[int, Checkpoint]] = {}
        missing = () if reached is None else self.index.missing(identity)
        # not always the same first: whoever is asked for blocks may lose patience on the way
        turn = 0 if reached is None or not missing else reached.number % len(missing)
        for batch in (*missing[turn:], *missing[:turn]):
            ledger = batch.anchored.checkpoint.ledger
            if ledger not in by_size:
                anchored = self.index.checkpoints(identity, ledger)
                by_size[ledger] = {one.checkpoint.size: one.checkpoint for one in anchored}
            filled = self._filled(batch, by_size[ledger].get(batch.start))
            if filled.leaves is not None and reached is not None:
                self.index.apply(identity, Changes((filled,)), reached, follows=reached)

    def _require_accumulators(self, head: BlockRef) -> None:
        for ledger, state in self._ledgers.items():
            held = self.reader.storage(
                self.contracts.ledgers, accumulator_slot(ledger), head.number
            )
            if held != state.accumulator:
                raise _LeftOut(ledger, state.newest)

    def _forget(self, identity: ChainIdentity, ledger: bytes) -> None:
        """Go back to where all of a ledger's anchors are sure to come again.

        The indexed ones follow one on another, so what was left out comes after the newest of
        them: in its own block at the earliest.
        """
        require_same(self.reader.identity(), identity, "the node")
        indexed = self.index.checkpoints(identity, ledger)
        before = indexed[-1].anchor.block_number - 1 if indexed else -1
        to = self.reader.block(before) if before >= 0 else None
        try:
            self.index.roll_back(identity, to)
        except Conflict:  # it is on another branch, too
            self.index.roll_back(identity, None)


def _full(part: Sequence[AnchoredBatch]) -> bool:
    leaves = sum(len(batch.leaves or ()) for batch in part)
    return len(part) >= BATCHES_AT_ONCE or leaves >= LEAVES_AT_ONCE
