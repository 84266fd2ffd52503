"""Statuses: how leaf hashes stand, as the ledger's own queue, the index and the chain know it."""

from dataclasses import dataclass, replace

from ..anchor import Anchor
from ..batch import Stage
from ..contract import Deployment
from ..encoding import hex_of
from ..errors import NotFound
from ..leaf_status import FINALIZED, LeafStatus
from ..ports import ChainReader, Index, Queue
from ..receipt import Inclusion, Receipt, StateProof
from ..signed import SignedClaim
from ..tree import Nodes, Tree
from .kept_evidence import with_kept_evidence
from .receipts import IN_A_BLOCK, place_of_leaf

# Proofs that share a handle share the nodes that it has read: 23 MB of them at the most.
_PROOFS_A_HANDLE = 200


@dataclass(slots=True)
class Statuses:
    """Answers for the leaves of one ledger, and for those that manifests on its chain name."""

    queue: Queue
    index: Index
    reader: ChainReader
    contracts: Deployment | None = None  # by them kept evidence is proven; None: none is given
    _nodes: Nodes | None = None
    _proofs: int = 0

    def of(self, leaf_hash: bytes) -> LeafStatus:
        """Return how a leaf hash stands; NotFound if neither queue nor index has it."""
        index = self.queue.find(leaf_hash)
        if index is not None:
            return self._own(leaf_hash, index)
        place = place_of_leaf(self.index, leaf_hash)
        if place is None or not place[1].on(self.reader.identity()):
            raise NotFound(f"expected a leaf of this ledger, {hex_of(leaf_hash)} is in none here")
        return self._anchored(leaf_hash, *place)

    def _own(self, leaf_hash: bytes, index: int) -> LeafStatus:
        batch = self.queue.batch_of(index)
        if batch is None or batch.stage not in IN_A_BLOCK or batch.anchor is None:
            return LeafStatus(leaf_hash, index)
        proof = Tree(batch.end, self._own_nodes()).inclusion_proof(index)
        inclusion = Inclusion(index, batch.checkpoint, tuple(proof))
        status = self._anchored(leaf_hash, inclusion, batch.anchor)
        if batch.stage is not Stage.PUBLISHED or self.contracts is None:
            return status  # until the manifest is public, evidence would tell who the author is
        return replace(status, evidence=self._evidence(inclusion, batch.anchor, self.contracts))

    def _evidence(
        self, inclusion: Inclusion, anchor: Anchor, contracts: Deployment
    ) -> StateProof | None:
        (leaf,) = self.queue.leaves(inclusion.index, inclusion.index + 1)
        if not isinstance(leaf.signed, SignedClaim) or leaf.signed.details is None:
            return None
        receipt = Receipt(leaf.signed).anchored(inclusion, anchor)
        return with_kept_evidence(self.queue, contracts, [receipt])[0].evidence

    def _own_nodes(self) -> Nodes:
        """Return the queue's nodes, which never change once they are there."""
        nodes = self._nodes
        if nodes is None or self._proofs >= _PROOFS_A_HANDLE:
            nodes, self._proofs = self.queue.nodes(), 0
            self._nodes = nodes
        self._proofs += 1
        return nodes

    def _anchored(self, leaf_hash: bytes, inclusion: Inclusion, anchor: Anchor) -> LeafStatus:
        finality = finality_of(self.reader, anchor)
        return LeafStatus(leaf_hash, inclusion.index, inclusion, anchor, finality)


def finality_of(reader: ChainReader, anchor: Anchor) -> str:
    """Return how firm an anchor's block is on the reader's chain, by the chain's own rule.

    A node that has not got so far says nothing against the block: it was included.
    """
    # the heads first: a block that is in place after they were asked was in place below them
    latest, final, safe = (reader.block(tag) for tag in ("latest", FINALIZED, "safe"))
    block = reader.block(anchor.block_number)
    if block is None and latest is not None and latest.number < anchor.block_number:
        return "included"
    if block is None or block.hash != anchor.block_hash:
        return "reorganised"
    if final is not None and anchor.block_number <= final.number:
        return FINALIZED
    return "safe" if safe is not None and anchor.block_number <= safe.number else "included"
