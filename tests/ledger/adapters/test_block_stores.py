"""One suite over every block store: what `BlockStore` promises."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.adapters.block_store import BlockFolder
from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_blocks import KuboBlocks
from ledger.adapters.layered_blocks import LayeredBlocks
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.named_source import NamedSource
from ledger.cid import CHUNK, DAG_PB, RAW, Block, Cid, export_file, import_file
from ledger.errors import BlockMissing, InvalidBlock
from ledger.ports import BlockStore
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node

Make = Callable[[], BlockStore]


STORES = ("folder", "memory", "layered", "kubo")


class FreshKubo(KuboBlocks):
    """A node's blocks without those that are its own from the start."""

    def __init__(self, node: KuboRpcNode) -> None:
        super().__init__(Kubo(node.rpc_url, 20.0), patience=0.05)
        self._own = set(super().cids())

    def cids(self) -> Iterator[Cid]:
        return (cid for cid in super().cids() if cid not in self._own)


@pytest.fixture(scope="module")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboRpcNode]:
    with kubo_rpc_node(tmp_path_factory.mktemp("ipfs") / "blocks") as node:
        yield node


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes a new, empty store at every call."""
    made: list[int] = []

    def folder() -> BlockStore:
        made.append(0)
        return BlockFolder(tmp_path / f"store{len(made)}" / "blocks")

    def layered() -> BlockStore:
        return LayeredBlocks(folder(), [NamedSource("another", MemoryBlocks())])

    def kubo() -> BlockStore:
        node: KuboRpcNode = request.getfixturevalue("own_node")
        httpx.post(f"{node.rpc_url}/api/v0/repo/gc", timeout=30).raise_for_status()
        return FreshKubo(node)

    makers: dict[str, Make] = {
        "folder": folder,
        "memory": MemoryBlocks,
        "layered": layered,
        "kubo": kubo,
    }
    return makers[request.param]


@pytest.fixture
def store(make: Make) -> BlockStore:
    return make()


def raw(block: Block) -> Cid:
    return Cid(RAW, block.cid.digest)


def test_an_empty_store_holds_nothing(store: BlockStore) -> None:
    cid = Block.of(b"never put").cid
    assert not store.has(cid)
    assert list(store.cids()) == []
    with pytest.raises(BlockMissing, match=str(cid)):
        store.get(cid)
    store.put([])
    assert list(store.cids()) == []


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(contents=st.lists(st.binary(max_size=100), max_size=8), other=st.binary(max_size=100))
def test_what_was_put_is_there_and_nothing_else(
    make: Make, contents: list[bytes], other: bytes
) -> None:
    store = make()
    blocks = [Block.of(data) for data in contents]
    store.put(iter(blocks))
    for block in blocks:
        assert store.has(block.cid)
        assert store.get(block.cid) == block.data
    assert sorted(store.cids()) == sorted(set(map(raw, blocks)))
    assert store.has(Block.of(other).cid) == (other in contents)


def test_a_block_that_is_not_its_cids_is_refused(store: BlockStore) -> None:
    wrong = Block(Block.of(b"right").cid, b"wrong")
    with pytest.raises(InvalidBlock, match=str(wrong.cid)):
        store.put([Block.of(b"before"), wrong, Block.of(b"behind")])
    assert not store.has(wrong.cid)
    assert not store.has(Block.of(b"behind").cid)


def test_a_block_put_again_is_the_same(store: BlockStore) -> None:
    block = Block.of(b"twice")
    for _ in range(3):
        store.put([block, block])
    assert list(store.cids()) == [block.cid]
    assert store.get(block.cid) == b"twice"


def test_blocks_are_known_by_hash_whatever_the_codec(store: BlockStore) -> None:
    node = Block.of(b"\x0a\x04\x08\x02\x18\x00", DAG_PB)  # a file of no bytes
    store.put([node])
    assert store.has(raw(node))
    assert store.get(raw(node)) == store.get(node.cid) == node.data
    assert list(store.cids()) == [raw(node)]


def test_a_file_of_many_chunks_comes_back_by_its_root(store: BlockStore) -> None:
    def content() -> Iterator[bytes]:
        for number in range(20):
            yield bytes([number]) * CHUNK

    blocks = [block.cid for block in import_file(content())]
    store.put(import_file(content()))
    assert sorted(store.cids()) == sorted(Cid(RAW, cid.digest) for cid in blocks)
    assert b"".join(export_file(blocks[-1], store.get)) == b"".join(content())


def test_hundreds_of_small_blocks_are_kept(store: BlockStore) -> None:
    blocks = [Block.of(b"%d" % number) for number in range(300)]
    store.put(blocks)
    assert len(list(store.cids())) == 300
    assert [store.get(block.cid) for block in blocks] == [block.data for block in blocks]


def test_a_source_that_fails_fails_as_itself(store: BlockStore) -> None:
    def failing() -> Iterator[Block]:
        yield Block.of(b"first")
        raise InvalidBlock("the archive is cut")

    with pytest.raises(InvalidBlock, match="is cut"):
        store.put(failing())


def test_a_source_under_a_name_gives_what_its_store_gives(store: BlockStore) -> None:
    block = Block.of(b"named")
    store.put([block])
    source = NamedSource("a name", store)
    assert (source.name, source.get(block.cid)) == ("a name", b"named")
    with pytest.raises(BlockMissing):
        source.get(Block.of(b"never put").cid)


def test_the_suite_runs_over_all_of_them(record_property: Callable[[str, object], None]) -> None:
    tests = [name for name, one in globals().items() if name.startswith("test_") and callable(one)]
    count = (len(tests) - 1) * len(STORES)
    record_property("block_store_tests", count)
    print(f"{len(tests) - 1} promises over {len(STORES)} block stores: {count} tests")
    assert len(STORES) == 4
