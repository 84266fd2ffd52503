"""Worlds and indexes for whoever asks: an embedded chain, and the same on a real node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node
from tests.nodes import anvil
from tests.open_worlds import embedded_world, founded_chain, node_world, open_index
from tests.postgres import PostgresServer, postgres_server
from tests.worlds import World


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an embedded chain that has both contracts, to be copied."""
    return founded_chain(tmp_path_factory.mktemp("founded"))


@pytest.fixture
def world(founded: Path, tmp_path: Path) -> Iterator[World]:
    """An embedded chain of the test's own."""
    with embedded_world(founded, tmp_path / "world") as opened:
        yield opened


@pytest.fixture(params=["embedded", "anvil"])
def any_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A chain of the test's own: embedded, then on a node."""
    if request.param == "embedded":
        with embedded_world(request.getfixturevalue("founded"), tmp_path / "world") as opened:
            yield opened
    else:
        with anvil(chain_id=4242) as node, node_world(node) as opened:
            yield opened


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqlIndex]:
    """An empty index."""
    with open_index(tmp_path / "index.db") as opened:
        yield opened


@pytest.fixture
def second(tmp_path: Path) -> Iterator[SqlIndex]:
    """The index of a second home, empty."""
    with open_index(tmp_path / "second.db") as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this worker's; a test that ends it uses a server of its own."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def ipfs_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboRpcNode]:
    """An IPFS node of this worker's; a test that ends it, or counts pins, uses one of its own."""
    with kubo_rpc_node(tmp_path_factory.mktemp("ipfs") / "node") as node:
        yield node
