"""A world for tests: a real chain with our contracts, ledgers that anyone runs, and authors."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.named_source import NamedSource
from ledger.anchor import Anchor, ClockRule
from ledger.chain import BlockRef, ChainIdentity
from ledger.checkpoint import Checkpoint, ledger_id
from ledger.cid import cid_of, import_file
from ledger.config import deployment
from ledger.contract import (
    ANCHORED,
    Deployment,
    anchor_call,
    create_call,
    delegate_call,
    nonce_of_word,
    nonce_slot,
    read_anchored,
    revoke_call,
    withdraw_call,
)
from ledger.leaf import Disclosed, Leaf
from ledger.manifest import Manifest
from ledger.ports import BlockStore, Chain, ChainReader, Index
from ledger.receipt import Inclusion, Receipt
from ledger.report import Report
from ledger.secp256k1 import address_of_key, sign_digest
from ledger.services.gathering import Gathering
from ledger.services.known_chain import KnownChain
from ledger.services.syncing import Syncing
from ledger.services.verifying import Question, Verifying
from ledger.signed import SignedClaim
from ledger.signing import Home, delegate_hash, revoke_hash, withdraw_hash
from ledger.tree import Frontier, MemoryNodes, Tree
from ledger.verification.availability import THIS_COMPUTER
from tests.cells import send
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import author_key, word

RULE = ClockRule(behind=60, ahead=15)
FOREVER = 2**63


@dataclass(slots=True)
class RunLedger:
    """A ledger as its operator runs it: whoever that is, they may anchor what they like."""

    world: "World"
    id: bytes
    leaves: list[Disclosed] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    manifests: list[bytes] = field(default_factory=list)

    def anchor(
        self,
        *leaves: Disclosed | SignedClaim,
        disclosures: Sequence[tuple[int, SignedClaim]] = (),
        publish: bool = True,
        manifest: bytes | None = None,
    ) -> Anchor:
        """Anchor the leaves in one transaction; return the anchor.

        `manifest` is what is pinned in place of the true one; not `publish`: nothing is.
        """
        added = tuple(one if isinstance(one, Disclosed) else shown(one) for one in leaves)
        start, nodes = len(self.leaves), MemoryNodes()
        tree = Tree(0, nodes).append(leaf.leaf_hash for leaf in self.leaves)
        before = Frontier(start, tree.frontier())
        said = Manifest(
            self.id, before, added, tuple((index, shown(one)) for index, one in disclosures)
        )
        data = said.encode() if manifest is None else manifest
        grown = tree.append(leaf.leaf_hash for leaf in added)
        proof = grown.consistency_proof(start) if start else []
        world = self.world
        call = anchor_call(said.checkpoint, proof, cid_of(data).encode())
        transaction = send(world.chain, world.contracts.ledgers, call)
        if publish:
            world.blocks.put(import_file((data,)))
        self.leaves += added
        self.manifests.append(data)
        self.sizes.append(len(self.leaves))
        self.anchors.append(world.anchor_of(transaction))
        return self.anchors[-1]

    def publish(self, batch: int) -> None:
        """Pin the manifest of a batch that was withheld."""
        self.world.blocks.put(import_file((self.manifests[batch],)))

    def receipt(self, signed: SignedClaim) -> Receipt:
        """Return the claim's receipt, against the first checkpoint that holds it."""
        index = [leaf.leaf_hash for leaf in self.leaves].index(Leaf.of(signed).hash)
        batch = next(at for at, size in enumerate(self.sizes) if size > index)
        size = self.sizes[batch]
        tree = Tree(0, MemoryNodes()).append(leaf.leaf_hash for leaf in self.leaves[:size])
        at, proof = Checkpoint(self.id, size, tree.root()), tuple(tree.inclusion_proof(index))
        return Receipt(signed).anchored(Inclusion(index, at, proof), self.anchors[batch])


@dataclass(slots=True)
class World:
    """A chain with both contracts on it, and one public block store."""

    chain: Chain
    reader: ChainReader
    blocks: BlockStore = field(default_factory=MemoryBlocks)
    contracts: Deployment = field(default_factory=deployment)

    @property
    def identity(self) -> ChainIdentity:
        return self.reader.identity()

    @property
    def home(self) -> Home:
        return Home(self.identity.chain_id, self.contracts.keys)

    @property
    def head(self) -> BlockRef:
        head = self.reader.block("latest")
        assert head is not None
        return head

    def ledger(self, name: object = "ours") -> RunLedger:
        """Make a ledger."""
        salt, creator = word("ledger", name), self.chain.submitter
        send(self.chain, self.contracts.ledgers, create_call(salt, creator))
        chain_id = self.identity.chain_id
        return RunLedger(self, ledger_id(chain_id, self.contracts.ledgers, creator, salt))

    def claim(
        self,
        name: object = "alice",
        work: bytes = word("the work"),
        *,
        process: bool = False,
        salt: object = 0,
        signer: bytes | None = None,
    ) -> SignedClaim:
        """Return a claim of that author's on this chain, with a process if asked."""
        log = {"process": word("process", name), "steps": 4} if process else {}
        return claim_of(name, work, home=self.home, salt=salt, signer=signer, **log)  # type: ignore[arg-type]

    def anchor_of(self, transaction: bytes) -> Anchor:
        """Return the anchor that a transaction made."""
        receipt = self.chain.receipt(transaction)
        assert receipt is not None
        number = receipt.block_number
        logs = self.chain.logs(self.contracts.ledgers, (ANCHORED,), number, number)
        (log,) = [one for one in logs if one.transaction == transaction]
        block = self.reader.block(number)
        assert block is not None
        return read_anchored(log, self.identity, block).anchor

    def nonce(self, author: bytes) -> int:
        return nonce_of_word(self.reader.storage(self.contracts.keys, nonce_slot(author), "latest"))

    def delegate(
        self, name: object, delegate: bytes, purposes: int = 3, span: tuple[int, int] = (0, FOREVER)
    ) -> None:
        """Let a key sign for an author, by the author's signed order."""
        key = author_key(name)
        author, deadline = address_of_key(key), FOREVER
        nonce = self.nonce(author)
        order = delegate_hash(self.home, author, delegate, purposes, span, nonce, deadline)
        call = delegate_call(author, delegate, purposes, span, deadline, sign_digest(order, key))
        send(self.chain, self.contracts.keys, call)

    def revoke(self, name: object, delegate: bytes) -> None:
        """Take a key's right away, by the author's signed order; their own for good."""
        key = author_key(name)
        author = address_of_key(key)
        order = revoke_hash(self.home, author, delegate, self.nonce(author), FOREVER)
        send(
            self.chain,
            self.contracts.keys,
            revoke_call(author, delegate, FOREVER, sign_digest(order, key)),
        )

    def withdrawal(self, author: bytes, claim: bytes, key: bytes) -> bytes:
        """Return the call that hands in a withdrawal in an author's name, signed by any key."""
        order = withdraw_hash(self.home, author, claim, self.nonce(author), FOREVER)
        return withdraw_call(author, claim, FOREVER, sign_digest(order, key))

    def withdraw(self, name: object, claim: bytes) -> None:
        """Withdraw a claim, by its author's signed order."""
        key = author_key(name)
        send(self.chain, self.contracts.keys, self.withdrawal(address_of_key(key), claim, key))

    def syncing(
        self,
        index: Index,
        reader: ChainReader | None = None,
        blocks: BlockStore | None = None,
        **more: object,
    ) -> Syncing:
        """Return the syncing of this chain into an index, by any node and store."""
        return Syncing(reader or self.reader, self.contracts, index, blocks or self.blocks, **more)  # type: ignore[arg-type]

    def known(self, reader: ChainReader | None = None) -> KnownChain:
        """Return this chain as settings know it."""
        identity = self.identity
        node = reader or self.reader
        return KnownChain("here", node, RULE, "a node", identity.genesis, identity.chain_id)

    def gathering(self, index: Index | None = None, reader: ChainReader | None = None) -> Gathering:
        """Return the gathering over this chain alone."""
        chains = {self.identity.chain_id: self.known(reader)}
        here = NamedSource(THIS_COMPUTER, self.blocks)
        return Gathering(chains, self.contracts, index, (here,))

    def verifying(self, index: Index | None = None, reader: ChainReader | None = None) -> Verifying:
        """Return the verifying of somebody whose settings have this chain."""

        def followed() -> Index:
            assert index is not None
            self.syncing(index, reader).run()
            return index

        return Verifying(
            self.contracts,
            gathering=lambda: self.gathering(index, reader),
            index=None if index is None else followed,
            rules={(self.identity.chain_id, self.identity.genesis): RULE},
        )

    def verify(self, receipt: Receipt, index: Index | None = None) -> Report:
        """Return the report on a receipt."""
        return self.verifying(index).answer(Question(receipt=receipt.encode()))


def shown(signed: SignedClaim) -> Disclosed:
    """Return a claim's leaf, disclosed."""
    return Disclosed(Leaf.of(signed).hash, signed)


def hidden(signed: SignedClaim) -> Disclosed:
    """Return a claim's leaf hash: all that an operator sees before the anchor is final."""
    return Disclosed(Leaf.of(signed).hash)
