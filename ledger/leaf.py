"""What the tree holds: a claim or a process checkpoint, as a commitment that hides it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from .chain import HASH_BYTES
from .errors import InvalidClaim, InvalidManifest
from .merkle import leaf_hash
from .signed import SignedClaim, SignedProcessCheckpoint, signature_digest

Signed = SignedClaim | SignedProcessCheckpoint


class Kind(IntEnum):
    """The leaf's first byte: what was signed."""

    CLAIM = 1
    PROCESS_CHECKPOINT = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    """Kind, typed hash (32 bytes) and the signature's SHA-256 (32 bytes).

    The typed hash holds 32 random bytes of salt, so the leaf hash tells nothing of the work; and
    it holds author and signature, so whoever copies a leaf hash can never disclose it as theirs.
    """

    kind: Kind
    typed_hash: bytes
    signature_digest: bytes

    def __post_init__(self) -> None:
        if len(self.typed_hash) != HASH_BYTES or len(self.signature_digest) != HASH_BYTES:
            raise InvalidClaim("expected a typed hash and a signature digest of 32 bytes each")

    @classmethod
    def of(cls, signed: Signed) -> Self:
        """Return the leaf that commits to what was signed."""
        kind = Kind.CLAIM if isinstance(signed, SignedClaim) else Kind.PROCESS_CHECKPOINT
        return cls(kind, signed.id, signature_digest(signed.signature))

    @property
    def data(self) -> bytes:
        """The 65 bytes that the tree's leaf hash covers."""
        return bytes((self.kind,)) + self.typed_hash + self.signature_digest

    @property
    def hash(self) -> bytes:
        """The leaf hash: SHA-256(0x00 ‖ data), RFC 9162 §2.1.1."""
        return leaf_hash(self.data)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A leaf hash and, if it is disclosed, what was signed."""

    leaf_hash: bytes
    signed: Signed | None = None

    def __post_init__(self) -> None:
        if self.signed is not None and Leaf.of(self.signed).hash != self.leaf_hash:
            raise InvalidManifest("expected what was signed to have the leaf hash beside it")
