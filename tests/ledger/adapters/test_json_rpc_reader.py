"""The JSON-RPC reader against nodes that lie, break, refuse and answer too much."""

import json
from datetime import UTC, datetime

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.errors import BadSettings, ChainUnreachable
from tests.lying_node import Answer, NodeSays, Raw, lying_node

ADDRESS = bytes.fromhex("11" * 20)
TOPIC = bytes.fromhex("22" * 32)
HASH = "0x" + "33" * 32
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BLOCK = {"number": "0x5", "hash": HASH, "parentHash": HASH, "timestamp": "0x10", "more": [1]}
LOG = {
    "address": "0x" + "11" * 20,
    "topics": ["0x" + "22" * 32],
    "data": "0x0102",
    "blockNumber": "0x5",
    "blockHash": HASH,
    "transactionHash": HASH,
    "logIndex": "0x0",
    "removed": False,
}


def always(said: object) -> Answer:
    return lambda method, _: "0x64" if method == "eth_blockNumber" else said


def test_a_block_is_read_whatever_else_the_node_says_of_it() -> None:
    with lying_node(always(BLOCK)) as node, JsonRpcReader(node.url) as reader:
        block = reader.block(5)
        assert block is not None
        assert (block.number, block.timestamp, block.hash.hex()) == (5, 16, "33" * 32)
        assert reader.block("safe") == block
    assert [parameters for _, parameters in node.asked] == [["0x5", False], ["safe", False]]


@pytest.mark.parametrize(
    "said",
    [
        {**BLOCK, "hash": "0x33"},
        {**BLOCK, "hash": None},
        {**BLOCK, "number": "0x6"},
        {**BLOCK, "number": "0x05"},
        {**BLOCK, "number": 5},
        {**BLOCK, "number": None},
        {**BLOCK, "timestamp": "0x1" + "0" * 16},
        {**BLOCK, "timestamp": "-0x1"},
        {**BLOCK, "parentHash": "0x" + "3g" * 32},
        {key: value for key, value in BLOCK.items() if key != "timestamp"},
        [],
        "0x5",
        True,
        Raw(b"not json"),
        Raw(b""),
        Raw(b"[" * 100_000),
        Raw(b"[]"),
        Raw(b'{"jsonrpc": "2.0", "id": 1}'),
        Raw(json.dumps({"id": 999, "result": BLOCK}).encode()),
        Raw(b'{"id": 1, "error": "text"}'),
        Raw(b"<html>forbidden</html>", 403),
        Raw(b"", 301),
        NodeSays("header not found"),
        NodeSays("x" * 100_000),
    ],
)
def test_a_broken_or_lying_block_is_unreachable(said: object) -> None:
    with (
        lying_node(always(said)) as node,
        JsonRpcReader(node.url) as reader,
        pytest.raises(ChainUnreachable) as raised,
    ):
        reader.block(5)
    assert len(str(raised.value)) < 500


def test_no_block_is_none_and_no_genesis_is_unreachable() -> None:
    def answer(method: str, parameters: list[object]) -> object:
        return "0x1" if method == "eth_chainId" else None

    with lying_node(answer) as node, JsonRpcReader(node.url) as reader:
        assert reader.block(5) is None
        with pytest.raises(ChainUnreachable, match="no block 0"):
            reader.identity()


@pytest.mark.parametrize("said", ["safe block not found", "Unknown block"])
def test_a_chain_that_sets_no_safe_block_has_none(said: str) -> None:
    with lying_node(always(NodeSays(said))) as node, JsonRpcReader(node.url) as reader:
        assert reader.block("safe") is None
        with pytest.raises(ChainUnreachable, match="error -32000: "):
            reader.block("latest")


@pytest.mark.parametrize(("chain_id", "local"), [(1, False), (31337, True), (1337, True)])
def test_only_a_development_chains_id_makes_it_local(chain_id: int, local: bool) -> None:
    def answer(method: str, parameters: list[object]) -> object:
        return hex(chain_id) if method == "eth_chainId" else {**BLOCK, "number": "0x0"}

    with lying_node(answer) as node, JsonRpcReader(node.url) as reader:
        identity = reader.identity()
    assert (identity.chain_id, identity.local) == (chain_id, local)
    assert identity.genesis.hex() == "33" * 32


@pytest.mark.parametrize(
    "said",
    [
        [{**LOG, "address": "0x" + "12" * 20}],
        [{**LOG, "topics": ["0x" + "23" * 32]}],
        [{**LOG, "topics": []}],
        [{**LOG, "topics": None}],
        [{**LOG, "topics": ["0x" + "22" * 32] * 5}],
        [{**LOG, "blockNumber": "0xb"}],
        [{**LOG, "blockNumber": None}],
        [{**LOG, "removed": True}],
        [{**LOG, "data": "0x1"}],
        [LOG, LOG],
        [None],
        None,
        {},
    ],
)
def test_logs_that_were_not_asked_for_are_unreachable(said: object) -> None:
    with (
        lying_node(always(said)) as node,
        JsonRpcReader(node.url) as reader,
        pytest.raises(ChainUnreachable),
    ):
        reader.logs(ADDRESS, [TOPIC], 0, 10)


def test_logs_are_put_in_their_order() -> None:
    places = [("0x5", "0x2"), ("0x4", "0x3"), ("0x5", "0x1")]
    said = [{**LOG, "blockNumber": number, "logIndex": index} for number, index in places]
    with lying_node(always(said)) as node, JsonRpcReader(node.url) as reader:
        logs = reader.logs(ADDRESS, [TOPIC], 0, 10)
    assert [(log.block_number, log.index) for log in logs] == [(4, 3), (5, 1), (5, 2)]


@pytest.mark.parametrize("widest", [1, 2, 7, 64, 1000])
def test_a_range_that_the_node_refuses_is_asked_in_parts(widest: int) -> None:
    def answer(method: str, parameters: list[object]) -> object:
        if method == "eth_blockNumber":
            return hex(100)
        question = parameters[0]
        assert isinstance(question, dict)
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        assert last <= 100
        if last - first + 1 > widest:
            return NodeSays("query returned more than 10000 results", -32005)
        return [{**LOG, "blockNumber": hex(number)} for number in range(first, last + 1)]

    with lying_node(answer) as node, JsonRpcReader(node.url) as reader:
        logs = reader.logs(ADDRESS, [TOPIC], 3, 10**9)
    assert [log.block_number for log in logs] == list(range(3, 101))
    assert len(node.asked) <= 2 * (98 // widest + 1) + 9


def test_an_answer_that_is_too_large_is_asked_in_parts_too() -> None:
    def answer(method: str, parameters: list[object]) -> object:
        if method == "eth_blockNumber":
            return hex(100)
        question = parameters[0]
        assert isinstance(question, dict)
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        return [{**LOG, "blockNumber": hex(number)} for number in range(first, last + 1)]

    with lying_node(answer) as node, JsonRpcReader(node.url, max_answer=5_000) as reader:
        assert len(reader.logs(ADDRESS, [TOPIC], 0, 100)) == 101
    with (
        lying_node(always([LOG] * 100)) as node,
        JsonRpcReader(node.url, max_answer=99) as reader,
        pytest.raises(ChainUnreachable, match="at most 99 bytes"),
    ):
        reader.logs(ADDRESS, [TOPIC], 5, 5)


def test_one_block_that_the_node_refuses_ends_the_splitting() -> None:
    with (
        lying_node(always(NodeSays("method not supported"))) as node,
        JsonRpcReader(node.url) as reader,
        pytest.raises(ChainUnreachable, match="supported"),
    ):
        reader.logs(ADDRESS, [], 0, 100)
    assert len(node.asked) < 12


def test_a_node_that_is_busy_is_asked_three_times() -> None:
    clock = ManualClock(NOON)
    statuses = [503, 429]

    def answer(method: str, parameters: list[object]) -> object:
        return Raw(b"busy", statuses.pop()) if statuses else BLOCK

    with lying_node(answer) as node, JsonRpcReader(node.url, clock=clock) as reader:
        assert reader.block(5) is not None
        assert len(node.asked) == 3
        statuses += [503] * 4
        with pytest.raises(ChainUnreachable, match="503"):
            reader.block(5)
        assert len(node.asked) == 6
    assert clock.now() > NOON


def test_a_node_that_is_not_there_is_unreachable_and_its_key_is_not_shown() -> None:
    with lying_node(always(BLOCK)) as node:
        pass
    secret = node.url.replace("http://", "http://name:word@") + "/v2/SECRETKEY?token=SECRETKEY"
    with (
        JsonRpcReader(secret, clock=ManualClock(NOON)) as reader,
        pytest.raises(ChainUnreachable) as raised,
    ):
        reader.block(5)
    assert "127.0.0.1" in str(raised.value)
    assert "SECRET" not in str(raised.value)
    assert "word" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "ftp://node", "http://", "no url", "http://[::1"])
def test_a_url_that_is_none_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSettings):
        JsonRpcReader(url)


def test_a_node_that_does_not_answer_in_time_is_unreachable() -> None:
    import threading

    asked = threading.Event()

    def answer(method: str, parameters: list[object]) -> object:
        asked.wait(5)
        return BLOCK

    with lying_node(answer) as node, JsonRpcReader(node.url, timeout=0.2) as reader:
        with pytest.raises(ChainUnreachable, match="Timeout"):
            reader.block(5)
        asked.set()
    assert len(node.asked) == 1


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("0x0", bytes(32)),
        ("0x", None),
        ("0x" + "0" * 65, None),
        ("0x1" + "0" * 63, b"\x10"),
        (1, None),
    ],
)
def test_a_storage_word_is_32_bytes(said: object, word: bytes | None) -> None:
    with lying_node(always(said)) as node, JsonRpcReader(node.url) as reader:
        if word is None:
            with pytest.raises(ChainUnreachable):
                reader.storage(ADDRESS, TOPIC, 5)
        else:
            assert reader.storage(ADDRESS, TOPIC, 5) == word.ljust(32, b"\0")
