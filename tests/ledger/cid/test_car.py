"""CARs: written, read back, and damaged in every way."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cid import MAX_BLOCK, Block, Cid, car, cid_of, import_file, read_car
from ledger.errors import InvalidBlock

# One block "hello" by the specification: the length, the header in DAG-CBOR, one section.
HELLO = (
    "3aa265726f6f747381d82a58250001551220"
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    "6776657273696f6e01"
    "29015512202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982468656c6c6f"
)
blocks = st.lists(st.binary(max_size=300).map(Block.of), min_size=1, max_size=6)


def read(data: bytes) -> tuple[Cid, list[Block]]:
    root, found = read_car(io.BytesIO(data).read)
    return root, list(found)


def test_a_car_has_the_bytes_of_the_specification() -> None:
    block = Block.of(b"hello")
    assert b"".join(car(block.cid, [block])).hex() == HELLO


@given(blocks)
def test_a_car_survives(content: list[Block]) -> None:
    root = content[-1].cid
    assert read(b"".join(car(root, content))) == (root, content)


@given(blocks, st.integers(1, 40))
def test_a_car_is_read_from_short_reads(content: list[Block], most: int) -> None:
    root = content[0].cid
    source = io.BytesIO(b"".join(car(root, content)))
    found, again = read_car(lambda size: source.read(min(size, most)))
    assert (found, list(again)) == (root, content)


@given(blocks, st.data())
def test_any_flipped_bit_is_found(content: list[Block], draw: st.DataObject) -> None:
    data = b"".join(car(content[-1].cid, content))
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    wrong = (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
    with suppress(InvalidBlock):  # not refused, then at least never the same answer
        assert read(wrong) != (content[-1].cid, content)


@given(blocks, st.data())
def test_a_car_that_is_cut_is_never_the_whole(content: list[Block], draw: st.DataObject) -> None:
    data = b"".join(car(content[-1].cid, content))
    kept = draw.draw(st.integers(0, len(data) - 1))
    with suppress(InvalidBlock):  # a cut between two blocks leaves a CAR, if its root came before
        assert len(read(data[:kept])[1]) < len(content)


def test_a_file_of_two_chunks_survives_as_a_car() -> None:
    content = b"z" * (1024 * 1024 + 1)
    root = cid_of(content)
    found, again = read(b"".join(car(root, import_file([content]))))
    assert found == root
    assert [block.cid for block in again] == [block.cid for block in import_file([content])]


def test_a_car_without_its_root_is_refused() -> None:
    with pytest.raises(InvalidBlock, match="among the blocks"):
        read(b"".join(car(cid_of(b"root"), [Block.of(b"other")])))


HEADER = bytes.fromhex(HELLO)[:59]
WRONG = {
    "empty": b"",
    "another version": HEADER[:-1] + b"\x02",
    "no such map": HEADER.replace(b"roots", b"rosts"),
    "a root of another codec": HEADER.replace(b"\x00\x01\x55", b"\x00\x01\x71"),
    "a longer header": b"\x3b" + HEADER[1:] + b"\x00",
    "a shorter header": b"\x24" + HEADER[1:],
    "a padded length": b"\xba\x00" + HEADER[1:],
    "a huge length": b"\xff" * 8 + b"\x7f" + HEADER[1:],
    "an endless length": b"\xff" * 20,
    "a length that is cut": b"\xff",
    "a section that is no CID": HEADER + b"\x24" + bytes(36),
    "a section shorter than a CID": HEADER + b"\x23" + bytes(35),
    "a section over the limit": HEADER + b"\xa5\x80\x80\x01" + bytes(MAX_BLOCK),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_car_of_ours_is_refused(name: str) -> None:
    with pytest.raises(InvalidBlock):
        read(WRONG[name])


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_header_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidBlock):
        read(HEADER + data)
