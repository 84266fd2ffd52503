import struct
import zlib

import pytest

from ledger.errors import LimitExceeded
from ledger.metadata import png
from ledger.metadata.text import MAX_TEXT_BYTES, MAX_TEXTS, Text


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def image(*chunks: bytes) -> bytes:
    return png.SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


IDAT = chunk(b"IDAT", b"pixels")


def test_all_three_kinds_of_text_are_read_before_and_after_the_pixels() -> None:
    data = image(
        chunk(b"tEXt", b"a\0caf\xe9"),
        IDAT,
        chunk(b"zTXt", b"b\0\0" + zlib.compress(b"deflated")),
        chunk(b"iTXt", b"c\0\0\0en\0translated\0" + "夜".encode()),
        chunk(b"iTXt", b"d\0\1\0\0\0" + zlib.compress("灯".encode())),
    )
    assert png.texts(data) == (
        Text("png:tEXt", "a", b"caf\xe9", "café"),
        Text("png:zTXt", "b", b"deflated", "deflated"),
        Text("png:iTXt", "c", "夜".encode(), "夜"),
        Text("png:iTXt", "d", "灯".encode(), "灯"),
    )


def test_a_wrong_crc_is_said() -> None:
    body = bytearray(chunk(b"tEXt", b"a\0b"))
    body[-1] ^= 1
    assert png.texts(image(bytes(body))) == (Text("png:tEXt (bad CRC)", "a", b"b", "b"),)


@pytest.mark.parametrize(
    "bad",
    [
        chunk(b"tEXt", b"no separator"),
        chunk(b"tEXt", b"\0no keyword"),
        chunk(b"tEXt", b"k" * 80 + b"\0keyword too long"),
        chunk(b"zTXt", b"a\0\1" + zlib.compress(b"unknown method")),
        chunk(b"zTXt", b"a\0\0not deflated"),
        chunk(b"zTXt", b"a\0\0" + zlib.compress(b"cut off" * 9)[:-6]),
        chunk(b"iTXt", b"a\0\2\0\0\0unknown flag"),
        chunk(b"iTXt", b"a\0\0\0fields missing"),
    ],
)
def test_a_broken_text_is_left_out_and_the_next_is_read(bad: bytes) -> None:
    assert [text.name for text in png.texts(image(bad, chunk(b"tEXt", b"ok\0")))] == ["ok"]


def test_a_file_cut_anywhere_gives_the_texts_that_are_whole() -> None:
    first, second = chunk(b"tEXt", b"a\0first"), chunk(b"tEXt", b"b\0second")
    data = image(first, second)
    for length in range(len(data)):
        whole = sum(length >= len(png.SIGNATURE + part) for part in (first, first + second))
        assert [text.name for text in png.texts(data[:length])] == ["a", "b"][:whole]


def test_nothing_is_read_behind_the_end() -> None:
    assert png.texts(image() + chunk(b"tEXt", b"a\0late")) == ()


def test_a_decompression_bomb_is_refused() -> None:
    bomb = zlib.compress(bytes(MAX_TEXT_BYTES + 1))
    assert len(bomb) < 20_000
    with pytest.raises(LimitExceeded, match="bomb"):
        png.texts(image(chunk(b"zTXt", b"a\0\0" + bomb)))


def test_many_texts_together_are_bounded_too() -> None:
    half = zlib.compress(bytes(MAX_TEXT_BYTES // 2))
    with pytest.raises(LimitExceeded):
        png.texts(image(*[chunk(b"zTXt", b"a\0\0" + half)] * 2))
    with pytest.raises(LimitExceeded, match="bytes of text"):
        png.texts(image(chunk(b"tEXt", b"a\0" + bytes(MAX_TEXT_BYTES))))
    with pytest.raises(LimitExceeded, match=f"{MAX_TEXTS} texts"):
        png.texts(image(*[chunk(b"tEXt", b"a\0")] * (MAX_TEXTS + 1)))


def test_a_million_empty_chunks_are_refused() -> None:
    with pytest.raises(LimitExceeded, match="chunks"):
        png.texts(image(chunk(b"IDAT", b"") * (png.MAX_CHUNKS + 1)))
