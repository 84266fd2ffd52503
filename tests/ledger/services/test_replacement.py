"""A transaction that is stuck: replaced in its place, within the limit, and never twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_fees import gwei
from ledger.adapters.outbox import Outbox
from ledger.adapters.signed_transaction import SignedTransaction, read_transaction
from ledger.batch import Batch, Stage
from ledger.errors import CostRefused, TimedOut
from ledger.services.anchoring import Anchoring
from ledger.services.inclusion import PATIENCE_SECONDS, REPLACEMENT_KEPT
from tests.cells import FACTORY, INIT, word
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, reverted

from .operating import Killed, kill_at, own_node

GWEI = 10**9
CAP = 8 * GWEI


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node() as running:
        yield running


@pytest.fixture
def operator(node: AnvilNode, tmp_path: Path) -> Iterator[Operator]:
    """An operator with a limit of 8 gwei a gas, on a node that mines only when it is asked."""
    clock = ManualClock(datetime.now(UTC))
    with (
        anvil_operator(node, tmp_path, "ledger") as founded,
        JsonRpcChain(
            node.url,
            node.keys[0],
            max_wei_per_gas=CAP,
            outbox=Outbox(tmp_path / "outbox"),
            clock=clock,
        ) as chain,
    ):
        founded.chain, founded.clock = chain, clock
        node.ask("evm_setAutomine", False)
        base_fee(node, GWEI)
        yield founded


def base_fee(node: AnvilNode, wei: int) -> None:
    """Make a block at that base fee; what the next one asks is about the same."""
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(wei))
    node.mine()


def waiting(operator: Operator) -> SignedTransaction:
    """Return the transaction that is kept for the only batch."""
    signed = only_batch(operator).signed
    assert signed is not None
    return read_transaction(signed)


def only_batch(operator: Operator) -> Batch:
    (batch,) = operator.queue.batches(tuple(Stage))
    return batch


def balance(operator: Operator) -> int:
    assert isinstance(operator.chain, JsonRpcChain)
    return operator.chain.balance(operator.chain.submitter)


def send(operator: Operator, worker: Anchoring) -> SignedTransaction:
    """Let the worker send what waits in the queue; it is in no block then."""
    with pytest.raises(TimedOut):
        worker.run(0)
    return waiting(operator)


def later(operator: Operator) -> None:
    assert isinstance(operator.clock, ManualClock)
    operator.clock.sleep(PATIENCE_SECONDS)


def require_one_anchor(operator: Operator, node: AnvilNode) -> None:
    require_whole(operator)
    assert len(operator.anchored()) == 1
    assert reverted(node) == []


def test_a_transaction_that_waits_too_long_is_replaced_and_lands(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0, 1)
    worker = operator.anchoring()
    first = send(operator, worker)
    assert send(operator, worker) == first
    later(operator)
    second = send(operator, worker)
    assert second.nonce == first.nonce
    assert second.offer.most >= first.offer.most * 9 // 8
    assert second.offer.tip >= first.offer.tip * 9 // 8
    assert node.ask("txpool_status") == {"pending": "0x1", "queued": "0x0"}
    node.mine()
    worker.run(0)
    require_one_anchor(operator, node)
    assert operator.anchored()[0].anchor.transaction == only_batch(operator).transaction


def test_fees_that_rise_tenfold_cost_no_more_than_the_gas_at_the_limit(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    worker = operator.anchoring()
    before = balance(operator)
    offers = [send(operator, worker).offer]
    print(f"\nlimit {gwei(CAP)}; the first offer: {gwei(offers[0].most)}")
    for step in (3.2, 7.6, 10, 10):  # gwei: each passes what is offered, the last the limit too
        base_fee(node, int(step * GWEI))
        with pytest.raises(TimedOut) as said:
            worker.run(0)
        offers.append(waiting(operator).offer)
        print(f"base fee {step:4} gwei: offers {gwei(offers[-1].most)}, {said.value}")
    assert "the limit is 8.000 gwei" in str(said.value)
    assert max(one.most for one in offers) <= CAP
    assert len(set(offers)) >= 3
    assert balance(operator) == before
    base_fee(node, 3 * GWEI)
    send(operator, worker)  # anvil forgets what can't pay for its block
    node.mine()
    worker.run(0)
    require_one_anchor(operator, node)
    spent, gas = before - balance(operator), waiting(operator).gas
    print(f"spent {spent} wei for one anchor; gas {gas} at the limit is {gas * CAP} wei")
    assert 0 < spent <= gas * CAP


def test_at_the_limit_it_waits_says_so_and_goes_on_by_itself_when_fees_fall(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    worker = operator.anchoring()
    send(operator, worker)
    for _ in range(40):  # each replaces it by an eighth more, until the limit
        later(operator)
        last = send(operator, worker)
    assert CAP * 8 // 9 - 2 <= last.offer.most <= CAP
    base_fee(node, 3 * CAP)
    later(operator)
    with pytest.raises(TimedOut, match=r"the limit is 8\.000 gwei; it waits as it is"):
        worker.run(0)
    assert waiting(operator) == last
    with pytest.raises(CostRefused, match="max_gwei_per_gas"):
        operator.chain.cost(FACTORY, word(9) + INIT)
    node.ask("anvil_dropAllTransactions")
    base_fee(node, GWEI)
    with pytest.raises(TimedOut):  # it is handed in again
        worker.run(0)
    node.mine()
    worker.run(0)
    require_one_anchor(operator, node)


@pytest.mark.parametrize("lands", ["first", "second"])
def test_a_worker_killed_before_it_sends_a_replacement_anchors_once(
    operator: Operator, node: AnvilNode, lands: str
) -> None:
    operator.add(0)
    worker = operator.anchoring(failpoint=kill_at(REPLACEMENT_KEPT))
    first = send(operator, worker)
    later(operator)
    with pytest.raises(Killed):
        worker.run(0)
    kept = waiting(operator)
    assert kept.offer.most > first.offer.most
    if lands == "first":  # only it was ever sent
        node.mine()
    else:
        assert send(operator, operator.anchoring()) == kept
        node.mine()
    operator.anchoring().run(0)
    require_one_anchor(operator, node)
    same = operator.anchored()[0].anchor.transaction == only_batch(operator).transaction
    assert same == (lands == "second")


def test_the_first_variant_that_lands_beside_a_replacement_is_found(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    worker = operator.anchoring()
    send(operator, worker)
    first = only_batch(operator).signed
    later(operator)
    send(operator, worker)
    assert only_batch(operator).signed != first
    assert first is not None
    node.ask("anvil_dropAllTransactions")  # as if another node had never seen the replacement
    node.ask("eth_sendRawTransaction", f"0x{first.hex()}")
    node.mine()
    worker.run(0)
    require_one_anchor(operator, node)
    assert operator.anchored()[0].anchor.transaction != only_batch(operator).transaction


def test_a_replacement_that_the_node_forgot_is_told_again(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    worker = operator.anchoring()
    send(operator, worker)
    later(operator)
    replaced = send(operator, worker)
    node.ask("anvil_dropAllTransactions")
    assert send(operator, worker) == replaced
    node.mine()
    worker.run(0)
    require_one_anchor(operator, node)
