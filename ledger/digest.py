"""The digest of some bytes: the only name content has in this system."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from .errors import InvalidDigest

_WRITTEN = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
DIGEST_BYTES = 32


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of SHA-256 (FIPS 180-4) of `data`."""
    return hashlib.sha256(data).digest()


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 digest, 32 bytes; written `sha256:` and 64 lower-case hex digits."""

    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != DIGEST_BYTES:
            raise InvalidDigest(f"expected 32 bytes of SHA-256, got {len(self.value)}")

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the digest of bytes in memory."""
        return cls(sha256(data))

    @classmethod
    def of_chunks(cls, chunks: Iterable[bytes]) -> Self:
        """Return the digest of bytes that arrive in pieces."""
        state = hashlib.sha256()
        for chunk in chunks:
            state.update(chunk)
        return cls(state.digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sha256:HEX` or `HEX`, lower case; anything else raises InvalidDigest."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InvalidDigest(f"expected sha256: and 64 lower-case hex digits, got {text[:80]!r}")
        return cls(bytes.fromhex(found.group(1)))

    def __str__(self) -> str:
        return f"sha256:{self.value.hex()}"
