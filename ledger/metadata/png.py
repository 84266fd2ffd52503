"""The texts of a PNG: tEXt, zTXt and iTXt chunks, before and after the pixels."""

import struct
import zlib
from collections.abc import Iterator

from ..errors import LimitExceeded
from .text import MAX_TEXT_BYTES, MAX_TEXTS, Text, decoded

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# libpng writes IDATs of 8 KiB: this is an 8 GiB picture, and half a second of empty chunks.
MAX_CHUNKS = 1 << 20
_MAX_KEYWORD = 79  # PNG §11.3.3.1
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


def texts(data: bytes) -> tuple[Text, ...]:
    """Return the texts in the order of the file.

    A chunk that is cut off or does not inflate is left out: half a text is not what the file
    said. One whose CRC is wrong is given, and its `where` says so. A text beyond the limits
    raises LimitExceeded.
    """
    found: list[Text] = []
    left = MAX_TEXT_BYTES
    for kind, start, end in chunks(data):
        if kind not in _TEXT_KINDS:
            continue
        parts = _parts(kind, data[start:end], left)
        if parts is None:
            continue
        keyword, value = parts
        left -= len(keyword) + len(value)
        if left < 0:
            raise _too_long()
        if len(found) == MAX_TEXTS:
            raise LimitExceeded(f"expected at most {MAX_TEXTS} texts in a PNG, got more")
        (crc,) = struct.unpack_from(">I", data, end)
        sound = zlib.crc32(data[start - 4 : end]) == crc
        where = f"png:{kind.decode('ascii')}" + ("" if sound else " (bad CRC)")
        found.append(Text(where, keyword.decode("latin-1"), value, decoded(value)))
    return tuple(found)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each whole chunk's body, up to IEND or where the file breaks."""
    offset = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if offset + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, offset)
        end = offset + 8 + length
        if kind == b"IEND" or end + 4 > len(data):
            return
        yield kind, offset + 8, end
        offset = end + 4
    raise LimitExceeded(f"expected at most {MAX_CHUNKS} chunks in a PNG, got more")


def _parts(kind: bytes, body: bytes, left: int) -> tuple[bytes, bytes] | None:
    """Return keyword and text of a chunk, or None if it is not made as its type demands."""
    keyword, nul, rest = body.partition(b"\0")
    if not nul or not 1 <= len(keyword) <= _MAX_KEYWORD:
        return None
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        # Compression method, language tag, translated keyword (PNG §11.3.3.4).
        fields = rest[2:].split(b"\0", 2)
        if rest[:1] not in (b"\0", b"\1") or len(fields) != 3:  # noqa: PLR2004
            return None
        rest = rest[1:2] + fields[2]
    elif not compressed:
        return keyword, rest
    if not compressed:
        return keyword, rest[1:]
    if rest[:1] != b"\0":
        return None
    value = _inflated(rest[1:], left)
    return None if value is None else (keyword, value)


def _inflated(deflated: bytes, left: int) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        value = stream.decompress(deflated, left + 1)
    except zlib.error:
        return None
    if len(value) > left:
        raise _too_long()
    return value if stream.eof else None


def _too_long() -> LimitExceeded:
    return LimitExceeded(
        f"expected at most {MAX_TEXT_BYTES} bytes of text in an image, got more; "
        "the texts inside look like a decompression bomb"
    )
