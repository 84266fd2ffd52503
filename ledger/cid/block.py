"""A CID, and the block of bytes that it names.

Sources: multiformats CID specification (version 1), RFC 4648 §6 (base32), the multicodec table.
"""

import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Self

from ..digest import DIGEST_BYTES, sha256
from ..errors import InvalidBlock, InvalidCid

RAW = 0x55
DAG_PB = 0x70
CID_BYTES = 36
# Bitswap refuses blocks above 2 MiB, so no node would ever fetch a larger one.
MAX_BLOCK = 2 * 1024 * 1024
_MORE = 0x80  # a varint's byte with this bit set is not its last
_SHA2_256 = bytes([0x12, DIGEST_BYTES])
_WRITTEN = re.compile(r"b[a-z2-7]{58}")


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A CIDv1 of sha2-256 and codec raw or dag-pb: 36 bytes; written `b…`, base32 lower case."""

    codec: int
    digest: bytes

    def __post_init__(self) -> None:
        if self.codec not in (RAW, DAG_PB):
            raise InvalidCid(f"expected codec raw (0x55) or dag-pb (0x70), got {self.codec!r:.20}")
        if len(self.digest) != DIGEST_BYTES:
            raise InvalidCid(f"expected {DIGEST_BYTES} bytes of SHA-256, got {len(self.digest)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the written form; any other base, version, codec or hash is InvalidCid."""
        if _WRITTEN.fullmatch(text) is None:
            raise InvalidCid(f"expected a CIDv1 in base32, b and 58 characters, got {text[:80]!r}")
        cid = cls.decode(b32decode(text[1:].upper() + "======"))
        if str(cid) != text:  # the last two bits belong to no byte: they must be 0
            raise InvalidCid(f"expected a CIDv1 in base32 without spare bits, got {text!r}")
        return cid

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the binary form, 36 bytes; any other bytes are InvalidCid."""
        if len(data) != CID_BYTES or data[0] != 1 or data[2:4] != _SHA2_256:
            raise InvalidCid(
                f"expected the {CID_BYTES} bytes of a CIDv1 of sha2-256, "
                f"got {len(data)} bytes 0x{data[:4].hex()}…"
            )
        return cls(data[1], data[4:])

    def encode(self) -> bytes:
        """Return the binary form, 36 bytes."""
        return bytes([1, self.codec]) + self.multihash

    @property
    def multihash(self) -> bytes:
        """The hash with its kind and length, 34 bytes: the same for either codec."""
        return _SHA2_256 + self.digest

    def __str__(self) -> str:
        return "b" + b32encode(self.encode()).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes under a CID. Not checked when made (that is a whole hash): see `require_match`."""

    cid: Cid
    data: bytes

    @classmethod
    def of(cls, data: bytes, codec: int = RAW) -> Self:
        """Return the block of these bytes, under the CID that they have."""
        return cls(Cid(codec, sha256(data)), data)

    def require_match(self) -> Self:
        """Return the block itself, or raise InvalidBlock: not the bytes of that CID, or too many.

        Whoever takes a block from a store, a node or an archive calls this first.
        """
        if len(self.data) > MAX_BLOCK:
            raise InvalidBlock(
                f"expected at most {MAX_BLOCK} bytes in a block, got {len(self.data)}"
            )
        found = sha256(self.data)
        if found != self.cid.digest:
            raise InvalidBlock(
                f"expected the bytes of {self.cid}, got others, of SHA-256 {found.hex()}"
            )
        return self


def encode_varint(value: int) -> bytes:
    """Return an unsigned varint (LEB128)."""
    out = bytearray()
    while value >= _MORE:
        out.append(value % _MORE | _MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the varint at that place and where it ends; at most 9 bytes, the shortest form."""
    value = 0
    for count, byte in enumerate(data[at : at + 9]):
        value |= byte % _MORE << 7 * count
        if byte < _MORE:
            if count and not byte:
                break
            return value, at + count + 1
    raise InvalidBlock("expected a varint of at most 9 bytes in its shortest form")
