"""secp256k1 in pure Python (eth_keys), for Pythons that coincurve has no wheel for."""

from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature

from .errors import InvalidSignature

_CURVE = NativeECCBackend()


def public_key(private_key: bytes) -> bytes:
    """Return the 64 bytes of the uncompressed public key, without its prefix."""
    return _CURVE.private_key_to_public_key(PrivateKey(private_key)).to_bytes()


def sign_recoverable(digest: bytes, private_key: bytes) -> bytes:
    """Return r ‖ s ‖ recovery id, 65 bytes, with s low."""
    return _CURVE.ecdsa_sign(digest, PrivateKey(private_key)).to_bytes()


def recover_public_key(digest: bytes, signature: bytes) -> bytes:
    """Return the 64 bytes of the public key that signed; InvalidSignature if there is none."""
    try:
        return _CURVE.ecdsa_recover(digest, Signature(signature)).to_bytes()
    except (BadSignature, ValueError) as cause:
        raise InvalidSignature("no key could have made this signature") from cause
