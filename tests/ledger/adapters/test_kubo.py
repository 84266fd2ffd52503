"""The RPC of an IPFS node: blocks verified in and out, and every failure one line in time."""

import json
import sys
import time
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_blocks import KuboBlocks, KuboNetwork
from ledger.adapters.kubo_pinner import KuboPinner
from ledger.cid import Block, Cid, read_car
from ledger.errors import BadSettings, BlockMissing, StoreUnavailable
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node
from tests.lying_host import Asked, LyingHost, Reply, gone, lying_host

if TYPE_CHECKING:
    from ledger.ports import BlockSource, BlockStore, Pinner

BLOCK = Block.of(b"what is asked for")
CID = BLOCK.cid
FAULTS = {
    "an error of its own": (Reply(b'{"Message":"no\\nluck","Code":0}', 500), "it says: no.luck"),
    "an error in html": (Reply(b"<html>no</html>", 502), "StatusError"),
    "an error that is huge": (Reply(bytes(2**20), 500), "more than 65536 bytes"),
    "an error that is nothing": (Reply(b'{"Message":7}', 500), "StatusError"),
    "an error that is deep": (Reply(b"[" * 60_000, 500), "StatusError"),
    "not allowed": (Reply(b"403 - Forbidden", 403), "StatusError"),
    "a redirect": (Reply(status=307, headers={"location": "http://127.0.0.1:9/"}), "TooMany"),
    "no answer in time": (Reply(delay=20), "TimeoutError"),
    "a packed answer": (Reply(b"x", headers={"content-encoding": "gzip"}), "packed"),
    "a huge answer": (Reply(bytes(5 * 2**20)), "more than 4194304 bytes|answer as Kubo does"),
}
GARBAGE = (b"", b"garbage", b"[]", b"7", b"null", b"{}", b'{"Size":"7"}', b"[" * 60_000, b"\xff{")


def asked_everything(node: Kubo) -> dict[str, Callable[[], object]]:
    blocks, pinner = KuboBlocks(node, patience=0.2), KuboPinner(node)
    return {
        "get": lambda: blocks.get(CID),
        "has": lambda: blocks.has(CID),
        "cids": lambda: list(blocks.cids()),
        "network": lambda: KuboNetwork(node).get(CID),
        "pin": lambda: pinner.pin(CID, "a label"),
        "status": lambda: pinner.status(CID),
        "unpin": lambda: pinner.unpin(CID),
    }


QUESTIONS = tuple(asked_everything(Kubo("http://127.0.0.1:9", 1)))


def test_the_adapters_are_what_the_ports_ask_for() -> None:
    node = Kubo("http://127.0.0.1:9", 1)
    store: BlockStore = KuboBlocks(node)
    source: BlockSource = KuboBlocks(node)
    network: BlockSource = KuboNetwork(node)
    pinner: Pinner = KuboPinner(node)
    assert (source.name, network.name) == ("the node 127.0.0.1:9", "the network by 127.0.0.1:9")
    assert pinner.name == "node 127.0.0.1:9"
    assert isinstance(pinner.store, type(store))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_in_time(fault: str, question: str) -> None:
    reply, why = FAULTS[fault]
    with lying_host(reply) as host:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match=why) as raised:
            asked_everything(Kubo(host.url, 0.5))[question]()
        assert time.monotonic() - began < 4
    assert host.name in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one not in {"cids", "unpin"}])
@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_taken_for_nothing(body: bytes, question: str) -> None:
    with lying_host(Reply(body)) as host, pytest.raises(StoreUnavailable, match=host.name):
        asked_everything(Kubo(host.url, 0.5))[question]()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_node_that_is_gone_is_unavailable(question: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"ConnectionError; is it up, and is kubo right"):
        asked_everything(Kubo(gone(), 0.5))[question]()


def test_an_answer_that_trickles_is_given_up() -> None:
    with lying_host(Reply(bytes(60), trickle=0.2)) as host:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not end"):
            KuboNetwork(Kubo(host.url, 0.1)).get(CID)
        assert time.monotonic() - began < 15


def test_a_damaged_block_served_with_success_is_refused() -> None:
    with lying_host(Reply(b"what is askee for")) as host:
        for source in (KuboBlocks(Kubo(host.url, 1)), KuboNetwork(Kubo(host.url, 1))):
            with pytest.raises(StoreUnavailable, match=r"got others: its copy is damaged"):
                source.get(CID)


def test_requests_are_what_the_rpc_takes() -> None:
    with lying_host(Reply(BLOCK.data)) as host:
        node = Kubo(f"http://user:secret@{host.name}/behind/a/proxy/", 2)
        assert KuboBlocks(node).get(CID) == KuboNetwork(node).get(CID) == BLOCK.data
    own, network = host.asked
    for one in (own, network):
        assert one.path.startswith("/behind/a/proxy/api/v0/block/get?")
        assert f"arg={CID}" in one.path
        assert "cid-base=base32" in one.path
        assert one.headers["authorization"].startswith("Basic ")
        assert one.method == "POST"
    assert "offline=true" in own.path
    assert "timeout=2000ms" in own.path
    assert "offline" not in network.path
    assert "secret" not in node.name


def taking(host_says: Reply, *, holds: bool = True) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        if "dag/import" in asked.path:
            return host_says
        if "refs/local" in asked.path:
            return Reply()
        missing = Reply(b'{"Message":"ipld: could not find it"}', 500)
        return Reply(json.dumps({"Key": "b", "Size": 1}).encode()) if holds else missing

    return answer


def imports(host: LyingHost) -> list[Asked]:
    return [one for one in host.asked if "dag/import" in one.path]


def test_a_thousand_blocks_go_in_one_request_with_one_root() -> None:
    blocks = [Block.of(b"%d" % number) for number in range(1_000)]
    with lying_host(taking(Reply())) as host:
        KuboBlocks(Kubo(host.url, 5)).put(blocks)
    assert len(host.asked) == 2  # and whether it holds the last
    (asked,) = imports(host)
    assert "pin-roots=false" in asked.path
    car = asked.body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
    root, read = read_car(BytesIO(car).read)
    assert root == blocks[-1].cid
    assert list(read) == blocks


def test_many_and_large_blocks_go_in_several_requests() -> None:
    with lying_host(taking(Reply())) as host:
        KuboBlocks(Kubo(host.url, 5)).put(Block.of(b"%d" % number) for number in range(2_001))
        assert len(imports(host)) == 3
        KuboBlocks(Kubo(host.url, 5)).put(Block.of(bytes([n]) * 2**20) for n in range(20))
        assert len(imports(host)) == 5


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(b'{"Message":"no space left on device","Type":"error"}', 500), "no space left"),
        (Reply(b'{"Root":{"Cid":{"/":"b"},"PinErrorMsg":"it is locked"}}'), "it is locked"),
        (Reply(b'{}\n{"Message":"cut short","Type":"error"}'), "cut short"),
        (Reply(b"garbage", 500), "HTTP status 500"),
        (Reply(bytes(2 * 2**20)), "more than"),
        (Reply(delay=5), "ReadTimeout"),
    ],
)
def test_blocks_that_a_node_does_not_take_are_not_kept(reply: Reply, why: str) -> None:
    with lying_host(taking(reply)) as host, pytest.raises(StoreUnavailable, match=why):
        KuboBlocks(Kubo(host.url, 0.5)).put([BLOCK])


def test_a_node_that_takes_blocks_and_holds_none_is_found_out() -> None:
    host_that_holds_nothing = lying_host(taking(Reply(), holds=False))
    with (
        host_that_holds_nothing as host,
        pytest.raises(StoreUnavailable, match="does not hold the last"),
    ):
        KuboBlocks(Kubo(host.url, 0.5)).put([BLOCK])


@pytest.mark.parametrize(
    "said",
    [
        "block was not found locally (offline): ipld: could not find bafk",
        "blockservice: key not found",
        "merkledag: not found",
        "Failed to get block: request timed out",
        "context deadline exceeded",
    ],
)
def test_the_words_for_a_missing_block_are_known(said: str) -> None:
    def answer(asked: Asked) -> Reply:
        if "refs/local" in asked.path:
            return Reply(b'{"Ref":"bafkreiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"}\n')
        return Reply(json.dumps({"Message": said, "Code": 0, "Type": "error"}).encode(), 500)

    with lying_host(answer) as host:
        blocks = KuboBlocks(Kubo(host.url, 1))
        assert not blocks.has(CID)
        with pytest.raises(BlockMissing):
            blocks.get(CID)
        with pytest.raises(StoreUnavailable, match="nobody gave it within 1 s"):
            KuboNetwork(Kubo(host.url, 1)).get(CID)


def test_a_block_that_a_node_holds_and_is_slow_to_give_is_not_missing() -> None:
    def answer(asked: Asked) -> Reply:
        if "refs/local" in asked.path:
            return Reply(json.dumps({"Ref": str(CID)}).encode())
        return Reply(b'{"Message":"request timed out"}', 500)

    with lying_host(answer) as host:
        blocks = KuboBlocks(Kubo(host.url, 1))
        assert blocks.has(CID)
        with pytest.raises(StoreUnavailable, match="timed out"):
            blocks.get(CID)


def test_blocks_that_we_could_not_have_made_are_not_listed() -> None:
    lines = ["QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", "bafkqaaa", str(CID), ""]
    body = b"".join(json.dumps({"Ref": one, "Err": ""}).encode() + b"\n" for one in lines)
    with lying_host(Reply(body)) as host:
        assert list(KuboBlocks(Kubo(host.url, 1)).cids()) == [CID]


def test_a_list_of_what_are_no_names_is_refused() -> None:
    with lying_host(Reply(b'{"Ref":7}\n')) as host, pytest.raises(StoreUnavailable):
        list(KuboBlocks(Kubo(host.url, 1)).cids())


@pytest.mark.parametrize(
    "said", [b"", b"[1]\nnull\n", b'{"Root":7}', b'{"Stats":{"BlockCount":"1"}}']
)
def test_what_a_node_says_beside_errors_is_passed_over(said: bytes) -> None:
    with lying_host(taking(Reply(said))) as host:
        KuboBlocks(Kubo(host.url, 1)).put([BLOCK])


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1", "http://127.0.0.1:5001/?a=b"])
def test_what_is_no_url_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(BadSettings):
        Kubo(url, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "node.example"])
def test_a_node_has_any_kind_of_name(host: str) -> None:
    assert Kubo(f"https://{host}", 1).name == host


def test_a_real_node_finds_on_the_network_what_it_holds(ipfs_node: KuboRpcNode) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        node = Kubo(ipfs_node.rpc_url, 10)
        KuboBlocks(node).put([BLOCK])
        assert KuboNetwork(node).get(CID) == BLOCK.data
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="nobody gave it within 1 s"):
            KuboNetwork(Kubo(ipfs_node.rpc_url, 1)).get(Cid(0x55, bytes(32)))
        assert time.monotonic() - began < 5


@given(number=st.integers(min_value=0, max_value=2**63 - 1))
def test_what_stands_in_for_varint_reads_what_it_writes(number: int) -> None:
    varint = sys.modules["varint"]
    assert varint.decode_stream(BytesIO(varint.encode(number) + b"rest")) == number


def test_an_address_is_written_and_read_with_it() -> None:
    import multiaddr  # type: ignore[import-untyped]

    address = "/dns/node.example/tcp/65535/https"
    assert str(multiaddr.Multiaddr(multiaddr.Multiaddr(address).to_bytes())) == address


def test_a_node_that_was_started_again_is_asked_at_once(tmp_path: Path) -> None:
    with kubo_rpc_node(tmp_path / "node") as running:
        blocks = KuboBlocks(Kubo(running.rpc_url, 10))
        blocks.put([BLOCK])
        assert blocks.get(CID) == BLOCK.data
        running.kill()
        with pytest.raises(StoreUnavailable, match="is it up"):
            blocks.get(CID)
        running.start()
        assert blocks.get(CID) == BLOCK.data
        blocks.put([Block.of(b"another")])
