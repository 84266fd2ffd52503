"""Several nodes of one chain: who is asked, who is not, and what is taken from whom."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ledger.adapters import json_rpc_pool
from ledger.adapters.json_rpc_nodes import JsonRpcNodes
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.chain import ChainIdentity
from ledger.errors import ChainUnreachable
from tests.lying_node import NodeSays, Raw
from tests.nodes import AnvilNode
from tests.wayward_nodes import PASS, Wayward, wayward

NOWHERE = "http://127.0.0.1:1"
OTHER = "0x" + "77" * 32


@pytest.fixture
def three(node: AnvilNode) -> Iterator[list[Wayward]]:
    with ExitStack() as stack:
        yield [stack.enter_context(wayward(node)) for _ in range(3)]


def over(
    nodes: list[Wayward],
    *before: str,
    chain_id: int | None = None,
    genesis: bytes | None = None,
    timeout: float = 5.0,
) -> JsonRpcNodes[JsonRpcReader]:
    urls = [*before, *(one.url for one in nodes)]
    readers = [JsonRpcReader(url, timeout=timeout, tries=1) for url in urls]
    return JsonRpcNodes(readers, chain_id=chain_id, genesis=genesis)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes are looked at for each question, and lost ones asked again after a moment."""
    monkeypatch.setattr(json_rpc_pool, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(json_rpc_pool, "_FIRST_ASIDE", 0.1)
    monkeypatch.setattr(json_rpc_pool, "_FIRST_PAUSE", 0.01)


@pytest.mark.parametrize(
    "how",
    [
        Raw(b"", 429),
        Raw(b"<html>", 500),
        Raw(b"", 502),
        Raw(b"", 503),
        Raw(b"not json"),
        NodeSays("internal error", -32603),
        NodeSays("too many requests", -32005),
        NodeSays("missing trie node 12ab"),
        NodeSays("the method does not exist", -32601),
        {"number": "0x5"},
    ],
)
def test_where_one_node_fails_another_answers(three: list[Wayward], how: object) -> None:
    first, second, _ = three
    with over(three) as chain:
        genesis = chain.block(0)
        first.fails(how)
        assert chain.block(0) == genesis
        asked = second.count("eth_getBlockByNumber")
        assert chain.block(0) == genesis
        assert second.count("eth_getBlockByNumber") == asked + 1
        assert chain.node == second.url.removeprefix("http://")


def test_a_node_that_is_gone_or_slow_is_left_alone_for_a_while(three: list[Wayward]) -> None:
    three[0].slow = 1.0
    with over(three, NOWHERE, timeout=0.2) as chain:
        assert chain.block(0) is not None
        asked = len(three[0].node.asked)
        began = time.monotonic()
        for _ in range(5):
            assert chain.block(0) is not None
        assert time.monotonic() - began < 1.0
        assert len(three[0].node.asked) == asked


@pytest.mark.usefixtures("brief")
def test_the_first_node_is_asked_again_when_it_is_back(three: list[Wayward]) -> None:
    first = three[0]
    with over(three) as chain:
        chain.block(0)
        first.fails(Raw(b"", 503))
        chain.block(0)
        assert chain.node != first.url.removeprefix("http://")
        first.mends()
        time.sleep(0.3)
        chain.block(0)
        assert chain.node == first.url.removeprefix("http://")


def foreign(method: str, parameters: list[object]) -> object:
    """Answer as a node of another chain with the same id."""
    if method == "eth_getBlockByNumber" and parameters[0] == "0x0":
        return {"number": "0x0", "hash": OTHER, "parentHash": OTHER, "timestamp": "0x1"}
    return "0x" + "00" * 32 if method == "eth_getStorageAt" else PASS


def identity_of(nodes: list[Wayward]) -> ChainIdentity:
    with JsonRpcReader(nodes[0].url) as reader:
        return reader.identity()


def test_another_chain_behind_the_same_id_is_refused_and_named(three: list[Wayward]) -> None:
    genesis = identity_of(three).genesis
    for one in three:
        one.instead = foreign
    with (
        over(three, genesis=genesis) as chain,
        pytest.raises(ChainUnreachable, match="another chain behind the same id") as said,
    ):
        chain.code(bytes(20))
    assert three[0].url.removeprefix("http://") in str(said.value)
    assert all(one.count("eth_getCode") == 0 for one in three)


def test_nothing_is_taken_from_a_node_of_another_chain(three: list[Wayward]) -> None:
    pinned = identity_of(three)
    three[0].instead = foreign
    three[1].instead = lambda method, _: "0x7" if method == "eth_chainId" else PASS
    with over(three, chain_id=pinned.chain_id, genesis=pinned.genesis) as chain:
        chain.storage(bytes(20), bytes(32), "latest")
        assert chain.identity() == pinned
    assert [one.count("eth_getStorageAt") for one in three] == [0, 0, 1]


def test_without_a_pin_the_first_that_answers_says_which_chain_it_is(three: list[Wayward]) -> None:
    three[1].instead = foreign
    with over(three[:2]) as chain:
        first = chain.identity()
        three[0].fails(Raw(b"", 503))
        with pytest.raises(ChainUnreachable, match="another chain behind the same id"):
            chain.identity()
        assert first.genesis.hex() != OTHER[2:]


@pytest.mark.usefixtures("brief")
def test_a_node_that_comes_back_on_another_chain_is_refused(three: list[Wayward]) -> None:
    with over(three[:1] + three[1:2]) as chain:
        chain.block(0)
        three[0].fails(Raw(b"", 503))
        chain.block(0)
        three[0].instead = foreign
        time.sleep(0.3)
        chain.storage(bytes(20), bytes(32), "latest")
        assert three[0].count("eth_getStorageAt") == 0


def at_block(node: AnvilNode, number: int) -> Wayward:
    """Return a node whose head stands still at that block."""
    block = node.ask("eth_getBlockByNumber", hex(number), False)

    def stands(method: str, parameters: list[object]) -> object:
        if method == "eth_blockNumber":
            return hex(number)
        latest = method == "eth_getBlockByNumber" and parameters[0] == "latest"
        return block if latest else PASS

    return Wayward(node, instead=stands)


@pytest.mark.usefixtures("brief")
def test_a_node_that_stands_still_is_not_used_while_another_is_ahead(
    three: list[Wayward], node: AnvilNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rpc_pool, "_FLOOR_SECONDS", 0.0)
    first, second, third = three
    with over(three) as chain:
        before = chain.block("latest")
        assert before is not None
        first.instead = at_block(node, before.number).instead
        node.ask("anvil_mine", "0x5", "0xc")
        head = chain.block("latest")
        assert head is not None
        assert head.number == before.number + 5
        second.fails(Raw(b"", 503))
        third.fails(Raw(b"", 503))
        chain.block(0)  # alone, it is better than none
        assert chain.node == first.url.removeprefix("http://")


@pytest.mark.usefixtures("brief")
def test_a_node_that_is_a_block_behind_is_used_but_not_after_a_later_block_was_seen(
    three: list[Wayward], node: AnvilNode
) -> None:
    first, second, _ = three
    node.ask("anvil_mine", "0x2", "0x1")
    with over(three[:2]) as chain:
        head = chain.block("latest")
        assert head is not None
        second.instead = at_block(node, head.number - 1).instead
        first.fails(Raw(b"", 503))
        with pytest.raises(ChainUnreachable, match=f"to have come to block {head.number}"):
            chain.storage(bytes(20), bytes(32), "latest")
        second.mends()
        chain.storage(bytes(20), bytes(32), "latest")


def test_dead_nodes_are_named_in_one_line_and_cost_no_minutes(node: AnvilNode) -> None:
    with ExitStack() as stack:
        dead = [stack.enter_context(wayward(node)) for _ in range(4)]
        for one in dead:
            one.slow = 0.6
        began = time.monotonic()
        with over(dead, NOWHERE, timeout=0.2) as chain, pytest.raises(ChainUnreachable) as said:
            chain.block("latest")
        assert time.monotonic() - began < 8.0
        assert all(one.url.removeprefix("http://") in str(said.value) for one in dead)
        assert "\n" not in str(said.value)


def test_hanging_nodes_are_given_up_at_the_limit(
    node: AnvilNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rpc_pool, "_LIMIT", 0.5)
    with ExitStack() as stack:
        dead = [stack.enter_context(wayward(node)) for _ in range(8)]
        for one in dead:
            one.slow = 1.0
        began = time.monotonic()
        with over(dead, timeout=0.3) as chain, pytest.raises(ChainUnreachable):
            chain.block("latest")
        assert time.monotonic() - began < 2.0


def test_a_state_proof_is_asked_of_a_node_that_has_it(three: list[Wayward]) -> None:
    three[0].instead = lambda method, _: (
        NodeSays("the method does not exist", -32601) if method == "eth_getProof" else PASS
    )
    with over(three) as chain:
        head = chain.block("latest")
        assert head is not None
        assert chain.state_proof(bytes(20), [bytes(32)], head.number) is not None
    assert three[1].count("eth_getProof") == 1


def test_logs_of_a_range_all_come_from_one_node(three: list[Wayward]) -> None:
    def breaks(method: str, _: list[object]) -> object:
        return Raw(b"", 503) if method == "eth_getLogs" else PASS

    three[0].instead = breaks
    with over(three) as chain:
        assert chain.logs(bytes(20), (), 0, 100) == ()
    assert [one.count("eth_getLogs") for one in three] == [1, 1, 0]
