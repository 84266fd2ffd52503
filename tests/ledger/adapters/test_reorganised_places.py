"""Places in the submitter's line of transactions, when a reorganisation takes several back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.outbox import Outbox
from ledger.adapters.signed_transaction import read_transaction
from tests.cells import settled
from tests.nodes import AnvilNode, anvil

SOMEBODY = b"\x0d" * 20


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil() as running:
        yield running


@pytest.fixture
def chain(node: AnvilNode, tmp_path: Path) -> Iterator[JsonRpcChain]:
    with JsonRpcChain(node.url, node.keys[0], outbox=Outbox(tmp_path / "outbox")) as opened:
        yield opened


def anchor(chain: JsonRpcChain, data: bytes) -> bytes:
    return chain.prepare(SOMEBODY, data, chain.cost(SOMEBODY, data), alone=True)


def test_an_anchor_takes_the_first_free_place_and_not_that_of_a_later_one(
    node: AnvilNode, chain: JsonRpcChain
) -> None:
    for data in (b"first", b"second"):
        settled(chain, chain.broadcast(anchor(chain, data)))
    node.ask("anvil_reorg", 2, [])
    again = anchor(chain, b"first again")
    assert read_transaction(again).nonce == 0
    settled(chain, chain.broadcast(again))


def test_an_anchor_goes_after_what_is_kept_and_into_the_gap_before_it(
    node: AnvilNode, chain: JsonRpcChain
) -> None:
    settled(chain, chain.broadcast(anchor(chain, b"first")))
    write = chain.prepare(SOMEBODY, b"write", chain.cost(SOMEBODY, b"write"), keep=b"\x01" * 32)
    assert read_transaction(anchor(chain, b"second")).nonce == 2
    settled(chain, chain.broadcast(write))
    node.ask("anvil_reorg", 2, [])
    assert read_transaction(anchor(chain, b"first again")).nonce == 0
