"""Anchoring on a real node that takes blocks back: what was in them is anchored again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.batch import Stage
from ledger.errors import TimedOut
from tests.cells import FACTORY, INIT, send, word
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, reverted

from .operating import own_node


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node() as running:
        yield running


@pytest.fixture
def operator(node: AnvilNode, tmp_path: Path) -> Iterator[Operator]:
    with anvil_operator(node, tmp_path, "ledger") as found:
        yield found


def anchor(operator: Operator, *seeds: object) -> bytes:
    """Anchor a claim for each seed in a batch of their own; return the transaction."""
    operator.add(*seeds)
    operator.anchoring().run()
    transaction = operator.anchored()[-1].anchor.transaction
    assert operator.queue.size() == operator.held()[0]
    return transaction


def stages(operator: Operator) -> list[Stage]:
    return [batch.stage for batch in operator.queue.batches(tuple(Stage))]


def test_a_batch_whose_block_went_away_is_anchored_again(
    operator: Operator, node: AnvilNode
) -> None:
    transaction = anchor(operator, 0, 1)
    node.ask("anvil_reorg", 1, [])
    assert operator.held()[0] == 0
    assert operator.anchoring().run().anchored == 2
    require_whole(operator)
    assert operator.anchored()[0].anchor.transaction == transaction  # the very same bytes
    assert reverted(node) == []


def test_several_batches_are_anchored_again_in_their_order_before_new_leaves(
    operator: Operator, node: AnvilNode
) -> None:
    sent = [anchor(operator, (turn, 0), (turn, 1)) for turn in range(3)]
    node.ask("anvil_reorg", 2, [])
    assert operator.held()[0] == 2
    operator.add("new")
    operator.anchoring("another").run()
    require_whole(operator)
    assert [event.anchor.transaction for event in operator.anchored()][:3] == sent
    assert len(operator.anchored()) == 4
    assert reverted(node) == []


def test_a_chain_that_became_shorter_is_noticed(operator: Operator, node: AnvilNode) -> None:
    before = node.ask("evm_snapshot")
    sent = [anchor(operator, turn) for turn in range(3)]
    node.ask("evm_revert", before)
    operator.anchoring().run()
    require_whole(operator)
    assert [event.anchor.transaction for event in operator.anchored()] == sent


def test_an_anchor_that_moved_to_another_block_is_found_there_and_not_sent(
    operator: Operator, node: AnvilNode
) -> None:
    anchor(operator, 0)
    (batch,) = operator.queue.batches([Stage.INCLUDED])
    assert batch.signed is not None
    node.mine(2)
    node.ask("anvil_reorg", 3, [[f"0x{batch.signed.hex()}", 2]])
    head = operator.chain.block("latest")
    assert operator.anchoring().run().anchored == 0
    require_whole(operator)
    (moved,) = operator.queue.batches([Stage.INCLUDED])
    assert moved.anchor is not None
    assert batch.anchor is not None
    assert moved.anchor.block_number == batch.anchor.block_number + 2
    assert operator.chain.block("latest") == head


def test_a_receipt_of_a_block_that_went_away_is_pending_until_it_is_anchored_again(
    operator: Operator, node: AnvilNode
) -> None:
    anchor(operator, 0)
    (before,) = operator.receipts([operator.claim(0)])
    node.ask("evm_setAutomine", False)
    node.ask("anvil_reorg", 1, [])
    with pytest.raises(TimedOut):
        operator.anchoring().run(0)
    assert stages(operator) == [Stage.SENT]
    (pending,) = operator.receipts([operator.claim(0)])
    assert pending.anchors == ()
    node.mine()
    operator.anchoring().run(0)
    (after,) = operator.receipts([operator.claim(0)])
    assert after.inclusion == before.inclusion
    assert after.anchors != before.anchors
    require_whole(operator)


def test_a_nonce_that_another_took_after_a_reorganisation_is_signed_anew(
    operator: Operator, node: AnvilNode
) -> None:
    first = anchor(operator, 0)
    node.ask("anvil_reorg", 1, [])
    send(operator.chain, FACTORY, word(1) + INIT)
    operator.anchoring().run()
    require_whole(operator)
    assert operator.anchored()[0].anchor.transaction != first
    assert reverted(node) == []


def test_a_node_that_still_holds_the_transaction_gets_no_second_one(
    operator: Operator, node: AnvilNode
) -> None:
    transaction = anchor(operator, 0)
    (batch,) = operator.queue.batches([Stage.INCLUDED])
    assert batch.signed is not None
    node.ask("evm_setAutomine", False)
    node.ask("anvil_reorg", 1, [])
    operator.chain.broadcast(batch.signed)  # as nodes do with what a reorganisation drops
    with pytest.raises(TimedOut):
        operator.anchoring().run(0)
    node.mine()
    operator.anchoring().run(0)
    require_whole(operator)
    assert operator.anchored()[0].anchor.transaction == transaction
    assert reverted(node) == []
