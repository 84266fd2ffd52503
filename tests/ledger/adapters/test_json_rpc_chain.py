"""The JSON-RPC chain on a real node: fees and their limit, waiting, restarts, what it refuses."""

from pathlib import Path

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.chain import Cost
from ledger.errors import ChainUnreachable, Conflict, CostRefused, Refused, TransactionReverted
from tests.cells import FACTORY, INIT, REFUSAL, deploy, send, settled, word
from tests.lying_node import NodeSays, lying_node
from tests.nodes import AnvilNode, anvil

KEY = bytes(31) + b"\x07"


def test_a_price_over_the_limit_is_refused_and_one_near_it_is_capped(node: AnvilNode) -> None:
    data = word(2**70) + INIT
    with JsonRpcChain(node.url, node.keys[1]) as free:
        asked = free.cost(FACTORY, data).wei_per_gas
    with JsonRpcChain(node.url, node.keys[1], max_wei_per_gas=asked - 1) as capped:
        cost = capped.cost(FACTORY, data)
        assert cost.wei_per_gas == asked - 1
        with pytest.raises(CostRefused, match="max_gwei_per_gas"):
            capped.prepare(FACTORY, data, Cost(cost.gas, asked))
    with (
        JsonRpcChain(node.url, node.keys[1], max_wei_per_gas=1) as poor,
        pytest.raises(CostRefused, match="at most 1 wei"),
    ):
        poor.cost(FACTORY, data)


def test_what_is_signed_keeps_to_the_cost_that_was_agreed(node: AnvilNode) -> None:
    with JsonRpcChain(node.url, node.keys[1]) as chain:
        signed = chain.prepare(FACTORY, bytes(33), Cost(123_456, 7 * 10**9))
        fields = TypedTransaction.from_bytes(HexBytes(signed)).as_dict()
        assert fields["gas"] == 123_456
        assert fields["maxFeePerGas"] == 7 * 10**9
        assert fields["maxPriorityFeePerGas"] <= 7 * 10**9
        assert fields["chainId"] == node.chain_id
        assert fields["value"] == 0
        assert bytes.fromhex(Account.recover_transaction(signed)[2:]) == chain.submitter


def test_a_transaction_waits_without_a_receipt_and_is_safe_to_broadcast_again() -> None:
    with (
        anvil(mining=False, chain_id=1337) as node,
        JsonRpcChain(node.url, node.keys[0]) as chain,
    ):
        cost = Cost(300_000, 10**10)
        signed = chain.prepare(FACTORY, word(0) + INIT, cost)
        name = chain.broadcast(signed)
        assert chain.broadcast(signed) == name
        assert chain.receipt(name) is None
        following = chain.prepare(FACTORY, word(1) + INIT, cost)  # after what waits
        second = chain.broadcast(following)
        node.mine()
        assert chain.receipt(name) is not None
        assert chain.receipt(second) is not None
        assert chain.broadcast(signed) == name
        assert chain.identity().local


def test_a_reverted_transaction_that_got_into_a_block_says_so(node: AnvilNode) -> None:
    with JsonRpcChain(node.url, node.keys[2]) as chain:
        cells = deploy(chain, 2**80)
        with pytest.raises(TransactionReverted, match=REFUSAL):
            send(chain, cells, b"\x01")
        name = chain.broadcast(chain.prepare(cells, b"\x01", Cost(100_000, 10**10)))
        assert not settled(chain, name).succeeded


def test_safe_and_finalized_follow_the_latest_block() -> None:
    with anvil(block_time=1000, extra=("--slots-in-an-epoch", "2")) as node:
        node.mine(9)
        with JsonRpcChain(node.url, KEY) as chain:
            numbers = [
                block.number
                for block in map(chain.block, ("finalized", "safe", "latest"))  # type: ignore[arg-type]
                if block is not None
            ]
    assert numbers[2] == 9
    assert numbers[0] < numbers[1] < numbers[2]


def test_a_chain_is_the_same_after_its_node_restarts(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with anvil(chain_id=777, state=state) as node, JsonRpcChain(node.url, node.keys[0]) as chain:
        identity = chain.identity()
        name = send(chain, FACTORY, word(0) + INIT)
        receipt = chain.receipt(name)
        assert not identity.local
    with anvil(chain_id=777, state=state) as node, JsonRpcChain(node.url, node.keys[0]) as chain:
        assert chain.identity() == identity
        assert chain.receipt(name) == receipt


def test_a_submitter_without_ether_is_refused(node: AnvilNode) -> None:
    with (
        JsonRpcChain(node.url, KEY) as chain,
        pytest.raises(CostRefused, match=r"(?i)insufficient"),
    ):
        chain.broadcast(chain.prepare(FACTORY, bytes(33), Cost(100_000, 10**10)))


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("nonce too low: next nonce 5, tx nonce 4", Conflict),
        ("replacement transaction underpriced", Conflict),
        ("insufficient funds for gas * price + value", CostRefused),
        ("max fee per gas less than block base fee", CostRefused),
        ("rlp: too few elements", Refused),
    ],
)
def test_what_a_node_says_of_a_transaction_becomes_what_a_caller_does(
    message: str, error: type[Exception]
) -> None:
    def answer(method: str, _: list[object]) -> object:
        return NodeSays(message) if method == "eth_sendRawTransaction" else None

    with lying_node(answer) as liar, JsonRpcChain(liar.url, KEY) as chain:
        with pytest.raises(error) as raised:
            chain.broadcast(b"\x02\xc0")
        assert type(raised.value) is error


@pytest.mark.parametrize("said", [None, "0x", "0xzz", 5, [], {}, "0x" + "ff" * 40, NodeSays("no")])
def test_answers_that_are_none_are_unreachable(said: object) -> None:
    def answer(method: str, _: list[object]) -> object:
        return {"status": "0x1"} if method == "eth_getTransactionReceipt" else said

    with lying_node(answer) as liar, JsonRpcChain(liar.url, KEY) as chain:
        with pytest.raises(ChainUnreachable):
            chain.cost(FACTORY, b"")
        with pytest.raises(ChainUnreachable):
            chain.prepare(FACTORY, b"", Cost(1, 1))
    if not isinstance(said, str | NodeSays):
        with lying_node(answer) as liar, JsonRpcChain(liar.url, KEY) as chain:
            with pytest.raises(ChainUnreachable):
                chain.call(FACTORY, b"", "latest")
            with pytest.raises(ChainUnreachable):
                chain.broadcast(b"\x02")


@pytest.mark.parametrize(
    "said",
    [
        {"blockHash": "0x" + "11" * 32, "status": "0x1"},
        {
            "transactionHash": "0x" + "22" * 32,
            "blockNumber": "0x1",
            "blockHash": "0x" + "11" * 32,
            "status": "0x1",
            "gasUsed": "0x1",
        },
        {"transactionHash": "0x" + "11" * 32, "blockHash": "0x" + "11" * 32, "status": "0x2"},
        [],
    ],
)
def test_a_receipt_of_another_transaction_is_unreachable(said: object) -> None:
    with (
        lying_node(lambda _method, _parameters: said) as liar,
        JsonRpcChain(liar.url, KEY) as chain,
        pytest.raises(ChainUnreachable),
    ):
        chain.receipt(b"\x11" * 32)
