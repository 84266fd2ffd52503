"""A claim, or a process checkpoint, with the signature that makes it its author's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from .claim import Claim
from .details import Details
from .digest import sha256
from .encoding import Json, hex_of
from .errors import InvalidClaim, InvalidSignature
from .fields import Fields
from .secp256k1 import SIGNATURE_BYTES, recover_address, sign_digest
from .signing import Home, ProcessCheckpoint, claim_id, process_checkpoint_hash

# A key signs 65 bytes; a contract wallet (EIP-1271) whatever it likes: 15 multisig owners fit.
MAX_SIGNATURE = 1024
MIN_SIGNATURE = 1


@dataclass(frozen=True)
class SignedClaim:
    """A claim, the home it is signed for, the signature, and the details if they are disclosed."""

    home: Home
    claim: Claim
    signature: bytes
    details: Details | None = None

    def __post_init__(self) -> None:
        _check_signature(self.signature)
        if self.details is not None and self.details.digest != self.claim.details:
            raise InvalidClaim("expected the details that the claim binds, got others")

    @cached_property
    def id(self) -> bytes:
        """The claim's id: the EIP-712 digest, 32 bytes."""
        return claim_id(self.home, self.claim)

    @cached_property
    def signer(self) -> bytes | None:
        """The address whose key signed, by ecrecover; None if no key made this signature."""
        return _signer(self.id, self.signature)

    def to_json(self) -> Mapping[str, Json]:
        """Return the signed claim as its JSON object (details are null where undisclosed)."""
        return {
            "claim": self.claim.to_json(),
            "details": None if self.details is None else self.details.to_json(),
            "home": self.home.to_json(),
            "signature": hex_of(self.signature),
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the signed claim from its JSON object."""
        fields = Fields(value, "signed claim", InvalidClaim)
        details = fields.take("details")
        signed = cls(
            home=Home.from_json(fields.take("home")),
            claim=Claim.from_json(fields.take("claim")),
            signature=fields.binary("signature", MIN_SIGNATURE, MAX_SIGNATURE),
            details=None if details is None else Details.from_json(details),
        )
        fields.done()
        return signed


@dataclass(frozen=True)
class SignedProcessCheckpoint:
    """A process checkpoint, the home it is signed for, and the signature."""

    home: Home
    checkpoint: ProcessCheckpoint
    signature: bytes

    def __post_init__(self) -> None:
        _check_signature(self.signature)

    @cached_property
    def id(self) -> bytes:
        """The EIP-712 digest, 32 bytes."""
        return process_checkpoint_hash(self.home, self.checkpoint)

    @cached_property
    def signer(self) -> bytes | None:
        """The address whose key signed, by ecrecover; None if no key made this signature."""
        return _signer(self.id, self.signature)

    def to_json(self) -> Mapping[str, Json]:
        """Return the signed process checkpoint as its JSON object."""
        return {
            "checkpoint": self.checkpoint.to_json(),
            "home": self.home.to_json(),
            "signature": hex_of(self.signature),
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the signed process checkpoint from its JSON object."""
        fields = Fields(value, "signed process checkpoint", InvalidClaim)
        signed = cls(
            home=Home.from_json(fields.take("home")),
            checkpoint=ProcessCheckpoint.from_json(fields.take("checkpoint")),
            signature=fields.binary("signature", MIN_SIGNATURE, MAX_SIGNATURE),
        )
        fields.done()
        return signed


def sign_claim(home: Home, claim: Claim, private_key: bytes, details: Details) -> SignedClaim:
    """Sign a claim with a 32-byte private key (the author's, or their delegate's)."""
    return SignedClaim(home, claim, sign_digest(claim_id(home, claim), private_key), details)


def sign_process_checkpoint(
    home: Home, checkpoint: ProcessCheckpoint, private_key: bytes
) -> SignedProcessCheckpoint:
    """Sign a process checkpoint with a 32-byte private key."""
    signature = sign_digest(process_checkpoint_hash(home, checkpoint), private_key)
    return SignedProcessCheckpoint(home, checkpoint, signature)


def signature_digest(signature: bytes) -> bytes:
    """Return the SHA-256 of a signature: what a leaf binds of it."""
    return sha256(signature)


def _check_signature(signature: bytes) -> None:
    if not MIN_SIGNATURE <= len(signature) <= MAX_SIGNATURE:
        raise InvalidSignature(
            f"expected a signature of {SIGNATURE_BYTES} bytes (a contract wallet's may have "
            f"{MIN_SIGNATURE} to {MAX_SIGNATURE}), got {len(signature)}"
        )


def _signer(digest: bytes, signature: bytes) -> bytes | None:
    try:
        return recover_address(digest, signature)
    except InvalidSignature:
        return None
