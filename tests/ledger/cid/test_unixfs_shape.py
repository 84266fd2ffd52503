"""The same importer with chunks of 4 bytes and 3 links a node, against a recursive model."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cid import DAG_PB, Block, Cid, export_file, import_file, unixfs
from ledger.errors import InvalidBlock

Sized = tuple[Cid, int, int]


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unixfs, "CHUNK", 4)
        patch.setattr(unixfs, "LINKS", 3)
        yield


def model(data: bytes) -> Cid:
    """Build the tree level by level, the whole file at hand."""
    cuts = [data[at : at + 4] for at in range(0, len(data), 4)] or [b""]
    level: list[Sized] = [(Block.of(cut).cid, len(cut), len(cut)) for cut in cuts]
    while len(level) > 1:
        level = [node(level[at : at + 3]) for at in range(0, len(level), 3)]
    return level[0][0]


def node(links: list[Sized]) -> Sized:
    written = bytearray()
    for cid, _, stored in links:
        body = b"\x0a\x24" + cid.encode() + b"\x12\x00\x18" + varint(stored)
        written += b"\x12" + varint(len(body)) + body
    size = sum(size for _, size, _ in links)
    said = b"\x08\x02\x18" + varint(size) + b"".join(b"\x20" + varint(each) for _, each, _ in links)
    written += b"\x0a" + varint(len(said)) + said
    stored = len(written) + sum(stored for _, _, stored in links)
    return Block.of(bytes(written), DAG_PB).cid, size, stored


def varint(value: int) -> bytes:
    low, high = value % 128, value // 128
    return bytes([low | 128]) + varint(high) if high else bytes([low])


pieces = st.lists(st.binary(max_size=30), max_size=9)


@given(pieces)
def test_a_file_in_any_pieces_has_the_root_of_the_model_and_comes_back(parts: list[bytes]) -> None:
    blocks = list(import_file(parts))
    store = {block.cid: block.data for block in blocks}
    assert blocks[-1].cid == model(b"".join(parts))
    assert b"".join(export_file(blocks[-1].cid, store.__getitem__)) == b"".join(parts)
    for block in blocks:
        block.require_match()


def test_every_size_up_to_the_deepest_has_the_root_of_the_model() -> None:
    for size in range(325):
        data = bytes(at % 251 for at in range(size))
        *_, root = import_file([data])
        assert root.cid == model(data)


def test_children_come_before_their_node() -> None:
    seen = set[bytes]()
    for block in import_file([bytes(range(200))]):
        if block.cid.codec == DAG_PB:
            assert any(cid in block.data for cid in seen)
        seen.add(block.cid.encode())


@given(st.binary(min_size=5, max_size=120), st.data())
def test_any_flipped_bit_in_any_block_is_found(data: bytes, draw: st.DataObject) -> None:
    blocks = list(import_file([data]))
    store = {block.cid: block.data for block in blocks}
    victim = draw.draw(st.sampled_from(blocks))
    bit = draw.draw(st.integers(0, len(victim.data) * 8 - 1))
    flipped = int.from_bytes(victim.data, "big") ^ 1 << bit
    store[victim.cid] = flipped.to_bytes(len(victim.data), "big")
    with pytest.raises(InvalidBlock, match=str(victim.cid)):
        list(export_file(blocks[-1].cid, store.__getitem__))
