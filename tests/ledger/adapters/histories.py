"""Made-up histories of a chain for the index, and everything that an index answers about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from random import Random

from ledger import merkle
from ledger.chain import BlockRef, ChainIdentity
from ledger.checkpoint import Checkpoint
from ledger.encoding import MAX_NUMBER, Json, canonical
from ledger.errors import NotFound
from ledger.key import Delegated, KeyEvent, Place, Revoked, Withdrawn
from ledger.leaf import Disclosed, Leaf, Signed
from ledger.placed import AnchoredBatch, Changes
from ledger.ports import Index
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.tree import Frontier, Nodes
from tests.ledger.factories import (
    CONTRACT,
    GENESIS_TIME,
    HOME,
    anchored,
    disclosed,
    opaque,
    signed_claim,
    signed_process_checkpoint,
    word,
)

WORKS = [word("work", number) for number in range(4)]
LOGS = [word("log", number) for number in range(2)]
POOL: list[Signed] = [
    *(signed_claim(seed, WORKS[seed % len(WORKS)]) for seed in range(24)),
    *(signed_process_checkpoint(seed, LOGS[seed % len(LOGS)]) for seed in range(6)),
]
AUTHOR = bytes(20)


@dataclass
class Block:
    ref: BlockRef
    batches: list[AnchoredBatch] = field(default_factory=list)
    events: list[KeyEvent] = field(default_factory=list)


@dataclass
class History:
    """A chain that grows and forks: what is behind every leaf, and which manifests are here."""

    chain: ChainIdentity
    ledgers: Sequence[bytes]
    random: Random
    blocks: list[Block] = field(default_factory=list)
    behind: dict[bytes, list[Signed]] = field(default_factory=dict)
    known: set[bytes] = field(default_factory=set)
    forks: int = 0

    def grow(self, known: float = 1.0) -> Block:
        """Add a block; each manifest in it is here with that chance."""
        number = len(self.blocks) + 1
        name = word(self.chain.genesis, number, self.forks)
        parent = self.blocks[-1].ref.hash if self.blocks else self.chain.genesis
        block = Block(BlockRef(number, name, parent, GENESIS_TIME + 12 * number))
        for ledger in self.ledgers:
            if self.random.random() < 0.6:
                block.batches.append(self._batch(block, ledger))
                if self.random.random() < known:
                    self.known.add(_name(block.batches[-1]))
        block.events = [self._event(block, at) for at in range(self.random.randrange(2))]
        self.blocks.append(block)
        return block

    def fork(self, number: int) -> None:
        """Drop the blocks after that one; what comes instead has other hashes."""
        self.forks += 1
        self.blocks = self.blocks[:number]
        for ledger in self.ledgers:
            size = max(
                (b.anchored.checkpoint.size for b in self.batches() if _ledger(b) == ledger),
                default=0,
            )
            self.behind[ledger] = self.behind.get(ledger, [])[:size]

    def batches(self) -> Iterator[AnchoredBatch]:
        """Yield the batches of all blocks, whole."""
        for block in self.blocks:
            yield from block.batches

    def seen(self, batch: AnchoredBatch) -> AnchoredBatch:
        """Return the batch as it is seen: without its leaves while its manifest is missing."""
        if _name(batch) in self.known:
            return batch
        return replace(batch, leaves=None, frontier=(), disclosures=())

    def find(self) -> AnchoredBatch | None:
        """Find a missing manifest, if there is one."""
        missing = [batch for batch in self.batches() if _name(batch) not in self.known]
        if not missing:
            return None
        found = self.random.choice(missing)
        self.known.add(_name(found))
        return found

    def changes(self, first: int, last: int) -> Changes:
        """Return what the blocks first..last changed, as it is seen."""
        blocks = self.blocks[first - 1 : last]
        return Changes(
            tuple(self.seen(batch) for block in blocks for batch in block.batches),
            tuple(event for block in blocks for event in block.events),
        )

    def _batch(self, block: Block, ledger: bytes) -> AnchoredBatch:
        behind = self.behind.setdefault(ledger, [])
        start = len(behind)
        behind.extend(self.random.choices(POOL, k=self.random.randrange(1, 7)))
        hashes = [Leaf.of(signed).hash for signed in behind]
        at = Checkpoint(ledger, len(behind), merkle.root(hashes))
        placed = anchored(at, block.ref.number, len(block.batches), self.chain)
        anchor = replace(placed.anchor, block_hash=block.ref.hash)
        disclosures = [self._disclosure(behind, start) for _ in range(self.random.randrange(4))]
        return AnchoredBatch(
            start=start,
            anchored=replace(placed, anchor=anchor),
            leaves=tuple(self._leaf(signed) for signed in behind[start:]),
            frontier=Frontier().append(hashes[:start]).hashes,
            disclosures=tuple(disclosures) if start else (),
        )

    def _leaf(self, signed: Signed) -> Disclosed:
        chance = self.random.random()
        if chance < 0.4:
            return opaque(signed)
        return disclosed(bare(signed) if chance < 0.6 else signed)

    def _disclosure(self, behind: Sequence[Signed], start: int) -> tuple[int, Disclosed]:
        index = self.random.randrange(start + 2)
        signed = behind[min(index, len(behind) - 1)]
        if self.random.random() < 0.2:
            signed = self.random.choice(POOL)  # a stranger's
        return index, disclosed(bare(signed) if self.random.random() < 0.3 else signed)

    def _event(self, block: Block, log_index: int) -> KeyEvent:
        home, place = (
            Home(self.chain.chain_id, HOME.contract),
            Place(block.ref.number, log_index, block.ref.timestamp),
        )
        history = word("history", block.ref.hash, log_index)
        match self.random.randrange(3):
            case 0:
                for_ever = 2**64 - 1
                return Delegated(home, AUTHOR, CONTRACT, 3, 0, for_ever, place, history)
            case 1:
                return Revoked(home, AUTHOR, CONTRACT, place, history)
        return Withdrawn(home, AUTHOR, self.random.choice(POOL).id, place, history)


def bare(signed: Signed) -> Signed:
    """Return what was signed without its details."""
    return replace(signed, details=None) if isinstance(signed, SignedClaim) else signed


def answers(index: Index, chains: Sequence[ChainIdentity], ledgers: Sequence[bytes]) -> bytes:
    """Return everything that an index answers, as canonical bytes."""
    told: list[object] = []
    for chain in chains:
        told += [index.cursor(chain), index.ledgers(chain), index.missing(chain)]
        told += [index.counts(chain), [index.block_hash(chain, number) for number in range(30)]]
        told.append(index.key_events(Home(chain.chain_id, HOME.contract), AUTHOR))
        for ledger in ledgers:
            checkpoints, nodes = index.checkpoints(chain, ledger), index.nodes(chain, ledger)
            size = checkpoints[-1].checkpoint.size if checkpoints else 0
            told.append(checkpoints)
            told += [
                _node(nodes, level, place) for level in range(8) for place in range(size >> level)
            ]
    told += [index.claims_on(work, 100) for work in WORKS]
    told += [index.claims_on(work, 2) for work in WORKS]
    told += [index.process_checkpoints(log, 100) for log in LOGS]
    told += [index.claim(signed.id) for signed in POOL]
    told += [index.find_leaf(Leaf.of(signed).hash) for signed in POOL]
    return canonical([plain(value) for value in told])


def _node(nodes: Nodes, level: int, place: int) -> bytes | None:
    try:
        return nodes.get(level, place)
    except NotFound:
        return None


def plain(value: object) -> Json:
    """Return a value as JSON."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if value <= MAX_NUMBER else str(value)
        case bytes():
            return value.hex()
        case list() | tuple():
            return [plain(one) for one in value]
    assert is_dataclass(value)
    return {one.name: plain(getattr(value, one.name)) for one in fields(value)}


def _ledger(batch: AnchoredBatch) -> bytes:
    return batch.anchored.checkpoint.ledger


def _name(batch: AnchoredBatch) -> bytes:
    return batch.anchored.anchor.block_hash + _ledger(batch)
