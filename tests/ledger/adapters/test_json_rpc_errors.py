"""What a node refuses: sorted into ask again, ask another and give up."""

from datetime import UTC, datetime

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_errors import WORDINGS, NodeError, Remedy, remedy_of
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.errors import ChainUnreachable, CostRefused
from tests.lying_node import NodeSays, lying_node

KEY = bytes(31) + b"\x07"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        (-32000, "nonce too low: next nonce 5, tx nonce 4", Remedy.TAKEN),
        (-32000, "replacement transaction underpriced", Remedy.TAKEN),
        (-32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4", Remedy.TAKEN),
        (-32000, "INTERNAL_ERROR: could not replace existing tx", Remedy.TAKEN),
        (-32000, "transaction underpriced", Remedy.DEAR),
        (-32000, "insufficient funds for gas * price + value", Remedy.DEAR),
        (-32004, "Upfront cost exceeds account balance", Remedy.DEAR),
        (-32003, "max fee per gas less than block base fee", Remedy.DEAR),
        (-32009, "Gas price below configured minimum gas price", Remedy.DEAR),
        (3, "execution reverted: no", Remedy.REFUSED),
        (-32000, "txpool is full", Remedy.ANOTHER),
        (-32000, "header not found", Remedy.ANOTHER),
        (-32000, "missing trie node 12ab", Remedy.ANOTHER),
        (-32601, "the method eth_getProof does not exist", Remedy.ANOTHER),
        (-32603, "Internal error", Remedy.ANOTHER),
        (-32005, "daily request count exceeded", Remedy.AGAIN),
        (-32005, "query returned more than 10000 results", Remedy.ANOTHER),
        (429, "Your app has exceeded its compute units per second capacity", Remedy.AGAIN),
        (-32000, "rlp: too few elements", None),
    ],
)
def test_a_refusal_says_what_may_help(code: int, message: str, remedy: Remedy | None) -> None:
    assert remedy_of(NodeError(code, message)) is remedy


def test_each_wording_is_lower_case_and_has_its_source() -> None:
    for words, _, source in WORDINGS:
        assert words == words.lower()
        assert source
        assert "revert" in words or remedy_of(NodeError(0, words)) is not Remedy.REFUSED


def test_no_wording_is_hidden_by_one_before_it() -> None:
    assert [remedy_of(NodeError(0, words)) for words, _, _ in WORDINGS] == [
        remedy for _, remedy, _ in WORDINGS
    ]


def test_a_node_that_asks_for_patience_is_asked_again() -> None:
    answers = iter([NodeSays("too many requests", -32005), NodeSays("slow down", 429), "0x0"])
    clock = ManualClock(NOON)
    with (
        lying_node(lambda _method, _parameters: next(answers)) as node,
        JsonRpcReader(node.url, clock=clock) as reader,
    ):
        assert reader.balance(bytes(20)) == 0
    assert len(node.asked) == 3
    assert clock.now() > NOON


def test_patience_has_an_end() -> None:
    with (
        lying_node(lambda _method, _parameters: NodeSays("too many requests", -32005)) as node,
        JsonRpcReader(node.url, clock=ManualClock(NOON)) as reader,
        pytest.raises(ChainUnreachable, match="too many requests"),
    ):
        reader.balance(bytes(20))
    assert len(node.asked) == 3


def test_too_little_to_pay_with_is_said_when_the_cost_is_asked() -> None:
    with (
        lying_node(
            lambda _method, _parameters: NodeSays("insufficient funds for transfer")
        ) as node,
        JsonRpcChain(node.url, KEY) as chain,
        pytest.raises(CostRefused, match="insufficient funds"),
    ):
        chain.cost(bytes(20), b"")
