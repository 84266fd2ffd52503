"""The texts of an EXIF block: the few tags in which generators write, in either byte order."""

import struct
from collections.abc import Iterator

from .text import Text, decoded

_NAMES = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x9286: "UserComment",
}
_EXIF_IFD = 0x8769
_BYTE_TYPES = (1, 2, 7)  # BYTE, ASCII, UNDEFINED: one byte each
_LONG = 4
_IN_PLACE = 4  # a value of at most four bytes stands in its entry
# A camera writes about 60 tags; 16 bits would allow 65,535 in each directory.
MAX_ENTRIES = 512


def texts(tiff: bytes, where: str) -> tuple[Text, ...]:
    """Return the texts of a TIFF block, each tag once; what is broken is left out."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:  # noqa: PLR2004
        return ()
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    entries = list(_entries(tiff, order, first))
    pointers = [start for tag, kind, start, _ in entries if (tag, kind) == (_EXIF_IFD, _LONG)]
    for pointer in pointers[:1]:
        # Two directories, never more: one that names itself cannot make us loop.
        (second,) = struct.unpack_from(order + "I", tiff, pointer)
        entries.extend(_entries(tiff, order, second))
    found: dict[str, Text] = {}
    for tag, kind, start, count in entries:
        name = _NAMES.get(tag)
        if name is not None and kind in _BYTE_TYPES and name not in found:
            value = tiff[start : start + count]
            text = _comment(value, order) if name == "UserComment" else decoded(value)
            found[name] = Text(where, name, value, text.rstrip("\0"))
    return tuple(found.values())


def _entries(tiff: bytes, order: str, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, type, start, bytes) of one directory's values that lie inside the block."""
    if not 8 <= offset <= len(tiff) - 2:  # noqa: PLR2004
        return
    (entries,) = struct.unpack_from(order + "H", tiff, offset)
    for number in range(min(entries, MAX_ENTRIES)):
        at = offset + 2 + 12 * number
        if at + 12 > len(tiff):
            return
        tag, kind, count = struct.unpack_from(order + "HHI", tiff, at)
        length = count if kind in _BYTE_TYPES else 4 * count
        (start,) = struct.unpack_from(order + "I", tiff, at + 8)
        start = at + 8 if length <= _IN_PLACE else start
        if start + length <= len(tiff):
            yield tag, kind, start, length


def _comment(value: bytes, order: str) -> str:
    """Decode a UserComment: eight bytes name its code (EXIF 2.3 §4.6.5), and some tools err."""
    code, body = value[:8], value[8:]
    if code == b"UNICODE\0":
        return body.decode(_utf16(body, order), "replace")
    if code in (b"ASCII\0\0\0", bytes(8)):
        return decoded(body)
    return decoded(value)


def _utf16(body: bytes, order: str) -> str:
    """Say in which order the UTF-16 is: tools rewrite the TIFF's order and keep the text's."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # In Latin text the high byte is zero: where more zeros are, there the high byte is.
    big, little = body[0::2].count(0), body[1::2].count(0)
    if big == little:
        return "utf-16-le" if order == "<" else "utf-16-be"
    return "utf-16-be" if big > little else "utf-16-le"
