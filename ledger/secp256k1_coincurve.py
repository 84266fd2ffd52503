"""secp256k1 by libsecp256k1 (coincurve): 20,000 recoveries a second."""

from coincurve import PrivateKey, PublicKey

from .errors import InvalidSignature


def public_key(private_key: bytes) -> bytes:
    """Return the 64 bytes of the uncompressed public key, without its prefix."""
    return PrivateKey(private_key).public_key.format(compressed=False)[1:]


def sign_recoverable(digest: bytes, private_key: bytes) -> bytes:
    """Return r ‖ s ‖ recovery id, 65 bytes, with s low."""
    return PrivateKey(private_key).sign_recoverable(digest, hasher=None)


def recover_public_key(digest: bytes, signature: bytes) -> bytes:
    """Return the 64 bytes of the public key that signed; InvalidSignature if there is none."""
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError as cause:
        raise InvalidSignature("no key could have made this signature") from cause
    return key.format(compressed=False)[1:]
