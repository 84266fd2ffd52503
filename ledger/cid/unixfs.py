"""A file as a DAG of blocks, in the profile `unixfs-v1-2025`, and back.

The profile (IPIP-499): CIDv1, sha2-256, chunks of 1 MiB as raw leaves, balanced, up to 1,024
links a node. Sources: the dag-pb specification (canonical: links before data) and the UnixFS one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..errors import InvalidBlock, InvalidCid, LimitExceeded
from .block import CID_BYTES, DAG_PB, RAW, Block, Cid, decode_varint, encode_varint

PROFILE = "unixfs-v1-2025"
CHUNK = 1024 * 1024
LINKS = 1024
# 1 MiB · 1,024^3: more than any disk holds. Other tools' small chunks fit as well.
MAX_DEPTH = 4
MAX_FILE = 2**50
_FILE = b"\x08\x02\x18"  # UnixFS Data: field 1, type 2 (file); field 3, the file's size, follows
_HASH = bytes([0x0A, CID_BYTES])  # PBLink: field 1, the CID
_NAME = b"\x12\x00\x18"  # PBLink: field 2, an empty name; field 3, the size on disk, follows


@dataclass(frozen=True, slots=True)
class _Link:
    cid: Cid
    size: int  # bytes of the file below
    stored: int  # bytes of all blocks below


def import_file(chunks: Iterable[bytes]) -> Iterator[Block]:
    """Yield the blocks of a file that arrives in pieces of any size: children first, root last.

    Equal chunks are yielded as often as they occur. Holds one chunk and the links of one way
    from the root, whatever the file's size.
    """
    levels: list[list[_Link]] = [[]]
    for data in _chunked(chunks):
        leaf = Block.of(data)
        yield leaf
        levels[0].append(_Link(leaf.cid, len(data), len(data)))
        yield from _grow(levels)
    if levels == [[]]:
        yield Block.of(b"")
        return
    for level, links in enumerate(levels):
        top = level + 1 == len(levels)
        if links and not (top and len(links) == 1):
            yield _lift(levels, level)


def cid_of(data: bytes) -> Cid:
    """Return the CID that a file of these bytes has in the profile."""
    *_, root = (block.cid for block in import_file([data]))
    return root


def export_file(root: Cid, get: Callable[[Cid], bytes], limit: int = MAX_FILE) -> Iterator[bytes]:
    """Yield the bytes of the file under a CID, every block checked against its own.

    `get` may be anybody's: InvalidBlock for bytes that are not the CID's, for a node that is not
    the canonical encoding of a file, for sizes that disagree and for a DAG more than 4 deep;
    LimitExceeded before the first byte if the file says it is larger than `limit`. Files of other
    chunk sizes and fan-outs are read too, if their leaves are raw.
    """
    data = Block(root, get(root)).require_match().data
    if root.codec == RAW:
        size, links = len(data), []
    else:
        links = _decode(root, data)
        size = sum(link.size for link in links)
    if size > limit:
        raise LimitExceeded(f"expected a file of at most {limit} bytes, got one of {size}")
    if root.codec == RAW:
        yield data
    else:
        yield from _walk(links, get, MAX_DEPTH - 1)


def _walk(links: list[_Link], get: Callable[[Cid], bytes], depth: int) -> Iterator[bytes]:
    for link in links:
        data = Block(link.cid, get(link.cid)).require_match().data
        if link.cid.codec == RAW:
            _require_size(link, len(data), len(data))
            yield data
            continue
        if not depth:
            raise InvalidBlock(f"expected a file of at most {MAX_DEPTH} levels, got a deeper one")
        below = _decode(link.cid, data)
        _require_size(link, sum(each.size for each in below), _stored(data, below))
        yield from _walk(below, get, depth - 1)


def _require_size(link: _Link, size: int, stored: int) -> None:
    if (link.size, link.stored) != (size, stored):
        raise InvalidBlock(
            f"expected {link.size} bytes of the file under {link.cid} ({link.stored} stored), "
            f"got {size} ({stored} stored)"
        )


def _chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of 1 MiB, the last one shorter."""
    held = bytearray()
    for piece in pieces:
        at = 0
        if held:
            at = CHUNK - len(held)
            held += piece[:at]
            if len(held) < CHUNK:
                continue
            yield bytes(held)
            held.clear()
        while len(piece) - at >= CHUNK:
            yield piece[at : at + CHUNK]
            at += CHUNK
        held += piece[at:]
    if held:
        yield bytes(held)


def _grow(levels: list[list[_Link]]) -> Iterator[Block]:
    """Lift every level that is full, from the leaves up."""
    level = 0
    while level < len(levels) and len(levels[level]) == LINKS:
        yield _lift(levels, level)
        level += 1


def _lift(levels: list[list[_Link]], level: int) -> Block:
    """Make a node of the links that wait at a level; it waits at the next."""
    links = levels[level].copy()
    levels[level].clear()
    block = Block.of(_encode(links), DAG_PB)
    if level + 1 == len(levels):
        levels.append([])
    size = sum(link.size for link in links)
    levels[level + 1].append(_Link(block.cid, size, _stored(block.data, links)))
    return block


def _stored(node: bytes, links: list[_Link]) -> int:
    return len(node) + sum(link.stored for link in links)


def _encode(links: list[_Link]) -> bytes:
    """Return the dag-pb node of a file with these links."""
    out = bytearray()
    for link in links:
        written = _HASH + link.cid.encode() + _NAME + encode_varint(link.stored)
        out += b"\x12" + encode_varint(len(written)) + written  # PBNode: field 2, a link
    message = _FILE + encode_varint(sum(link.size for link in links))
    message += b"".join(b"\x20" + encode_varint(link.size) for link in links)  # field 4
    return bytes(out + b"\x0a" + encode_varint(len(message)) + message)  # PBNode: field 1, data


def _decode(cid: Cid, data: bytes) -> list[_Link]:
    """Read the node of a file; anything but the one encoding of its links is InvalidBlock."""
    cids, stored, sizes, at = list[Cid](), list[int](), list[int](), 0
    while data[at : at + 1] == b"\x12":
        _, at = decode_varint(data, at + 1)
        at += len(_HASH)
        cids.append(_cid(data[at : at + CID_BYTES]))
        size, at = decode_varint(data, at + CID_BYTES + len(_NAME))
        stored.append(size)
    _, at = decode_varint(data, at + 1)
    _, at = decode_varint(data, at + len(_FILE))
    for _ in cids:
        size, at = decode_varint(data, at + 1)
        sizes.append(size)
    links = [_Link(*each) for each in zip(cids, sizes, stored, strict=True)]
    # Fields were skipped unread above: only if they encode to the same bytes were they right.
    # A link to nothing would let a hostile DAG walk us for ever without a byte of output.
    if not links or not all(sizes) or _encode(links) != data:
        raise InvalidBlock(f"expected the canonical node of a UnixFS file under {cid}")
    return links


def _cid(data: bytes) -> Cid:
    try:
        return Cid.decode(data)
    except InvalidCid as cause:
        raise InvalidBlock("expected links to CIDs of raw or dag-pb blocks") from cause
