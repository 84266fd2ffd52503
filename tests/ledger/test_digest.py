"""The digest: the one name of some bytes, written in one way."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import Digest
from ledger.errors import InvalidDigest


@given(st.lists(st.binary()))
def test_bytes_that_arrive_in_pieces_have_the_digest_of_the_whole(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert Digest.of_chunks(chunks) == Digest.of(whole)
    assert Digest.of(whole).value == hashlib.sha256(whole).digest()


@given(st.binary(min_size=32, max_size=32))
def test_what_is_written_reads_back_with_and_without_its_prefix(value: bytes) -> None:
    digest = Digest(value)
    assert Digest.parse(str(digest)) == Digest.parse(value.hex()) == digest


@pytest.mark.parametrize(
    "text",
    ["", "sha256:", "a" * 63, "a" * 65, "A" * 64, "sha256: " + "a" * 64, "md5:" + "a" * 64],
)
def test_any_other_writing_is_refused(text: str) -> None:
    with pytest.raises(InvalidDigest, match="expected sha256: and 64 lower-case hex digits"):
        Digest.parse(text)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_digest_has_32_bytes(length: int) -> None:
    with pytest.raises(InvalidDigest, match="expected 32 bytes"):
        Digest(bytes(length))
