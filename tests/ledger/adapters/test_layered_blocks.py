"""Layered blocks: the own folder first, and nobody else's failure hides what another has."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.adapters.block_store import BlockFolder
from ledger.adapters.layered_blocks import LayeredBlocks
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.cid import Block, Cid
from ledger.errors import BlockMissing, LedgerError, StoreUnavailable

BLOCK = Block.of(b"what is asked for")
CID = BLOCK.cid


@dataclass
class Source:
    """It gives, or raises, what the test says."""

    name: str
    says: bytes | LedgerError
    asked: list[Cid] = field(default_factory=list)

    def get(self, cid: Cid) -> bytes:
        self.asked.append(cid)
        if isinstance(self.says, bytes):
            return self.says
        raise self.says


def missing(name: str) -> Source:
    return Source(name, BlockMissing(f"{name} has none"))


def down(name: str) -> Source:
    return Source(name, StoreUnavailable(f"{name} is down"))


def test_what_is_here_is_asked_of_nobody() -> None:
    source = Source("node", BLOCK.data)
    blocks = LayeredBlocks(MemoryBlocks(), [source])
    blocks.put([BLOCK])
    assert blocks.get(CID) == BLOCK.data
    assert source.asked == []


def test_what_comes_from_a_source_is_kept_here() -> None:
    own, source = MemoryBlocks(), Source("node", BLOCK.data)
    blocks = LayeredBlocks(own, [missing("first"), down("second"), source])
    assert not blocks.has(CID)
    assert blocks.get(CID) == blocks.get(CID) == BLOCK.data
    assert own.get(CID) == BLOCK.data
    assert len(source.asked) == 1
    assert blocks.has(CID)


def test_put_writes_to_the_own_store_alone(tmp_path: Path) -> None:
    own = BlockFolder(tmp_path / "blocks")
    source = missing("node")
    LayeredBlocks(own, [source]).put([BLOCK])
    assert own.get(CID) == BLOCK.data
    assert source.asked == []


def test_false_bytes_of_a_source_are_never_given_on_nor_kept() -> None:
    own = MemoryBlocks()
    with pytest.raises(StoreUnavailable, match="got others"):
        LayeredBlocks(own, [Source("liar", b"false")]).get(CID)
    assert not own.has(CID)
    sources = [Source("liar", b"false"), Source("node", BLOCK.data)]
    assert LayeredBlocks(own, sources).get(CID) == BLOCK.data


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_unknown_is_not_missing(order: int) -> None:
    sources = [missing("first"), down("second")][::order]
    with pytest.raises(StoreUnavailable, match="second is down"):
        LayeredBlocks(MemoryBlocks(), sources).get(CID)


def test_what_nobody_has_is_missing() -> None:
    with pytest.raises(BlockMissing, match="first, second: none has it"):
        LayeredBlocks(MemoryBlocks(), [missing("first"), missing("second")]).get(CID)


def test_a_damaged_block_is_mended_from_a_source(tmp_path: Path) -> None:
    own = BlockFolder(tmp_path / "blocks")
    own.put([BLOCK])
    (file,) = (tmp_path / "blocks").glob("??/*.data")
    file.write_bytes(b"damaged")
    with pytest.raises(StoreUnavailable, match="damaged"):
        LayeredBlocks(own, [missing("node")]).get(CID)
    assert LayeredBlocks(own, [Source("node", BLOCK.data)]).get(CID) == BLOCK.data
    assert own.get(CID) == BLOCK.data


def test_a_full_disk_hinders_nobody_from_reading() -> None:
    class Full(MemoryBlocks):
        def put(self, blocks: object) -> None:
            raise StoreUnavailable(f"no space for {blocks}")

    assert LayeredBlocks(Full(), [Source("node", BLOCK.data)]).get(CID) == BLOCK.data


def test_blocks_are_listed_and_looked_for_here_only() -> None:
    blocks = LayeredBlocks(MemoryBlocks(), [Source("node", BLOCK.data)])
    assert list(blocks.cids()) == []
    assert not blocks.has(CID)
