"""The chains and the databases that the suites of the ports run over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.adapters.embedded_reader import EmbeddedReader
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_nodes import JsonRpcNodes
from ledger.adapters.json_rpc_nodes_chain import JsonRpcNodesChain
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.adapters.outbox import Outbox
from ledger.ports import Chain, ChainReader
from tests.nodes import AnvilNode, anvil

from .databases import DATABASES, open_database

KEY = bytes(31) + b"\x07"
CHAIN_ID = 2**47 + 7


@dataclass(frozen=True, slots=True)
class Opened:
    """One chain, and how to open it again as another process would."""

    chain: Chain
    reader: ChainReader
    chain_again: Callable[[], Chain]
    reader_again: Callable[[], ChainReader]


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database: a file, memory, then a real PostgreSQL."""
    engine = open_database(request, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def node() -> Iterator[AnvilNode]:
    with anvil() as running:
        yield running


@pytest.fixture(params=["embedded", "json_rpc", "nodes"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    if request.param == "embedded":
        yield from _embedded(tmp_path / "chain.db")
    elif request.param == "nodes":
        yield from _nodes(request.getfixturevalue("node"), tmp_path)
    else:
        yield from _json_rpc(request.getfixturevalue("node"))


def _embedded(path: Path) -> Iterator[Opened]:
    clock = SystemClock()
    with (
        EmbeddedChain.create(path, KEY, clock, CHAIN_ID) as chain,
        EmbeddedReader(path) as reader,
    ):
        yield Opened(
            chain, reader, lambda: EmbeddedChain(path, KEY, clock), lambda: EmbeddedReader(path)
        )


def _json_rpc(node: AnvilNode) -> Iterator[Opened]:
    key = node.keys[0]
    with JsonRpcChain(node.url, key) as chain, JsonRpcReader(node.url) as reader:
        yield Opened(
            chain,
            reader,
            lambda: JsonRpcChain(node.url, key),
            lambda: JsonRpcReader(node.url),
        )


def _nodes(node: AnvilNode, folder: Path) -> Iterator[Opened]:
    """A chain over three endpoints, of which the first is dead, with an outbox."""
    urls, outbox = ["http://127.0.0.1:1", node.url, node.url], Outbox(folder / "outbox")

    def chain() -> JsonRpcNodesChain:
        return JsonRpcNodesChain(
            [JsonRpcChain(url, node.keys[0], outbox=outbox, tries=1) for url in urls]
        )

    def reader() -> JsonRpcNodes[JsonRpcReader]:
        return JsonRpcNodes([JsonRpcReader(url, tries=1) for url in urls])

    with chain() as written, reader() as read:
        yield Opened(written, read, chain, reader)
