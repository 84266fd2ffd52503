"""The texts of a JPEG: its EXIF and its comments, up to the pixels."""

from collections.abc import Iterator

from . import exif
from .text import Text, decoded

SIGNATURE = b"\xff\xd8\xff"
# A colour profile takes up to 255 segments, EXIF one: what more there is, is not for us.
MAX_SEGMENTS = 1_000
_APP1 = 0xE1
_COMMENT = 0xFE
_END = (0xD9, 0xDA)  # end of image, start of scan
_EXIF = b"Exif\0\0"


def texts(data: bytes) -> tuple[Text, ...]:
    """Return the texts in the order of the file; what is broken or cut off is left out."""
    found: list[Text] = []
    read_exif = False  # the first block only: a thousand of them could name the same bytes
    for kind, body in segments(data):
        if kind == _APP1 and body.startswith(_EXIF) and not read_exif:
            read_exif = True
            found.extend(exif.texts(body[len(_EXIF) :], "jpeg:exif"))
        elif kind == _COMMENT:
            found.append(Text("jpeg:COM", "comment", body, decoded(body)))
    return tuple(found)


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, body) of each whole segment before the pixels (ITU T.81 §B.1.1)."""
    offset = 2
    for _ in range(MAX_SEGMENTS):
        if data[offset : offset + 1] != b"\xff":
            return
        while data[offset + 1 : offset + 2] == b"\xff":  # fill bytes, §B.1.1.2
            offset += 1
        kind = data[offset + 1 : offset + 2]
        length = int.from_bytes(data[offset + 2 : offset + 4], "big")
        end = offset + 2 + length
        if not kind or kind[0] in _END or length < 2 or end > len(data):  # noqa: PLR2004
            return
        yield kind[0], data[offset + 4 : end]
        offset = end
