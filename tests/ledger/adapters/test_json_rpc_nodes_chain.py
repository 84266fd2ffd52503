"""Writing over several nodes: who is handed a transaction, and what is said of it by whom."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.adapters import json_rpc_pool
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_nodes_chain import JsonRpcNodesChain
from ledger.adapters.outbox import Outbox
from ledger.chain import Cost
from ledger.errors import ChainUnreachable, Conflict, CostRefused, TransactionReverted
from tests.cells import FACTORY, INIT, deploy, settled, word
from tests.lying_node import NodeSays, Raw
from tests.nodes import AnvilNode
from tests.operators import anvil_operator, require_whole, reverted
from tests.wayward_nodes import PASS, Wayward, wayward

COST = Cost(300_000, 10**11)


@pytest.fixture
def three(node: AnvilNode) -> Iterator[list[Wayward]]:
    with ExitStack() as stack:
        yield [stack.enter_context(wayward(node)) for _ in range(3)]


def over(nodes: list[Wayward], folder: Path) -> JsonRpcNodesChain:
    key, outbox = nodes[0].real.keys[0], Outbox(folder / "outbox")
    chains = [JsonRpcChain(one.url, key, outbox=outbox, timeout=5, tries=1) for one in nodes]
    return JsonRpcNodesChain(chains)


def data() -> bytes:
    return word(secrets.randbits(64)) + INIT


def sent(nodes: list[Wayward]) -> list[int]:
    return [one.count("eth_sendRawTransaction") for one in nodes]


def test_a_transaction_is_handed_to_every_node(three: list[Wayward], tmp_path: Path) -> None:
    with over(three, tmp_path) as chain:
        name = chain.broadcast(chain.prepare(FACTORY, data(), COST))
        assert sent(three) == [1, 1, 1]
        for one in three[:2]:  # those that took it are gone, another knows what became of it
            one.fails(Raw(b"", 503))
        assert settled(chain, name).succeeded


@pytest.mark.parametrize(
    "how", [Raw(b"", 503), NodeSays("txpool is full"), NodeSays("too many requests", -32005)]
)
def test_a_node_that_takes_none_does_not_hinder_the_others(
    three: list[Wayward], tmp_path: Path, how: object
) -> None:
    def no_writes(method: str, _: list[object]) -> object:
        return how if method == "eth_sendRawTransaction" else PASS

    three[0].instead = no_writes
    with over(three, tmp_path) as chain:
        name = chain.broadcast(chain.prepare(FACTORY, data(), COST))
        assert settled(chain, name).succeeded


def test_what_took_the_transaction_and_lost_the_answer_is_the_same_transaction(
    three: list[Wayward], tmp_path: Path
) -> None:
    first = three[0]

    def loses(method: str, parameters: list[object]) -> object:
        if method != "eth_sendRawTransaction":
            return PASS
        first.real.ask(method, *parameters)
        return Raw(b"", 502)

    first.instead = loses
    with over(three, tmp_path) as chain:
        signed = chain.prepare(FACTORY, data(), COST)
        name = chain.broadcast(signed)
        assert chain.broadcast(signed) == name
        assert settled(chain, name).succeeded


def test_a_node_of_another_chain_never_sees_a_signed_transaction(
    three: list[Wayward], tmp_path: Path
) -> None:
    three[2].instead = lambda method, _: "0x7" if method == "eth_chainId" else PASS
    with over(three, tmp_path) as chain:
        chain.broadcast(chain.prepare(FACTORY, data(), COST))
    assert sent(three) == [1, 1, 0]


def test_what_the_chain_refuses_is_asked_of_no_other_node(
    three: list[Wayward], tmp_path: Path
) -> None:
    with over(three, tmp_path) as chain:
        cells = deploy(chain, secrets.randbits(64))
        asked = three[1].count("eth_estimateGas")
        with pytest.raises(TransactionReverted):
            chain.cost(cells, b"\x01")
        assert three[1].count("eth_estimateGas") == asked
        used = chain.prepare(FACTORY, data(), COST)
        chain.broadcast(chain.prepare(FACTORY, data(), COST))
        before = sent(three)
        with pytest.raises(Conflict):
            chain.broadcast(used)
        assert sent(three) == [before[0] + 1, *before[1:]]


def test_a_node_that_is_behind_is_not_asked_after_a_nonce_was_taken_from_another(
    three: list[Wayward], node: AnvilNode, tmp_path: Path
) -> None:
    first, second = three[:2]
    head = int(str(node.ask("eth_blockNumber")), 16)
    block = node.ask("eth_getBlockByNumber", hex(max(0, head - 1)), False)

    def behind(method: str, parameters: list[object]) -> object:
        latest = method == "eth_getBlockByNumber" and parameters[0] == "latest"
        return block if latest else PASS

    node.mine()
    with over(three[:2], tmp_path) as chain:
        second.instead = behind
        chain.prepare(FACTORY, data(), COST, alone=True)
        first.fails(Raw(b"", 503))
        with pytest.raises(ChainUnreachable, match="wait for it"):
            chain.storage(FACTORY, bytes(32), "latest")


def test_an_insufficient_balance_is_said_at_once(three: list[Wayward], tmp_path: Path) -> None:
    for one in three:
        one.instead = lambda method, _: (
            NodeSays("insufficient funds for gas * price + value")
            if method == "eth_sendRawTransaction"
            else PASS
        )
    with over(three, tmp_path) as chain, pytest.raises(CostRefused, match="insufficient funds"):
        chain.broadcast(chain.prepare(FACTORY, data(), COST))
    assert sent(three) == [1, 0, 0]


def test_anchoring_goes_on_while_the_nodes_fail_in_turn(
    three: list[Wayward], node: AnvilNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rpc_pool, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(json_rpc_pool, "_FIRST_ASIDE", 0.05)
    before = reverted(node)  # others' deploying on the same node
    ways = [Raw(b"", 503), NodeSays("internal error", -32603), Raw(b"{"), "0x", None, []]
    with (
        anvil_operator(node, tmp_path, secrets.token_hex(8)) as operator,
        over(three, tmp_path) as chain,
    ):
        operator.chain = chain
        for turn, how in enumerate(ways):
            for one in three:
                one.mends()
            three[turn % 3].fails(how)
            operator.add(turn)
            operator.anchoring().run(20)
        for one in three:
            one.mends()
        require_whole(operator)
        assert len(operator.anchored()) == len(ways)
        assert reverted(node) == before
