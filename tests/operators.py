"""An operator of a ledger, for tests and trials: a real chain, a queue, a block store, a worker."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.queue import SqlQueue
from ledger.anchor import AnchoredCheckpoint
from ledger.batch import Stage
from ledger.cid import Cid, export_file
from ledger.claim import NO_PROCESS, Claim
from ledger.config import creation_code, deployment
from ledger.contract import (
    ANCHORED,
    Deployment,
    Founded,
    read_anchored,
    root_slot,
    size_of_word,
    size_slot,
)
from ledger.details import Details
from ledger.leaf import Disclosed, Leaf
from ledger.manifest import Manifest
from ledger.ports import BlockStore, Chain, Clock, Queue
from ledger.receipt import Receipt
from ledger.secp256k1 import address_of_key
from ledger.services.anchoring import Anchoring
from ledger.services.founding import deploy, found_ledger
from ledger.services.inclusion import Failpoint
from ledger.services.receipts import receipt_from_queue
from ledger.signed import SignedClaim, sign_claim
from ledger.signing import Home
from ledger.tree import Tree
from tests.ledger.factories import author_key, word
from tests.nodes import AnvilNode

KEY = bytes(31) + b"\x07"
CHAIN_ID = 2**47 + 7


@dataclass(slots=True)
class Operator:
    """Who runs a ledger. `chain_again` opens the chain as another process would."""

    chain: Chain
    chain_again: Callable[[], Chain]
    founded: Founded
    queue: Queue
    blocks: BlockStore = field(default_factory=MemoryBlocks)
    clock: Clock = field(default_factory=SystemClock)
    contracts: Deployment = field(default_factory=deployment)
    mine: Callable[[int], None] = lambda _: None  # the embedded chain's blocks are final at once

    @property
    def home(self) -> Home:
        return Home(self.chain.identity().chain_id, self.contracts.keys)

    def anchoring(
        self,
        holder: str = "one",
        *,
        chain: Chain | None = None,
        queue: Queue | None = None,
        failpoint: Failpoint = lambda _: None,
    ) -> Anchoring:
        """Return a worker of this ledger."""
        return Anchoring(
            chain or self.chain,
            self.contracts,
            queue or self.queue,
            self.blocks,
            self.clock,
            ledger=self.founded.ledger,
            holder=holder,
            failpoint=failpoint,
        )

    def claim(self, seed: object, author: object = "alice") -> SignedClaim:
        """Return a signed claim of this chain."""
        key = author_key(author)
        details = Details("image/png", 412_000, title=f"Lantern {seed}")
        claim = Claim(
            author=address_of_key(key),
            work=word("work", seed),
            process=NO_PROCESS,
            steps=0,
            details=details.digest,
            salt=word("salt", seed),
        )
        return sign_claim(self.home, claim, key, details)

    def add(self, *seeds: object) -> list[SignedClaim]:
        """Acknowledge a claim for each seed."""
        claims = [self.claim(seed) for seed in seeds]
        self.queue.add([shown(claim) for claim in claims], None)
        return claims

    def held(self) -> tuple[int, bytes]:
        """Return the size and root that the chain holds."""
        read, contract = self.chain.storage, self.contracts.ledgers
        size = size_of_word(read(contract, size_slot(self.founded.ledger), "latest"))
        return size, read(contract, root_slot(self.founded.ledger, size), "latest")

    def anchored(self) -> list[AnchoredCheckpoint]:
        """Return the ledger's Anchored events in their order."""
        topics = (ANCHORED, self.founded.ledger)
        found = []
        for log in self.chain.logs(self.contracts.ledgers, topics, 0, 2**40):
            block = self.chain.block(log.block_number)
            assert block is not None
            found.append(read_anchored(log, self.chain.identity(), block))
        return found

    def receipts(self, claims: Sequence[SignedClaim]) -> list[Receipt]:
        """Return the claims' receipts; all must be known here."""
        found = [receipt_from_queue(self.queue, claim) for claim in claims]
        known = [receipt for receipt in found if receipt is not None]
        assert len(known) == len(claims)
        return known


def shown(signed: SignedClaim) -> Disclosed:
    """Return the leaf of a claim, with it."""
    return Disclosed(Leaf.of(signed).hash, signed)


def opaque(seed: object) -> Disclosed:
    """Return a leaf of which nothing is known but its hash."""
    return Disclosed(word("leaf", seed))


def require_whole(operator: Operator) -> None:
    """Raise unless the queue's tree and the chain's are one, each batch anchored just once."""
    queue, size = operator.queue, operator.queue.size()
    leaves = queue.leaves(0, size)
    assert len({leaf.leaf_hash for leaf in leaves}) == size
    batches = queue.batches(tuple(Stage))
    assert [batch.start for batch in batches] == [0, *(batch.end for batch in batches[:-1])]
    assert operator.held() == (size, Tree(size, queue.nodes()).root())
    events = operator.anchored()
    assert [event.checkpoint for event in events] == [batch.checkpoint for batch in batches]
    assert [event.manifest for event in events] == [batch.manifest for batch in batches]
    assert [event.anchor for event in events] == [batch.anchor for batch in batches]
    require_receipts(operator, leaves)
    for before, batch in zip([None, *batches], batches, strict=False):
        if batch.stage is Stage.PUBLISHED:
            require_published(
                operator, None if before is None else before.checkpoint.size, batch.end
            )


def require_receipts(operator: Operator, leaves: Sequence[Disclosed]) -> None:
    """Raise unless each claim's receipt is proven against what the chain holds."""
    claims: dict[bytes, int] = {}
    for index, leaf in enumerate(leaves):
        if isinstance(leaf.signed, SignedClaim):
            assert claims.setdefault(leaf.signed.id, index) == index
            (receipt,) = operator.receipts([leaf.signed])
            assert receipt.inclusion is not None
            assert receipt.inclusion.index == index
            assert receipt.inclusion.proves(leaf.leaf_hash)
            assert Receipt.decode(receipt.encode()) == receipt


def require_published(operator: Operator, start: int | None, end: int) -> None:
    """Raise unless the block store holds the batch's manifest, whole."""
    batches = {batch.end: batch for batch in operator.queue.batches(tuple(Stage))}
    batch = batches[end]
    data = b"".join(export_file(Cid.decode(batch.manifest), operator.blocks.get))
    assert data == operator.queue.manifest(end)
    before = None if start is None else batches[start].checkpoint
    Manifest.decode(data).require_batch(before, batch.checkpoint)


@contextmanager
def embedded_operator(folder: Path, clock: Clock | None = None) -> Iterator[Operator]:
    """Yield the operator of a ledger on an embedded chain in the folder."""
    clock, path = clock or SystemClock(), folder / "chain.db"
    with EmbeddedChain.create(path, KEY, clock, CHAIN_ID) as chain:
        yield _founded(
            chain, lambda: EmbeddedChain(path, KEY, clock), folder / "queue.db", word("salt"), clock
        )


@contextmanager
def anvil_operator(
    node: AnvilNode, folder: Path, salt: object, clock: Clock | None = None
) -> Iterator[Operator]:
    """Yield the operator of a ledger on a real node; the salt makes it a ledger of its own."""
    clock, key = clock or SystemClock(), node.keys[0]
    with JsonRpcChain(node.url, key, clock=clock) as chain:
        operator = _founded(
            chain, lambda: JsonRpcChain(node.url, key), folder / "queue.db", word(salt), clock
        )
        operator.mine = node.mine
        yield operator


def _founded(
    chain: Chain, again: Callable[[], Chain], queue: Path, salt: bytes, clock: Clock
) -> Operator:
    contracts = deployment()
    creation = {
        contracts.ledgers: creation_code("Ledgers"),
        contracts.keys: creation_code("AuthorKeys"),
    }
    deploy(chain, contracts, creation, clock, 30)
    founded = found_ledger(chain, contracts, chain.submitter, salt, clock, 30)
    return Operator(chain, again, founded, SqlQueue(queue, founded.ledger), clock=clock)


def reverted(node: AnvilNode) -> list[str]:
    """Return the transactions on the node's chain that failed."""
    head = int(str(node.ask("eth_blockNumber")), 16)
    found = []
    for number in range(head + 1):
        receipts = node.ask("eth_getBlockReceipts", hex(number))
        assert isinstance(receipts, list)
        found += [one["transactionHash"] for one in receipts if one["status"] != "0x1"]
    return found
