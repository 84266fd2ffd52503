"""One suite over every block store: what `BlockStore` promises."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.adapters.block_store import BlockFolder
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.cid import CHUNK, DAG_PB, RAW, Block, Cid, export_file, import_file
from ledger.errors import BlockMissing, InvalidBlock
from ledger.ports import BlockStore

Make = Callable[[], BlockStore]


@pytest.fixture(params=["folder", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes a new, empty store at every call."""
    made: list[int] = []

    def folder() -> BlockStore:
        made.append(0)
        return BlockFolder(tmp_path / f"store{len(made)}" / "blocks")

    return folder if request.param == "folder" else MemoryBlocks


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
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
    node = Block.of(b"\x0a\x02\x08\x01", DAG_PB)
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
