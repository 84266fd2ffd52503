"""Receipts: what a queue or an index knows of a leaf, made portable."""

from collections.abc import Sequence

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
    return None if index is None else receipts_from_queue(queue, [(index, signed)])[0]


def receipts_from_queue(queue: Queue, placed: Sequence[tuple[int, SignedClaim]]) -> list[Receipt]:
    """Return the receipts of claims at the indexes where the queue keeps them, in that order."""
    nodes, batch, receipts = queue.nodes(), None, list[Receipt]()
    for index, signed in placed:
        if batch is None or not batch.start <= index < batch.end:
            batch = queue.batch_of(index)
        if batch is None or batch.stage not in IN_A_BLOCK or batch.anchor is None:
            receipts.append(Receipt(signed))
            continue
        proof = tuple(Tree(batch.end, nodes).inclusion_proof(index))
        inclusion = Inclusion(index, batch.checkpoint, proof)
        receipts.append(Receipt(signed).anchored(inclusion, batch.anchor))
    return receipts


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
