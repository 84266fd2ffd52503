"""Exporting a stored file as a CAR that holds it whole."""

import io

import pytest

from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.cid import CHUNK, Block, Cid, export_file, import_file, read_car
from ledger.errors import BlockMissing
from ledger.services.exporting import export_car


def stored(data: bytes) -> tuple[MemoryBlocks, Cid]:
    store, blocks = MemoryBlocks(), list(import_file((data,)))
    store.put(blocks)
    return store, blocks[-1].cid


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_car_holds_the_whole_file_under_its_root(size: int) -> None:
    data = bytes(size)
    store, cid = stored(data)
    root, blocks = read_car(io.BytesIO(b"".join(export_car(store, cid))).read)
    there = {block.cid: block.data for block in blocks}
    assert root == cid
    assert b"".join(export_file(root, there.__getitem__)) == data


def test_a_file_that_is_not_here_is_missing() -> None:
    with pytest.raises(BlockMissing):
        b"".join(export_car(MemoryBlocks(), Block.of(b"elsewhere").cid))
