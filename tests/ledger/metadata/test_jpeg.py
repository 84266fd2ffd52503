import struct

import pytest

from ledger.metadata import exif, jpeg
from ledger.metadata.text import Text


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def entry(order: str, tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")


def tiff(comment: bytes, order: str = ">") -> bytes:
    """Make IFD0 with a pointer, and an EXIF IFD with one UserComment."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
    pointer = entry(order, 0x8769, 4, 1, struct.pack(order + "I", 26))
    named = entry(order, 0x9286, 7, len(comment), struct.pack(order + "I", 44))
    one, end = struct.pack(order + "H", 1), bytes(4)
    return head + one + pointer + end + one + named + end + comment


def comment_of(data: bytes) -> str:
    (text,) = exif.texts(data, "here")
    return text.text


def test_exif_and_comments_are_read_up_to_the_pixels() -> None:
    block = tiff(b"UNICODE\0" + "a duck".encode("utf-16-be"))
    data = b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0"),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0"),
            b"\xff\xff",  # fill bytes
            segment(0xE1, b"Exif\0\0" + block),
            segment(0xE1, b"Exif\0\0" + block),
            segment(0xFE, b"hand made"),
            segment(0xDA, b""),
            segment(0xFE, b"too late"),
        ]
    )
    assert [(text.where, text.name, text.text) for text in jpeg.texts(data)] == [
        ("jpeg:exif", "UserComment", "a duck"),
        ("jpeg:COM", "comment", "hand made"),
    ]


@pytest.mark.parametrize(
    "tail",
    [
        b"",
        b"\xff",
        b"\xff\xff",
        b"rubbish",
        b"\xff\xd9",
        b"\xff\xfe\0\1",
        b"\xff\xfe\0\x09cut",
    ],
)
def test_a_jpeg_may_end_anywhere(tail: bytes) -> None:
    assert [text.text for text in jpeg.texts(b"\xff\xd8" + segment(0xFE, b"first") + tail)] == [
        "first"
    ]


def test_segments_are_counted() -> None:
    data = b"\xff\xd8" + segment(0xE2, b"") * jpeg.MAX_SEGMENTS + segment(0xFE, b"beyond")
    assert jpeg.texts(data) == ()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_comment_is_read_whatever_the_order_of_block_and_text(order: str, written: str) -> None:
    comment = b"UNICODE\0" + "paper lantern, 灯".encode(written)
    assert comment_of(tiff(comment, order)) == "paper lantern, 灯"


def test_without_latin_letters_the_order_of_the_block_decides() -> None:
    assert comment_of(tiff(b"UNICODE\0" + "灯夜".encode("utf-16-le"), "<")) == "灯夜"
    assert comment_of(tiff(b"UNICODE\0" + "灯夜".encode("utf-16-be"), ">")) == "灯夜"


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"ASCII\0\0\0plain\0\0", "plain"),
        (bytes(8) + "naïve".encode(), "naïve"),
        (b'{"no": "code"}', '{"no": "code"}'),
    ],
)
def test_the_other_codes_of_a_comment_are_read(comment: bytes, text: str) -> None:
    assert comment_of(tiff(comment)) == text


def test_short_values_stand_in_their_entry_and_each_tag_counts_once() -> None:
    first, second = entry("<", 0x0131, 2, 3, b"ab\0"), entry("<", 0x0131, 2, 3, b"cd\0")
    other = entry("<", 0x0112, 3, 1, b"\1")
    data = b"II*\0" + struct.pack("<IH", 8, 3) + first + second + other
    assert exif.texts(data, "here") == (Text("here", "Software", b"ab\0", "ab"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"XX*\0" + bytes(8),
        b"II*\0\1",
        b"II*\0" + struct.pack("<I", 0) + bytes(20),
        b"II*\0" + struct.pack("<I", 4_000_000_000) + bytes(20),
        b"II*\0" + struct.pack("<IH", 8, 9) + b"cut",
        b"II*\0" + struct.pack("<IH", 8, 1) + entry("<", 0x0131, 2, 4_000_000_000, b"\xff" * 4),
        # a directory that points to itself, and a value that is a text of the wrong type
        b"II*\0" + struct.pack("<IH", 8, 1) + entry("<", 0x8769, 4, 1, struct.pack("<I", 8)),
        b"II*\0" + struct.pack("<IH", 8, 1) + entry("<", 0x0131, 3, 1, b"ab"),
    ],
)
def test_a_broken_block_says_nothing(data: bytes) -> None:
    assert exif.texts(data, "here") == ()


def test_entries_are_counted() -> None:
    entries = entry("<", 0x0112, 3, 1, b"\1") * exif.MAX_ENTRIES + entry("<", 0x0131, 2, 2, b"a")
    data = b"II*\0" + struct.pack("<IH", 8, exif.MAX_ENTRIES + 1) + entries
    assert exif.texts(data, "here") == ()
