"""Who watches that nothing called final is ever taken back: the queue, statuses, verdicts."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

from ledger.batch import Batch, Stage
from ledger.contract import ANCHORED, KEY_TOPICS
from ledger.errors import Unavailable
from ledger.leaf import Leaf
from ledger.ports import Index
from ledger.receipt import Receipt
from ledger.report import Check, Report, outcomes
from ledger.secp256k1 import address_of_key
from ledger.services.receipts import receipt_from_queue
from ledger.services.statuses import Statuses
from ledger.services.verifying import Question, Verifying
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.wiring import Installation
from tests.ledger.factories import author_key
from tests.trials.claim_stream import AUTHORS, Acknowledged, Streams

KEPT = 300  # receipts that somebody holds, as they were once
PAUSE = 0.1
MOST_FOLLOWERS = 5


@dataclass(slots=True)
class Watch:
    """A process of its own that follows the chain, asks, and remembers what was said."""

    installation: Installation
    chain: str
    final: dict[int, Batch] = field(default_factory=dict)
    blocks: set[tuple[int, bytes]] = field(default_factory=set)  # called final
    said: Counter[str] = field(default_factory=Counter)
    receipts: list[Receipt] = field(default_factory=list)
    syncs: int = 0
    failures: list[BaseException] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _verifying: Verifying | None = None

    def end(self) -> None:
        """Say that it is enough."""
        self._ended.set()

    def watch(self, streams: Streams, seed: int) -> None:
        """Look at random moments until told to end."""
        chance = random.Random(seed)
        try:
            while not self._ended.wait(chance.uniform(0, 2 * PAUSE)):
                self.look()
                known = list(streams.acknowledged.values())
                if known:
                    newest = known[-60:] if chance.random() < 1 / 2 else known
                    self._ask(chance.choice(newest), chance)
        except BaseException as cause:  # noqa: BLE001 - told at the end
            self.failures.append(cause)

    def look(self) -> None:
        """Compare what the queue calls final with all that it ever called so."""
        queue = self.installation.queue(self.chain)
        now = {one.end: one for one in queue.batches((Stage.FINAL, Stage.PUBLISHED))}
        assert self.final.keys() <= now.keys(), "a final batch was taken back"
        for end, batch in now.items():
            assert self.final.setdefault(end, batch).anchor == batch.anchor, "it moved"

    def _ask(self, one: Acknowledged, chance: random.Random) -> None:
        claim = one.claim
        queue, index = self.installation.queue(self.chain), self.installation.index
        try:
            match chance.randrange(3):
                case 0:
                    self.follow()
                case 1:
                    reader = self.installation.reader(self.chain)
                    status = Statuses(queue, index, reader).of(Leaf.of(claim).hash)
                    self.said[f"status {status.finality}"] += 1
                    if status.final and status.anchor is not None:
                        self.blocks.add((status.anchor.block_number, status.anchor.block_hash))
                case _:
                    self.verify(self._receipt(claim, chance))
        except Unavailable as cause:  # reorganised in between: asked again another time
            self.said[f"not now: {type(cause).__name__}"] += 1

    def _receipt(self, claim: SignedClaim, chance: random.Random) -> Receipt:
        """Return a claim's receipt, or one from a block that may go away yet, or an old one."""
        queue = self.installation.queue(self.chain)
        included = queue.batches((Stage.INCLUDED,))
        if included and chance.random() < 1 / 2:
            (leaf,) = queue.leaves(included[-1].start, included[-1].start + 1)
            claim = leaf.signed if isinstance(leaf.signed, SignedClaim) else claim
        elif self.receipts and chance.random() < 1 / 3:
            return chance.choice(self.receipts[-20:])
        receipt = receipt_from_queue(queue, claim)
        assert receipt is not None
        if receipt.anchors and len(self.receipts) < KEPT:
            self.receipts.append(receipt)
        return receipt

    def follow(self) -> None:
        """Bring the index up to the head."""
        self.installation.syncing(self.chain).run()
        self.syncs += 1

    def verify(self, receipt: Receipt) -> Report:
        """Return the report on a receipt; note the block, if it is called final."""
        report = self.verifying().answer(Question(receipt=receipt.encode()))
        self.said[f"verdict {report.verdict.word}"] += 1
        if outcomes(report.findings).get(Check.FINALITY) == "finalized":
            self.blocks |= {(one.block_number, one.block_hash) for one in receipt.anchors}
        return report

    def verifying(self) -> Verifying:
        """Return the verifying; its chains are opened once."""
        if self._verifying is None:
            installation = self.installation
            gathering = installation.gathering()
            syncing = installation.syncing(self.chain)

            def followed() -> Index:
                syncing.run()
                return installation.index

            self._verifying = replace(
                installation.verifying(self.chain), gathering=lambda: gathering, index=followed
            )
        return self._verifying


def require_followed(installation: Installation, chain: str) -> None:
    """Raise unless the index tells what the chain holds, which stands still meanwhile.

    Another follower may still take it back, for what it saw before: then it is brought up again.
    """
    for _ in range(MOST_FOLLOWERS):
        installation.syncing(chain).run()
        indexed, held = _indexed(installation, chain), _held(installation, chain)
        if indexed == held:
            return
    assert indexed == held


def _indexed(installation: Installation, chain: str) -> object:
    """Return the index's cursor, its anchors, and the places of each author's key events."""
    index, identity = installation.index, installation.reader(chain).identity()
    home = Home(identity.chain_id, installation.contracts.keys)
    anchors = [
        (one.anchor.block_number, one.anchor.block_hash, one.anchor.transaction)
        for ledger in index.ledgers(identity)
        for one in index.checkpoints(identity, ledger)
    ]
    events = [
        [(one.place.block_number, one.place.log_index) for one in index.key_events(home, author)]
        for author in map(_author, AUTHORS)
    ]
    return index.cursor(identity), anchors, events


def _held(installation: Installation, chain: str) -> object:
    """Return the same, of the chain's own logs."""
    reader, contracts = installation.reader(chain), installation.contracts
    head = reader.block("latest")
    assert head is not None
    anchors = reader.logs(contracts.ledgers, (ANCHORED,), 0, head.number)
    events = reader.logs(contracts.keys, (KEY_TOPICS,), 0, head.number)
    return (
        head,
        [(one.block_number, one.block_hash, one.transaction) for one in anchors],
        [
            [(one.block_number, one.index) for one in events if one.topics[1][12:] == author]
            for author in map(_author, AUTHORS)
        ],
    )


def _author(name: str) -> bytes:
    return address_of_key(author_key(name))
