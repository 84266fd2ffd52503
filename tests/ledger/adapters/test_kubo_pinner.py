"""A node that pins: what was put into it, whole, and nothing that it does not hold."""

import json

import pytest

from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_pinner import KuboPinner
from ledger.cid import CHUNK, Block, Cid, import_file
from ledger.errors import StoreUnavailable
from ledger.ports import PinState
from tests.ipfs_nodes import KuboRpcNode
from tests.lying_host import Reply, lying_host

CID = Block.of(b"one block").cid


def file_of(first: bytes) -> list[Block]:
    return list(import_file([first + bytes(CHUNK), bytes(CHUNK)]))


@pytest.fixture
def pinner(ipfs_node: KuboRpcNode) -> KuboPinner:
    return KuboPinner(Kubo(ipfs_node.rpc_url, 20))


def test_a_file_is_put_pinned_found_pinned_and_let_go(pinner: KuboPinner) -> None:
    blocks = file_of(b"1")
    cid = blocks[-1].cid
    assert pinner.status(cid).state is PinState.LOST
    pinner.store.put(blocks)
    assert pinner.status(cid).state is PinState.LOST
    for _ in range(2):
        assert pinner.pin(cid, "a label").state is PinState.PINNED
    assert pinner.status(cid).state is PinState.PINNED
    for _ in range(2):
        pinner.unpin(cid)
    assert pinner.status(cid).state is PinState.LOST


def test_what_is_not_all_there_is_not_pinned(pinner: KuboPinner, ipfs_node: KuboRpcNode) -> None:
    blocks = file_of(b"2")
    pinner.store.put([blocks[-1]])
    impatient = KuboPinner(Kubo(ipfs_node.rpc_url, 0.5))
    pin = impatient.pin(blocks[-1].cid, "a label")
    assert pin.state is PinState.FAILED
    assert pin.why.startswith("not all is there")
    assert impatient.status(blocks[-1].cid).state is PinState.LOST
    pinner.store.put(blocks[:-1])
    assert pinner.pin(blocks[-1].cid, "a label").state is PinState.PINNED


def test_a_block_under_a_pin_is_not_pinned_itself(pinner: KuboPinner) -> None:
    blocks = file_of(b"3")
    pinner.store.put(blocks)
    pinner.pin(blocks[-1].cid, "a label")
    assert pinner.status(blocks[0].cid).state is PinState.LOST


def test_a_node_says_where_others_fetch_from_it(pinner: KuboPinner, ipfs_node: KuboRpcNode) -> None:
    assert pinner.addresses() == ipfs_node.multiaddrs


@pytest.fixture(params=["Pins", "Keys"])
def another(request: pytest.FixtureRequest) -> Reply:
    other = str(Cid(0x55, bytes(32)))
    said = {"Pins": [other], "Keys": {other: {"Type": "recursive"}}}
    return Reply(json.dumps({request.param: said[request.param]}).encode())


def test_the_pin_of_another_is_no_pin(another: Reply) -> None:
    with lying_host(another) as host:
        pinner = KuboPinner(Kubo(host.url, 1))
        with pytest.raises(StoreUnavailable):
            pinner.pin(CID, "a label")
        if b"Keys" in another.body:
            assert pinner.status(CID).state is PinState.LOST


def test_addresses_that_are_none_are_left_out() -> None:
    said = ["/ip4/1.2.3.4/tcp/4001/p2p/Q", 7, None, "http://x", "/" + "x" * 501, "/a", "/a"]
    with lying_host(Reply(json.dumps({"Addresses": said}).encode())) as host:
        addresses = KuboPinner(Kubo(host.url, 1)).addresses()
    assert addresses == ("/ip4/1.2.3.4/tcp/4001/p2p/Q", "/a")
    many = [f"/{number}" for number in range(100)]
    with lying_host(Reply(json.dumps({"Addresses": many}).encode())) as host:
        assert len(KuboPinner(Kubo(host.url, 1)).addresses()) == 20
    with lying_host(Reply(b"garbage")) as host:
        assert KuboPinner(Kubo(host.url, 1)).addresses() == ()


@pytest.mark.parametrize("said", ["no space left on device", "datastore is locked"])
def test_an_error_of_the_nodes_is_no_lost_pin(said: str) -> None:
    with lying_host(Reply(json.dumps({"Message": said}).encode(), 500)) as host:
        pinner = KuboPinner(Kubo(host.url, 1))
        with pytest.raises(StoreUnavailable, match=said):
            pinner.pin(CID, "a label")
        with pytest.raises(StoreUnavailable, match=said):
            pinner.status(CID)
        with pytest.raises(StoreUnavailable, match=said):
            pinner.unpin(CID)
