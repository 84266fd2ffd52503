"""Gateways: whatever a stranger answers, only the bytes of the CID come back."""

import re
import time

import pytest

from ledger.adapters.gateways import FalseBlock, Gateway
from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_blocks import KuboBlocks
from ledger.cid import MAX_BLOCK, Block
from ledger.errors import BadSettings, BlockMissing, StoreUnavailable
from tests.ipfs_nodes import KuboRpcNode
from tests.lying_host import Reply, gone, lying_host

BLOCK = Block.of(b"what is asked for")
CID = BLOCK.cid
TRUE = Reply(BLOCK.data, headers={"content-type": "application/vnd.ipld.raw"})
FAILURES = {
    "another block": (Reply(b"another"), "got others"),
    "nothing": (Reply(), "got others"),
    "a page": (Reply(b"<html>welcome"), "got others"),
    "a block that is too large": (Reply(bytes(MAX_BLOCK + 1)), f"more than {MAX_BLOCK} bytes"),
    "a redirect": (Reply(status=302, headers={"location": "http://127.0.0.1:9/"}), "it redirects"),
    "a fault": (Reply(status=500), "HTTP status 500"),
    "too many questions": (Reply(status=429), "HTTP status 429"),
    "a search that found nobody": (Reply(status=504), "HTTP status 504"),
    "part of it": (Reply(BLOCK.data, status=206), "HTTP status 206"),
    "a packed answer": (Reply(BLOCK.data, headers={"content-encoding": "gzip"}), "is packed"),
    "no answer in time": (Reply(BLOCK.data, delay=5), "ReadTimeout"),
    "an answer that does not end": (Reply(BLOCK.data, trickle=0.2), "does not end"),
}


def test_a_true_block_comes_back_and_is_asked_for_as_the_specification_says() -> None:
    with lying_host(TRUE) as host:
        gateway = Gateway(host.url, 2)
        assert gateway.get(CID) == BLOCK.data
        assert gateway.name == host.name
    (asked,) = host.asked
    assert (asked.method, asked.path) == ("GET", f"/ipfs/{CID}?format=raw")
    assert asked.headers["accept"] == "application/vnd.ipld.raw"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("failure", FAILURES)
def test_what_is_not_the_block_is_refused_in_one_line(failure: str) -> None:
    reply, why = FAILURES[failure]
    with lying_host(reply) as host:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match=why) as raised:
            Gateway(host.url, 0.4).get(CID)
        assert time.monotonic() - began < 3
    assert host.name in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("status", [404, 410])
def test_a_gateway_that_says_that_it_has_no_such_block_is_believed(status: int) -> None:
    with lying_host(Reply(b"no", status=status)) as host, pytest.raises(BlockMissing, match="none"):
        Gateway(host.url, 2).get(CID)


def test_a_gateway_that_is_gone_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="ConnectError"):
        Gateway(gone(), 2).get(CID)


def test_a_redirect_is_not_followed_and_false_bytes_are_told_from_silence() -> None:
    with lying_host(TRUE) as elsewhere:
        reply = Reply(status=307, headers={"location": f"{elsewhere.url}/ipfs/{CID}"})
        with lying_host(reply) as host, pytest.raises(StoreUnavailable) as raised:
            Gateway(host.url, 2).get(CID)
    assert elsewhere.asked == []
    assert not isinstance(raised.value, FalseBlock)


def test_cookies_are_never_sent_back() -> None:
    with lying_host(Reply(BLOCK.data, headers={"set-cookie": "who=you; Path=/"})) as host:
        gateway = Gateway(host.url, 2)
        assert gateway.get(CID) == gateway.get(CID) == BLOCK.data
    assert ["cookie" in asked.headers for asked in host.asked] == [False, False]


@pytest.mark.parametrize("path", ["/a-secret-key", "/a-secret-key/"])
def test_a_path_may_hold_a_key_and_is_never_told(path: str) -> None:
    with lying_host(Reply(status=500)) as host:
        with pytest.raises(StoreUnavailable) as raised:
            Gateway(host.url + path, 2).get(CID)
        assert host.asked[0].path == f"/a-secret-key/ipfs/{CID}?format=raw"
    assert "a-secret-key" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "https://x?a=b", "https://x#a", "http://[", "http://x:99999"]
)
def test_what_is_no_url_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(BadSettings, match=re.escape("[ipfs]")):
        Gateway(url, 2)


def test_a_real_gateway_gives_what_its_node_holds(ipfs_node: KuboRpcNode) -> None:
    block = Block.of(b"on a real node" * 1000)
    KuboBlocks(Kubo(ipfs_node.rpc_url, 20)).put([block])
    assert Gateway(ipfs_node.gateway_url, 20).get(block.cid) == block.data
