"""Anchoring on a real node whose blocks wait: the same transaction, and never one that reverts."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch, Stage
from ledger.checkpoint import ledger_id
from ledger.contract import Founded, create_call
from ledger.errors import Busy, Conflict, CostRefused, TimedOut, TransactionReverted
from ledger.services import anchoring, inclusion
from ledger.services.anchoring import FAILPOINTS
from tests.cells import FACTORY, INIT, send, word
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, reverted, shown

from .operating import Killed, kill_at, own_node


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node() as running:
        yield running


@pytest.fixture
def waiting(node: AnvilNode, tmp_path: Path) -> Iterator[Operator]:
    """An operator of a ledger on a node that mines only when it is asked."""
    with anvil_operator(node, tmp_path, "ledger") as operator:
        node.ask("evm_setAutomine", False)
        yield operator


def only_batch(operator: Operator) -> Batch:
    (batch,) = operator.queue.batches(tuple(Stage))
    return batch


def test_what_is_not_mined_in_time_is_the_same_transaction_later(
    waiting: Operator, node: AnvilNode
) -> None:
    waiting.add(*range(3))
    for worker in ("one", "two", "two"):
        with pytest.raises(TimedOut):
            waiting.anchoring(worker).run(0)
    sent = only_batch(waiting)
    assert sent.stage is Stage.SENT
    waiting.add(3)
    node.mine()
    assert waiting.anchoring().quote() is not None
    with pytest.raises(TimedOut):
        waiting.anchoring().run(0)
    node.mine()
    waiting.anchoring().run(0)
    require_whole(waiting)
    assert waiting.anchored()[0].anchor.transaction == sent.transaction
    assert reverted(node) == []


def test_a_node_that_forgot_is_told_again_while_it_waits(
    waiting: Operator, node: AnvilNode
) -> None:
    waiting.clock = ManualClock(datetime.now(UTC))
    waiting.add(0)
    turns = []

    class Forgetful(ManualClock):
        def sleep(self, seconds: float) -> None:
            turns.append(seconds)
            if len(turns) == 1:
                node.ask("anvil_dropAllTransactions")
            elif len(turns) == inclusion.POLLS_A_HAND_IN + 1:
                node.mine()
            super().sleep(seconds)

    waiting.clock = Forgetful(datetime.now(UTC))
    waiting.anchoring().run(60)
    require_whole(waiting)


@pytest.mark.parametrize("name", FAILPOINTS[:6])
def test_a_worker_that_outlives_its_lease_sends_no_second_transaction(
    waiting: Operator, node: AnvilNode, name: str
) -> None:
    clock = ManualClock(datetime.now(UTC))
    waiting.clock = clock
    waiting.add(*range(3))
    second = waiting.anchoring("second", chain=waiting.chain_again())

    def sleep(here: str) -> None:
        if here == name:
            clock.sleep(anchoring.LEASE_SECONDS + 1)
            with suppress(TimedOut):
                second.run(0)

    with suppress(Busy, TimedOut):
        waiting.anchoring("first", failpoint=sleep).run(0)
    node.mine()
    waiting.anchoring("third").run(0)
    require_whole(waiting)
    assert len(waiting.anchored()) == 1
    assert reverted(node) == []


def rival_of(operator: Operator, folder: Path) -> Operator:
    """Return who has the same key and ledger and another queue: a copy that went its own way."""
    rival = replace(operator, queue=SqlQueue(folder / "rival.db", operator.founded.ledger))
    rival.chain = operator.chain_again()
    return rival


@pytest.mark.parametrize("dearer", [False, True])
def test_of_two_rival_anchors_one_lands_and_none_reverts(
    waiting: Operator, node: AnvilNode, tmp_path: Path, dearer: bool
) -> None:
    rival = rival_of(waiting, tmp_path)
    waiting.add(0, 1)
    rival.add(0, 1, 2)
    with pytest.raises(TimedOut):
        waiting.anchoring().run(0)
    if dearer:
        node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**10))
        node.mine(0)
        price = rival.chain.cost(FACTORY, word(9) + INIT)
        assert price.wei_per_gas > 10**10
    with pytest.raises(TimedOut):
        rival.anchoring().run(0)
    node.mine()
    outcomes = []
    for one in (waiting, rival):
        try:
            one.anchoring().run(0)
            require_whole(one)
            outcomes.append("whole")
        except (Conflict, TransactionReverted):
            with pytest.raises(Conflict):
                one.anchoring().run(0)
            outcomes.append("refused")
    assert sorted(outcomes) == ["refused", "whole"]
    assert len(waiting.anchored()) == 1
    assert reverted(node) == []


def test_it_waits_for_what_the_submitter_sent_before(waiting: Operator, node: AnvilNode) -> None:
    chain = waiting.chain
    data = word(1) + INIT
    before = chain.broadcast(chain.prepare(FACTORY, data, chain.cost(FACTORY, data)))
    waiting.add(0)
    with pytest.raises(TimedOut):
        waiting.anchoring().run(0)
    assert only_batch(waiting).stage is Stage.PREPARED
    node.mine()
    with pytest.raises(TimedOut):
        waiting.anchoring().run(0)
    node.mine()
    waiting.anchoring().run(0)
    require_whole(waiting)
    assert chain.receipt(before) is not None
    assert reverted(node) == []


def test_a_kept_transaction_whose_nonce_was_taken_is_signed_anew(
    waiting: Operator, node: AnvilNode
) -> None:
    waiting.add(0)
    with pytest.raises(Killed):
        waiting.anchoring(failpoint=kill_at("kept")).run(0)
    kept = only_batch(waiting)
    node.ask("evm_setAutomine", True)
    send(waiting.chain, FACTORY, word(2) + INIT)
    waiting.anchoring().run()
    require_whole(waiting)
    assert only_batch(waiting).transaction != kept.transaction
    assert reverted(node) == []


def test_a_kept_transaction_that_became_too_cheap_is_replaced_at_once(
    waiting: Operator, node: AnvilNode
) -> None:
    waiting.add(0)
    with pytest.raises(Killed):
        waiting.anchoring(failpoint=kill_at("kept")).run(0)
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**12))
    node.mine()
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**12))
    kept = only_batch(waiting)
    with pytest.raises(TimedOut, match=r"0x[0-9a-f]{64} is not in a block yet"):
        waiting.anchoring().run(0)
    assert only_batch(waiting).transaction != kept.transaction
    node.mine()
    waiting.anchoring().run(0)
    require_whole(waiting)
    assert reverted(node) == []


def test_a_price_over_the_limit_spends_nothing_and_publishes_what_is_final(
    node: AnvilNode, tmp_path: Path
) -> None:
    with anvil_operator(node, tmp_path, "ledger") as operator:
        operator.add(0)
        operator.anchoring().run()
        node.mine(70)
        operator.add(1)
        with (
            JsonRpcChain(node.url, node.keys[0], max_wei_per_gas=1) as poor,
            pytest.raises(CostRefused),
        ):
            operator.anchoring(chain=poor).run()
        assert [one.stage for one in operator.queue.batches(tuple(Stage))] == [
            Stage.PUBLISHED,
            Stage.PREPARED,
        ]
        operator.anchoring().run()
        require_whole(operator)


def owned_by_another(operator: Operator, node: AnvilNode, folder: Path) -> Operator:
    """Return the operator as the submitter of a ledger that another account owns."""
    node.ask("evm_setAutomine", True)
    with JsonRpcChain(node.url, node.keys[1]) as owner:
        send(owner, operator.contracts.ledgers, create_call(word(3), operator.chain.submitter))
        creator = owner.submitter
    contract = operator.contracts.ledgers
    ledger = ledger_id(operator.chain.identity().chain_id, contract, creator, word(3))
    node.ask("evm_setAutomine", False)
    queue = SqlQueue(folder / "owned.db", ledger)
    return replace(operator, founded=Founded(ledger, creator, word(3)), queue=queue)


def close(operator: Operator, node: AnvilNode) -> None:
    """Close the ledger, as its owner: their transaction comes first in its block."""
    call = bytes.fromhex(CLOSE) + operator.founded.ledger + bytes(32)
    node.ask(
        "eth_sendTransaction",
        {
            "from": str(node.ask("eth_accounts")[1]),  # type: ignore[index]
            "to": f"0x{operator.contracts.ledgers.hex()}",
            "data": f"0x{call.hex()}",
            "gas": hex(200_000),
            "maxPriorityFeePerGas": hex(10**11),
            "maxFeePerGas": hex(10**12),
        },
    )


CLOSE = "f10ca95a"  # close(bytes32,bytes32)


def test_a_ledger_closed_before_the_anchor_is_in_a_block_says_so(
    waiting: Operator, node: AnvilNode, tmp_path: Path
) -> None:
    owned = owned_by_another(waiting, node, tmp_path)
    owned.add(0)
    with pytest.raises(TimedOut):
        owned.anchoring().run(0)
    close(owned, node)
    node.mine()
    with pytest.raises(TransactionReverted, match="in block"):
        owned.anchoring().run(0)
    (refused,) = reverted(node)  # the owner's doing: nobody can know it before
    for _ in range(2):
        with pytest.raises(TransactionReverted):
            owned.anchoring().run(0)
        node.mine()
    assert reverted(node) == [refused]
    assert only_batch(owned).stage is Stage.PREPARED


def test_a_kept_transaction_is_not_sent_to_a_ledger_that_was_closed(
    waiting: Operator, node: AnvilNode, tmp_path: Path
) -> None:
    owned = owned_by_another(waiting, node, tmp_path)
    owned.add(0)
    with pytest.raises(Killed):
        owned.anchoring(failpoint=kill_at("kept")).run(0)
    close(owned, node)
    node.mine()
    with pytest.raises(TransactionReverted):
        owned.anchoring().run(0)
    node.mine()
    assert reverted(node) == []
    assert shown(owned.claim(0)) == owned.queue.leaves(0, 1)[0]
