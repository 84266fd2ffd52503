"""Founding: contracts and ledger come to be once, whoever else is at it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.chain import Cost
from ledger.checkpoint import ledger_id
from ledger.config import creation_code, deployment
from ledger.contract import Deployment, owner_slot
from ledger.errors import BadSettings, InvalidInput, TimedOut, TransactionReverted
from ledger.ports import Chain
from ledger.services.founding import (
    FACTORY,
    deploy,
    found_ledger,
    missing,
    quote,
    require_contracts,
    transact,
)
from tests.cells import INIT, word
from tests.nodes import AnvilNode
from tests.operators import CHAIN_ID, KEY, reverted

from .operating import own_node

CONTRACTS = deployment()
CREATION: Mapping[bytes, bytes] = {
    CONTRACTS.ledgers: creation_code("Ledgers"),
    CONTRACTS.keys: creation_code("AuthorKeys"),
}
CLOCK = SystemClock()


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node() as running:
        yield running


@pytest.fixture(params=["embedded", "anvil"])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    """A chain with nothing of ours on it."""
    if request.param == "embedded":
        with EmbeddedChain.create(tmp_path / "chain.db", KEY, CLOCK, CHAIN_ID) as made:
            yield made
    else:
        node = request.getfixturevalue("node")
        with JsonRpcChain(node.url, node.keys[0]) as opened:
            yield opened


def spent(chain: Chain, before: int) -> int:
    """Return the gas used by all blocks after that one."""
    assert isinstance(chain, EmbeddedChain | JsonRpcChain)
    used = 0
    for number in range(before + 1, head(chain) + 1):
        if isinstance(chain, JsonRpcChain):
            block = chain._transport.ask("eth_getBlockByNumber", [hex(number), False])
            assert isinstance(block, dict)
            used += int(block["gasUsed"], 16)
        else:
            with chain._store.snapshot() as connection:
                query = "SELECT gas_used FROM receipts WHERE block = ?"
                used += connection.execute(query, (number,)).fetchone()[0]
    return used


def head(chain: Chain) -> int:
    block = chain.block("latest")
    assert block is not None
    return block.number


def test_contracts_and_ledger_are_made_once(chain: Chain) -> None:
    with pytest.raises(BadSettings, match="found nothing"):
        require_contracts(chain, CONTRACTS)
    assert len(missing(chain, CONTRACTS)) == 2
    deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
    require_contracts(chain, CONTRACTS)
    founded = found_ledger(chain, CONTRACTS, chain.submitter, word(1), CLOCK, 30)
    assert founded.ledger == ledger_id(
        chain.identity().chain_id, CONTRACTS.ledgers, chain.submitter, word(1)
    )
    made = head(chain)
    deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
    assert found_ledger(chain, CONTRACTS, chain.submitter, word(1), CLOCK, 30) == founded
    assert head(chain) == made
    assert found_ledger(chain, CONTRACTS, chain.submitter, word(2), CLOCK, 30) != founded


def test_a_quote_bounds_what_founding_spends(chain: Chain) -> None:
    before = head(chain)
    asked = (CREATION, chain.submitter, word(1))
    quoted = quote(chain, CONTRACTS, *asked)
    assert quoted is not None
    assert head(chain) == before
    deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
    ledger_only = quote(chain, CONTRACTS, *asked)
    assert ledger_only is not None
    deployed = head(chain)
    found_ledger(chain, CONTRACTS, chain.submitter, word(1), CLOCK, 30)
    assert spent(chain, before) <= quoted.gas <= 2 * spent(chain, before)
    assert spent(chain, deployed) <= ledger_only.gas
    assert quote(chain, CONTRACTS, *asked) is None


def test_a_ledger_of_another_creator_than_who_pays_is_refused(chain: Chain) -> None:
    deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
    with pytest.raises(InvalidInput, match="submitter"):
        found_ledger(chain, CONTRACTS, bytes(20), word(1), CLOCK, 30)


def test_a_chain_without_the_factory_says_how_to_get_it(node: AnvilNode) -> None:
    node.ask("anvil_setCode", f"0x{FACTORY.hex()}", "0x")
    with JsonRpcChain(node.url, node.keys[0]) as chain:
        with pytest.raises(BadSettings, match="Arachnid"):
            deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
        node.ask("anvil_setCode", f"0x{CONTRACTS.keys.hex()}", "0x00")
        with pytest.raises(BadSettings, match="other code"):
            require_contracts(chain, _ledgers_only())


def _ledgers_only() -> Deployment:
    return Deployment(CONTRACTS.keys, CONTRACTS.ledgers_code, CONTRACTS.keys, CONTRACTS.keys_code)


def at_once(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run the jobs at the same time; return what they raised."""
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as failure:  # noqa: BLE001 - shown by the test itself
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.parametrize("accounts", [(0, 0), (0, 1)], ids=["same", "strangers"])
def test_two_who_found_at_once_both_succeed(node: AnvilNode, accounts: tuple[int, int]) -> None:
    node.ask("evm_setAutomine", False)
    node.ask("evm_setIntervalMining", 1)
    chains = [JsonRpcChain(node.url, node.keys[at]) for at in accounts]

    def found(chain: Chain) -> Callable[[], object]:
        def job() -> None:
            deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
            found_ledger(chain, CONTRACTS, chain.submitter, word(1), CLOCK, 30)

        return job

    assert at_once(*map(found, chains)) == []
    require_contracts(chains[0], CONTRACTS)
    for chain in chains:
        ledger = ledger_id(node.chain_id, CONTRACTS.ledgers, chain.submitter, word(1))
        assert any(chain.storage(CONTRACTS.ledgers, owner_slot(ledger), "latest"))
        chain.close()
    if accounts == (0, 0):
        assert reverted(node) == []


def test_what_is_not_mined_in_time_is_not_sent_twice(node: AnvilNode) -> None:
    with JsonRpcChain(node.url, node.keys[0]) as chain:
        node.ask("evm_setAutomine", False)
        for _ in range(2):
            with pytest.raises(TimedOut, match="run again"):
                deploy(chain, CONTRACTS, CREATION, CLOCK, 0)
        node.mine()
        with pytest.raises(TimedOut):
            deploy(chain, CONTRACTS, CREATION, CLOCK, 0)
        node.mine()
        deploy(chain, CONTRACTS, CREATION, CLOCK, 0)
    assert reverted(node) == []


def test_a_transaction_whose_place_another_took_is_sent_after_it(node: AnvilNode) -> None:
    with JsonRpcChain(node.url, node.keys[0]) as chain:
        node.ask("evm_setAutomine", False)
        cost = Cost(300_000, 10**11)
        waits = chain.broadcast(chain.prepare(FACTORY, word(7) + INIT, cost))
        with pytest.raises(TimedOut):
            transact(chain, FACTORY, word(8) + INIT, CLOCK, 0)
        node.ask("evm_setIntervalMining", 1)
        sent = transact(chain, FACTORY, word(8) + INIT, CLOCK, 30)
        assert sent != waits
        assert chain.receipt(waits) is not None


def test_what_the_contract_refuses_is_not_sent(chain: Chain) -> None:
    deploy(chain, CONTRACTS, CREATION, CLOCK, 30)
    before = head(chain)
    with pytest.raises(TransactionReverted):
        transact(chain, CONTRACTS.ledgers, b"\x01\x02\x03\x04", CLOCK, 30)
    assert head(chain) == before


def test_what_the_contract_refuses_in_its_block_says_so(node: AnvilNode) -> None:
    with (
        JsonRpcChain(node.url, node.keys[0]) as chain,
        JsonRpcChain(node.url, node.keys[1]) as faster,
    ):
        node.ask("evm_setAutomine", False)
        data = word(9) + INIT
        cost = faster.cost(FACTORY, data)
        dear = Cost(cost.gas, 10 * cost.wei_per_gas)

        def overtake() -> None:
            while node.ask("txpool_status") != {"pending": "0x1", "queued": "0x0"}:
                time.sleep(0.02)
            node.ask("eth_sendTransaction", dearer(faster.submitter, data, dear))
            node.mine()

        failures = at_once(lambda: transact(chain, FACTORY, data, CLOCK, 30), overtake)
        assert [type(failure) for failure in failures] == [TransactionReverted]
        assert len(reverted(node)) == 1


def dearer(sender: bytes, data: bytes, cost: Cost) -> Mapping[str, str]:
    return {
        "from": f"0x{sender.hex()}",
        "to": f"0x{FACTORY.hex()}",
        "data": f"0x{data.hex()}",
        "gas": hex(cost.gas),
        "maxFeePerGas": hex(cost.wei_per_gas),
        "maxPriorityFeePerGas": hex(cost.wei_per_gas // 2),
    }
