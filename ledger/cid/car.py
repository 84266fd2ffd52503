"""A CAR (version 1): blocks in one file, as a node imports and exports them.

Source: the CARv1 specification. Only the one header with a single root is written and read.
"""

from collections.abc import Callable, Iterable, Iterator

from ..errors import InvalidBlock, InvalidCid
from .block import CID_BYTES, MAX_BLOCK, Block, Cid, decode_varint, encode_varint

# DAG-CBOR of {"roots": [CID], "version": 1}: tag 42, and 0x00 before the CID's bytes.
_BEFORE = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00"
_AFTER = b"\x67version\x01"
_HEADER = len(_BEFORE) + CID_BYTES + len(_AFTER)


def car(root: Cid, blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield the pieces of a CAR with these blocks, in their order."""
    yield encode_varint(_HEADER) + _BEFORE + root.encode() + _AFTER
    for block in blocks:
        yield encode_varint(CID_BYTES + len(block.data)) + block.cid.encode()
        yield block.data


def read_car(read: Callable[[int], bytes]) -> tuple[Cid, Iterator[Block]]:
    """Return the root of a CAR, and its blocks as they are read, each checked against its CID.

    `read(n)` gives at most n bytes, none only at the end (a file's `read`). InvalidBlock for
    anything that `car` would not have written, and at the end if the root was not among them.
    """
    header = _section(read, _HEADER)
    if header is None or header[: len(_BEFORE)] != _BEFORE or header[-len(_AFTER) :] != _AFTER:
        raise InvalidBlock("expected a CAR of version 1 with one root")
    root = _cid(header[len(_BEFORE) : -len(_AFTER)])
    return root, _blocks(read, root)


def _blocks(read: Callable[[int], bytes], root: Cid) -> Iterator[Block]:
    seen = False
    while (section := _section(read, CID_BYTES + MAX_BLOCK)) is not None:
        block = Block(_cid(section[:CID_BYTES]), section[CID_BYTES:]).require_match()
        seen = seen or block.cid == root
        yield block
    if not seen:
        raise InvalidBlock(f"expected the root {root} among the blocks of the CAR")


def _section(read: Callable[[int], bytes], most: int) -> bytes | None:
    """Return what one length announces, or None at the end."""
    length = read(1)
    if not length:
        return None
    while length[-1] > 0x7F and len(length) < 9:  # noqa: PLR2004 - a varint of 63 bits
        length += _exactly(read, 1)
    size, _ = decode_varint(length, 0)
    if not CID_BYTES <= size <= most:
        raise InvalidBlock(f"expected {CID_BYTES} to {most} bytes in a part of a CAR, got {size}")
    return _exactly(read, size)


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    parts, missing = list[bytes](), size
    while missing:
        part = read(missing)
        if not part:
            raise InvalidBlock(f"expected {missing} bytes more in the CAR, got its end")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _cid(data: bytes) -> Cid:
    try:
        return Cid.decode(data)
    except InvalidCid as cause:
        raise InvalidBlock("expected the CID of a raw or dag-pb block in the CAR") from cause
