"""Files as DAGs: at full size, and nodes that a hostile store would like us to read."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cid import CHUNK, DAG_PB, RAW, Block, Cid, cid_of, export_file, import_file
from ledger.cid.block import encode_varint
from ledger.errors import InvalidBlock, LimitExceeded

LEAF = Block.of(b"leaf")


def link(cid: Cid, stored: int, name: bytes = b"") -> bytes:
    named = b"\x12" + encode_varint(len(name)) + name
    written = b"\x0a\x24" + cid.encode() + named + b"\x18" + encode_varint(stored)
    return b"\x12" + encode_varint(len(written)) + written


def message(size: int, *sizes: int, kind: int = 2) -> bytes:
    written = bytes([8, kind, 0x18]) + encode_varint(size)
    written += b"".join(b"\x20" + encode_varint(each) for each in sizes)
    return b"\x0a" + encode_varint(len(written)) + written


def read(root: bytes, *others: Block, limit: int = 1000) -> bytes:
    top = Block.of(root, DAG_PB)
    store = {block.cid: block.data for block in (top, LEAF, *others)}
    return b"".join(export_file(top.cid, store.__getitem__, limit))


def test_a_file_of_1025_chunks_comes_back() -> None:
    store, blocks, root = dict[Cid, bytes](), 0, None
    for block in import_file(bytes(CHUNK) for _ in range(1025)):
        store[block.cid] = block.data
        blocks, root = blocks + 1, block.cid
    assert root is not None
    assert (blocks, len(store)) == (1025 + 3, 1 + 3)
    seen = hashlib.sha256()
    for part in export_file(root, store.__getitem__):
        seen.update(part)
    expected = hashlib.sha256()
    for _ in range(1025):
        expected.update(bytes(CHUNK))
    assert seen.digest() == expected.digest()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK])
def test_a_file_of_one_chunk_is_its_own_root(size: int) -> None:
    data = b"s" * size
    (block,) = import_file([data])
    assert (block.cid, block.data) == (cid_of(data), data)
    assert block.cid.codec == RAW
    assert list(export_file(block.cid, {block.cid: data}.__getitem__)) == [data]


def test_a_file_of_three_chunks_has_one_node_at_the_end() -> None:
    data = b"x" * (2 * CHUNK + 5)
    *leaves, root = import_file([data[:7], data[7:]])
    assert [len(leaf.data) for leaf in leaves] == [CHUNK, CHUNK, 5]
    assert root.cid == cid_of(data)
    links = b"".join(link(leaf.cid, len(leaf.data)) for leaf in leaves)
    assert root.data == links + message(len(data), CHUNK, CHUNK, 5)


def test_a_node_of_ours_is_read() -> None:
    assert read(link(LEAF.cid, 4) + link(LEAF.cid, 4) + message(8, 4, 4)) == b"leafleaf"


EIGHT = link(LEAF.cid, 4) + link(LEAF.cid, 4) + message(8, 4, 4)
HOSTILE = {
    "nothing": b"",
    "no links": message(0),
    "data before links": message(4, 4) + link(LEAF.cid, 4),
    "a directory": link(LEAF.cid, 4) + message(4, 4, kind=1),
    "a named link": link(LEAF.cid, 4, b"name") + message(4, 4),
    "no data": link(LEAF.cid, 4),
    "inline data": link(LEAF.cid, 4) + b"\x0a\x0b\x08\x02\x12\x03abc\x18\x07\x20\x04",
    "a wrong file size": link(LEAF.cid, 4) + message(5, 4),
    "a size too many": link(LEAF.cid, 4) + message(8, 4, 4),
    "a size too few": link(LEAF.cid, 4) + link(LEAF.cid, 4) + message(4, 4),
    "a leaf that is longer": link(LEAF.cid, 3) + message(3, 3),
    "a leaf that is stored longer": link(LEAF.cid, 5) + message(4, 4),
    "a link to nothing": link(LEAF.cid, 4) + link(cid_of(b""), 0) + message(4, 4, 0),
    "bytes behind": EIGHT + b"\x00",
    "cut": EIGHT[:-1],
    "cut in the links": EIGHT[:20],
    "a padded varint": EIGHT[:-1] + b"\x84\x00",
    "a CID of another codec": EIGHT.replace(b"\x24\x01\x55", b"\x24\x01\x71", 1),
    "a CID of version 0": EIGHT.replace(b"\x24\x01\x55", b"\x24\x00\x55", 1),
    "another field in a link": EIGHT.replace(b"\x12\x00\x18", b"\x1a\x00\x18", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_node_is_refused(name: str) -> None:
    with pytest.raises(InvalidBlock):
        read(HOSTILE[name])


@given(st.binary(max_size=120))
def test_any_bytes_as_a_node_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidBlock):
        read(data)


@given(st.integers(0, len(EIGHT) * 8 - 1))
def test_a_node_with_a_flipped_bit_under_its_own_cid_is_refused(bit: int) -> None:
    wrong = (int.from_bytes(EIGHT, "big") ^ 1 << bit).to_bytes(len(EIGHT), "big")
    with pytest.raises((InvalidBlock, KeyError)):  # KeyError: the store has no block of that CID
        read(wrong)


def test_a_dag_that_is_too_deep_is_refused() -> None:
    nodes = [Block.of(link(LEAF.cid, 4) + message(4, 4), DAG_PB)]
    stored = 4 + len(nodes[0].data)
    for _ in range(4):
        below = link(nodes[-1].cid, stored) + message(4, 4)
        nodes.append(Block.of(below, DAG_PB))
        stored += len(below)
    assert read(nodes[3].data, *nodes) == b"leaf"
    with pytest.raises(InvalidBlock, match="at most 4 levels"):
        read(nodes[4].data, *nodes)


def test_a_file_over_the_limit_is_refused_before_its_first_byte() -> None:
    assert read(EIGHT, limit=8) == b"leafleaf"
    with pytest.raises(LimitExceeded, match="at most 7"):
        read(EIGHT, limit=7)
    with pytest.raises(LimitExceeded):
        next(export_file(LEAF.cid, lambda _: LEAF.data, 3))


def test_a_file_cannot_unfold_to_more_than_it_says() -> None:
    inner = Block.of(b"".join([link(LEAF.cid, 4)] * 100) + message(400, *[4] * 100), DAG_PB)
    stored = len(inner.data) + 400
    bomb = link(inner.cid, stored) + message(4, 4)
    with pytest.raises(InvalidBlock, match="expected 4 bytes of the file"):
        read(bomb, inner)


@pytest.mark.parametrize("wrong", [b"", b"lean", b"leaf ", bytes(3 * CHUNK)])
def test_a_store_that_gives_other_bytes_is_found_out(wrong: bytes) -> None:
    with pytest.raises(InvalidBlock):
        list(export_file(LEAF.cid, lambda _: wrong))
