"""The fee that a rollup takes for its parent chain's data: asked, shown, and within the limit."""

from collections.abc import Iterator

import pytest

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_fees import GAS_PRICE_ORACLE, Offer, market, raised
from ledger.cli.paying import cost_text
from ledger.errors import CostRefused
from tests.cells import FACTORY, INIT, word
from tests.nodes import AnvilNode, anvil

FEE = 0x2386F26FC1  # wei: about 1.5e11
# Refuses all but getL1Fee(bytes), and answers FEE for each byte of the transaction
ORACLE = (
    "0x60003560e01c6349948e0e14601457"  # is it that selector? then go to 0x14
    "60006000fd"
    "5b60243564" + FEE.to_bytes(5, "big").hex() + "0260005260206000f3"
)


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=10) as running:
        running.ask("anvil_setCode", f"0x{GAS_PRICE_ORACLE.hex()}", ORACLE)
        yield running


def test_the_l1_fee_is_in_the_price_that_is_shown(node: AnvilNode) -> None:
    data = word(1) + INIT
    with (
        JsonRpcChain(node.url, node.keys[0]) as plain,
        JsonRpcChain(node.url, node.keys[0], l1_fee=True) as rollup,
    ):
        without, cost = plain.cost(FACTORY, data), rollup.cost(FACTORY, data)
    assert without.extra_wei == 0
    assert cost.gas == without.gas
    assert cost.wei == cost.gas * cost.wei_per_gas + cost.extra_wei
    # the transaction is its calldata and up to 200 bytes, and more is reckoned with
    assert len(data) * FEE < cost.extra_wei < (len(data) + 200) * FEE * 2
    assert "for its data" in cost_text(cost)
    assert "for its data" not in cost_text(without)


def test_the_limit_holds_for_all_that_is_paid_together(node: AnvilNode) -> None:
    data = word(2) + INIT
    with JsonRpcChain(node.url, node.keys[0], l1_fee=True) as free:
        asked = free.cost(FACTORY, data)
    limit = asked.wei_per_gas + asked.extra_wei // asked.gas - 1
    with JsonRpcChain(node.url, node.keys[0], l1_fee=True, max_wei_per_gas=limit) as chain:
        cost = chain.cost(FACTORY, data)
        assert cost.wei <= cost.gas * limit
    few = asked.extra_wei // asked.gas
    with (
        JsonRpcChain(node.url, node.keys[0], l1_fee=True, max_wei_per_gas=few) as poor,
        pytest.raises(CostRefused, match="max_gwei_per_gas"),
    ):
        poor.cost(FACTORY, data)


def test_where_no_oracle_is_there_is_no_l1_fee(node: AnvilNode) -> None:
    node.ask("anvil_setCode", f"0x{GAS_PRICE_ORACLE.hex()}", "0x")
    with JsonRpcChain(node.url, node.keys[0], l1_fee=True) as chain:
        assert chain.cost(FACTORY, word(3) + INIT).extra_wei == 0


@pytest.mark.parametrize("cap", [None, 100, 10_000])
@pytest.mark.parametrize("waits", [Offer(0, 0), Offer(1, 1), Offer(80, 3), Offer(97, 97)])
@pytest.mark.parametrize("base_fee", [0, 7, 300])
def test_an_offer_is_raised_by_an_eighth_at_least_and_stays_within_the_limit(
    waits: Offer, base_fee: int, cap: int | None
) -> None:
    now = market(base_fee, 2, cap)
    more = raised(waits, now, cap)
    if more is None:
        assert cap is not None
        assert waits.most + waits.most // 8 + 1 > cap
        return
    assert more.most * 8 >= waits.most * 9
    assert more.tip * 8 >= waits.tip * 9
    assert more.most > waits.most
    assert more.tip > waits.tip
    assert more.tip <= more.most
    assert more.most >= now.most
    assert cap is None or more.most <= cap
