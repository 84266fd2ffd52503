"""Receipts: what a queue or an index knows of a leaf, proven against one checkpoint."""

import pytest

from ledger.adapters.index import SqlIndex
from ledger.batch import Stage
from ledger.leaf import Leaf
from ledger.receipt import Receipt
from ledger.services.receipts import place_of_leaf, receipt_from_index, receipt_from_queue
from ledger.services.syncing import Syncing
from tests.operators import Operator

from .operating import Killed, kill_at


def sync(operator: Operator, index: SqlIndex) -> None:
    Syncing(operator.chain, operator.contracts, index, operator.blocks).run()


def test_a_claim_that_was_never_acknowledged_has_no_receipt(operator: Operator) -> None:
    assert receipt_from_queue(operator.queue, operator.claim(0)) is None


@pytest.mark.parametrize("stage", [None, Stage.PREPARED, Stage.SENT])
def test_a_claim_in_no_block_has_a_pending_receipt(operator: Operator, stage: Stage | None) -> None:
    (claim,) = operator.add(0)
    if stage is not None:
        name = "prepared" if stage is Stage.PREPARED else "kept"
        with pytest.raises(Killed):
            operator.anchoring(failpoint=kill_at(name)).run()
        (batch,) = operator.queue.batches(tuple(Stage))
        assert batch.stage is stage
    assert receipt_from_queue(operator.queue, claim) == Receipt(claim)


def test_every_leaf_is_proven_against_its_own_batch(operator: Operator) -> None:
    claims, ends = [], []
    for turn in range(3):
        claims += operator.add(*((turn, number) for number in range(turn + 2)))
        ends += [len(claims)] * (turn + 2)
        operator.anchoring().run()
    for index, (receipt, end) in enumerate(zip(operator.receipts(claims), ends, strict=True)):
        assert receipt.inclusion is not None
        assert (receipt.inclusion.index, receipt.inclusion.checkpoint.size) == (index, end)
        assert receipt.inclusion.proves(Leaf.of(claims[index]).hash)
        assert not receipt.inclusion.proves(Leaf.of(claims[index - 1]).hash)
        (anchor,) = receipt.anchors
        assert anchor.on(operator.chain.identity())


def test_the_index_and_the_queue_give_the_same_receipt(operator: Operator, index: SqlIndex) -> None:
    claims = []
    for turn in range(3):
        claims += operator.add(*((turn, number) for number in range(3)))
        operator.anchoring().run()
    operator.mine(70)  # a node calls final what is 64 blocks deep
    assert operator.anchoring().run().unfinal == 0
    sync(operator, index)
    for claim in claims:
        placed = index.claim(claim.id)
        assert placed is not None
        receipt = receipt_from_index(index, placed)
        assert receipt == receipt_from_queue(operator.queue, claim)
        place = place_of_leaf(index, Leaf.of(claim).hash)
        assert place == (receipt.inclusion, *receipt.anchors)
    assert place_of_leaf(index, bytes(32)) is None
