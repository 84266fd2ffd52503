"""Opening worlds: contracts put on an embedded chain or a node's, and indexes in files."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ledger
from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.adapters.embedded_reader import EmbeddedReader
from ledger.adapters.index import SqlIndex
from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.config import deployment
from ledger.contract import Deployment
from ledger.ports import Chain, Clock
from ledger.services.founding import deploy
from tests.nodes import AnvilNode
from tests.worlds import World

SUBMITTER = bytes(31) + b"\x07"
CHAIN_ID = 2**47 + 77
ABI = Path(ledger.__file__).parent / "abi"


def creation_codes(contracts: Deployment) -> dict[bytes, bytes]:
    """Return the creation code of both contracts by their address."""
    codes = {}
    for address, name in ((contracts.ledgers, "Ledgers"), (contracts.keys, "AuthorKeys")):
        compiled = json.loads((ABI / f"{name}.json").read_text())
        codes[address] = bytes.fromhex(compiled["bytecode"].removeprefix("0x"))
    return codes


def found(chain: Chain) -> None:
    """Put both contracts on a chain."""
    contracts = deployment()
    deploy(chain, contracts, creation_codes(contracts), SystemClock(), 30)


def founded_chain(folder: Path, chain_id: int = CHAIN_ID, key: bytes = SUBMITTER) -> Path:
    """Make an embedded chain with both contracts in a folder; return the folder."""
    with EmbeddedChain.create(folder / "chain.db", key, SystemClock(), chain_id) as chain:
        found(chain)
    return folder


@contextmanager
def embedded_world(
    template: Path, folder: Path, key: bytes = SUBMITTER, clock: Clock | None = None
) -> Iterator[World]:
    """Open a copy of a founded embedded chain, whose blocks are made by that clock."""
    shutil.copytree(template, folder)
    path = folder / "chain.db"
    with EmbeddedChain(path, key, clock or SystemClock()) as chain, EmbeddedReader(path) as reader:
        yield World(chain, reader)


@contextmanager
def node_world(node: AnvilNode) -> Iterator[World]:
    """Put both contracts on a node's chain, and open it."""
    with JsonRpcChain(node.url, node.keys[0]) as chain, JsonRpcReader(node.url) as reader:
        found(chain)
        yield World(chain, reader)


@contextmanager
def open_index(path: Path) -> Iterator[SqlIndex]:
    """Open an index in a file, made if it is missing."""
    index = SqlIndex(path)
    try:
        yield index
    finally:
        index.close()
