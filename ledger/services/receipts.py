"""Receipts: what a queue or an index knows of a leaf, made portable."""

from ..anchor import Anchor
from ..batch import Stage
from ..chain import ChainIdentity
from ..checkpoint import Checkpoint
from ..leaf import Leaf
from ..placed import PlacedClaim
from ..ports import Index, Queue
from ..receipt import Inclusion, Receipt
from ..signed import SignedClaim
from ..tree import Tree

IN_A_BLOCK = (Stage.INCLUDED, Stage.FINAL, Stage.PUBLISHED)


def receipt_from_queue(queue: Queue, signed: SignedClaim) -> Receipt | None:
    """Return a claim's receipt as far as this installation's own queue knows; None if it doesn't.

    Pending while no block holds it.
    """
    index = queue.find(Leaf.of(signed).hash)
    if index is None:
        return None
    batch = queue.batch_of(index)
    if batch is None or batch.stage not in IN_A_BLOCK or batch.anchor is None:
        return Receipt(signed)
    proof = Tree(batch.end, queue.nodes()).inclusion_proof(index)
    return Receipt(signed).anchored(Inclusion(index, batch.checkpoint, tuple(proof)), batch.anchor)


def receipt_from_index(index: Index, placed: PlacedClaim) -> Receipt:
    """Return the receipt of a disclosed claim, against the first checkpoint that holds it."""
    found = _inclusion(index, placed.chain, placed.index, placed.anchored.checkpoint)
    return Receipt(placed.signed).anchored(found, placed.anchored.anchor)


def place_of_leaf(index: Index, leaf_hash: bytes) -> tuple[Inclusion, Anchor] | None:
    """Return where a leaf hash is anchored, whoever's it is; None if no manifest names it."""
    found = index.find_leaf(leaf_hash)
    if found is None:
        return None
    chain, position, anchored = found
    return _inclusion(index, chain, position, anchored.checkpoint), anchored.anchor


def _inclusion(
    index: Index, chain: ChainIdentity, position: int, checkpoint: Checkpoint
) -> Inclusion:
    tree = Tree(checkpoint.size, index.nodes(chain, checkpoint.ledger))
    return Inclusion(position, checkpoint, tuple(tree.inclusion_proof(position)))
