"""Keccak-256: the hash that the EVM speaks (the padding before FIPS 202)."""

from Crypto.Hash import keccak as _keccak


def keccak256(data: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256 of `data` (Ethereum yellow paper, appendix A)."""
    return _keccak.new(data=data, digest_bits=256).digest()
