"""What an image file plainly is: its media type by magic bytes, its width and height."""

import struct
from dataclasses import dataclass

from ..errors import InvalidInput
from . import jpeg, png

UNKNOWN = "application/octet-stream"
# ISO 14496-12 allows any number of brands; files write three or four.
_MAX_FTYP_BYTES = 256
# Start of frame, without DHT (C4), JPG (C8) and DAC (CC): ITU T.81 table B.1.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Media type, and width and height in pixels, or None where they are not read."""

    media_type: str
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        if (self.width is None) != (self.height is None):
            raise InvalidInput("expected a width and a height or neither, got one of the two")
        if min(self.width or 0, self.height or 0) < 0:
            raise InvalidInput(f"expected pixels, got {self.width}x{self.height}")


def image_facts(data: bytes) -> ImageFacts:
    """Return the facts of a file; a header that is cut off or says zero gives no size."""
    kind = media_type(data)
    found = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}.get(kind)
    pixels = None if found is None else found(data)
    if pixels is None or 0 in pixels:
        return ImageFacts(kind)
    return ImageFacts(kind, *pixels)


def media_type(data: bytes) -> str:
    """Return the media type by the first bytes, whatever the file is called."""
    for magic, kind in (
        (png.SIGNATURE, "image/png"),
        (jpeg.SIGNATURE, "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
    ):
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/avif" if _is_avif(data) else UNKNOWN


def _is_avif(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), _MAX_FTYP_BYTES, len(data))
    # The major brand, four bytes of version, then the compatible brands.
    brands = {data[at : at + 4] for at in (8, *range(16, end, 4))}
    return not brands.isdisjoint({b"avif", b"avis"})


def _png(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 24:  # noqa: PLR2004
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    for kind, body in jpeg.segments(data):
        if kind in _FRAMES and len(body) >= 5:  # noqa: PLR2004
            height, width = struct.unpack_from(">HH", body, 1)
            return width, height
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    """Read the first chunk (RFC 9649 §2.5 to §2.7)."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:  # noqa: PLR2004
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) == 10:  # noqa: PLR2004
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:  # noqa: PLR2004
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
