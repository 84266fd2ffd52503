"""The curve: signing, and recovering the key that signed. libsecp256k1 by coincurve where it is.

coincurve 21 has no wheel for Python 3.14; there eth_keys' pure Python serves, a hundred times
slower (5 ms a recovery) and with the same answers.
"""

from .errors import InvalidSignature
from .keccak import keccak256

try:
    from .secp256k1_coincurve import public_key, recover_public_key, sign_recoverable
except ImportError:  # pragma: no cover - only where coincurve has no wheel; tests call both
    from .secp256k1_pure import public_key, recover_public_key, sign_recoverable

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2 §2.4.1
HALF_ORDER = ORDER // 2
SIGNATURE_BYTES = 65
KEY_BYTES = 32
_V = (27, 28)


def address_of_key(private_key: bytes) -> bytes:
    """Return the 20-byte address of a 32-byte private key; InvalidSignature if it is none."""
    _require_key(private_key)
    return keccak256(public_key(private_key))[12:]


def sign_digest(digest: bytes, private_key: bytes) -> bytes:
    """Return r ‖ s ‖ v over a 32-byte digest: 65 bytes, s low, v 27 or 28, by RFC 6979."""
    _require_key(private_key)
    signature = sign_recoverable(digest, private_key)
    return signature[:64] + bytes((signature[64] + 27,))


def recover_address(digest: bytes, signature: bytes) -> bytes:
    """Return the 20-byte address whose key made this signature over a 32-byte digest.

    One signature has one form here: 65 bytes, s in the lower half (EIP-2), v 27 or 28. Another
    form of the same signature would be another leaf, so it raises InvalidSignature.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidSignature(f"expected a signature of 65 bytes, got {len(signature)}")
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:64], "big")
    if not 0 < r < ORDER or not 0 < s < ORDER:
        raise InvalidSignature("expected r and s within the curve's order, got one outside")
    if s > HALF_ORDER:
        raise InvalidSignature("expected s in the lower half of the order (EIP-2), got the upper")
    if signature[64] not in _V:
        raise InvalidSignature(f"expected v 27 or 28, got {signature[64]}")
    return keccak256(recover_public_key(digest, signature[:64] + bytes((signature[64] - 27,))))[12:]


def _require_key(private_key: bytes) -> None:
    if len(private_key) != KEY_BYTES or not 0 < int.from_bytes(private_key, "big") < ORDER:
        raise InvalidSignature("expected a private key of 32 bytes within the curve's order")
