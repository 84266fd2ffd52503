"""The IPFS node of the tests: Kubo's RPC, a gateway, a stop and a crash on the same repository."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.cid import car, cid_of, import_file
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node

CONTENT = bytes(range(256)) * 10_000  # three chunks of 1 MiB


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboRpcNode]:
    with kubo_rpc_node(tmp_path_factory.mktemp("ipfs") / "node") as started:
        yield started


def call(node: KuboRpcNode, method: str, timeout: float = 30.0) -> object:
    answer = httpx.post(f"{node.rpc_url}/api/v0/{method}", timeout=timeout)
    assert answer.status_code == 200, answer.text
    return answer.json()


def bring(node: KuboRpcNode, content: bytes) -> str:
    """Import a file's blocks as we make them, and pin them; gives the CID."""
    root = cid_of(content)
    body = b"".join(car(root, import_file([content])))
    url = f"{node.rpc_url}/api/v0/dag/import"
    parameters = {"pin-roots": "true", "cid-base": "base32"}
    answer = httpx.post(url, params=parameters, files={"file": body}, timeout=30)
    assert answer.status_code == 200, answer.text
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert str(root) in json.dumps(said)
    return str(root)


def pins(node: KuboRpcNode) -> set[str]:
    said = call(node, "pin/ls?type=recursive&cid-base=base32")
    assert isinstance(said, dict)
    return set(said["Keys"])


def test_a_file_of_ours_is_pinned_and_comes_back_over_the_gateway(node: KuboRpcNode) -> None:
    cid = bring(node, CONTENT)
    assert cid in pins(node)
    answer = httpx.get(f"{node.gateway_url}/ipfs/{cid}", timeout=30)
    assert answer.content == CONTENT


def test_the_node_names_itself_and_knows_nobody(node: KuboRpcNode) -> None:
    said = call(node, "id")
    assert isinstance(said, dict)
    assert said["ID"] == node.peer_id
    assert node.multiaddrs == (f"/ip4/127.0.0.1/tcp/{node.swarm_port}/p2p/{node.peer_id}",)
    assert call(node, "swarm/peers") == {"Peers": []}
    assert call(node, "bootstrap/list") == {"Peers": []}


def test_what_it_does_not_hold_it_waits_for(node: KuboRpcNode) -> None:
    with pytest.raises(httpx.ReadTimeout):
        call(node, f"block/get?arg={cid_of(b'held by nobody')}", timeout=1.0)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_pins_outlive_a_stop_and_a_crash(node: KuboRpcNode, ending: str) -> None:
    cid = bring(node, ending.encode())
    url, peer = node.rpc_url, node.peer_id
    getattr(node, ending)()
    with pytest.raises(httpx.ConnectError):
        call(node, "id")
    node.start()
    assert (node.rpc_url, node.peer_id) == (url, peer)
    assert cid in pins(node)


def test_it_ends_with_its_context(tmp_path: Path) -> None:
    with kubo_rpc_node(tmp_path / "node") as own:
        assert own.process is not None
        process = own.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_worker_shares_one_node(ipfs_node: KuboRpcNode) -> None:
    assert httpx.get(f"{ipfs_node.gateway_url}/ipfs/{bring(ipfs_node, b'x')}").content == b"x"
