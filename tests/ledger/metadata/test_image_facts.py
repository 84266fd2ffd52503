import struct

import pytest

from ledger.errors import InvalidInput
from ledger.metadata import ImageFacts, image_facts
from ledger.metadata.image_facts import UNKNOWN


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(body)) + body


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\4ab"


@pytest.mark.parametrize(
    ("data", "media_type", "width", "height"),
    [
        (PNG + struct.pack(">II", 512, 768), "image/png", 512, 768),
        (PNG + struct.pack(">II", 0, 768), "image/png", None, None),
        (PNG + b"\0\0\2", "image/png", None, None),
        (PNG[:12] + b"tEXt" + bytes(20), "image/png", None, None),
        (JPEG + b"\xff\xc2\0\x0b\x08\3\0\2\0\0\0\0\0", "image/jpeg", 512, 768),
        (JPEG + b"\xff\xc4\0\x0b\x08\3\0\2\0\0\0\0\0", "image/jpeg", None, None),
        (JPEG + b"\xff\xc0\0\4\x08\3", "image/jpeg", None, None),
        (webp(b"VP8X", b"\x10\0\0\0\xff\1\0\xff\2\0"), "image/webp", 512, 768),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\0\x42\0\x83"), "image/webp", 512, 768),
        (
            webp(b"VP8L", b"\x2f" + struct.pack("<I", 511 | 767 << 14)),
            "image/webp",
            512,
            768,
        ),
        (webp(b"VP8X", b"short"), "image/webp", None, None),
        (b"GIF87a", "image/gif", None, None),
        (b"GIF89a", "image/gif", None, None),
        (b"II*\0", "image/tiff", None, None),
        (b"MM\0*", "image/tiff", None, None),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", "image/avif", None, None),
        (b"\0\0\0\x18ftypmif1\0\0\0\0miafavis", "image/avif", None, None),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", UNKNOWN, None, None),
        (b"", UNKNOWN, None, None),
        (b"RIFF\0\0\0\0WAVE", UNKNOWN, None, None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(
    data: bytes, media_type: str, width: int | None, height: int | None
) -> None:
    assert image_facts(data) == ImageFacts(media_type, width, height)


def test_half_a_size_or_a_negative_one_cannot_be_made() -> None:
    with pytest.raises(InvalidInput, match="one of the two"):
        ImageFacts("image/png", 1)
    with pytest.raises(InvalidInput, match="pixels"):
        ImageFacts("image/png", -1, 5)
