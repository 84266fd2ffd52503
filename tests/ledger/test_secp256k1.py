"""The curve against eth_account, and its two back ends against each other."""

import pytest
from eth_keys.datatypes import PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import secp256k1, secp256k1_coincurve, secp256k1_pure
from ledger.errors import InvalidSignature
from ledger.secp256k1 import HALF_ORDER, ORDER, address_of_key, recover_address, sign_digest
from tests.ledger.factories import word

KEYS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
DIGESTS = st.binary(min_size=32, max_size=32)
KEY = word("key")
DIGEST = word("digest")
GOOD = sign_digest(DIGEST, KEY)
BACK_ENDS = (secp256k1_coincurve, secp256k1_pure)


def signature(r: int, s: int, v: int = 27) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((v,))


def parts(data: bytes) -> tuple[int, int, int]:
    return int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big"), data[64]


def not_on_the_curve() -> int:
    """Return a small x for which x³ + 7 is no square."""
    prime = 2**256 - 2**32 - 977
    return next(x for x in range(1, 99) if pow(x**3 + 7, (prime - 1) // 2, prime) != 1)


@settings(max_examples=25, deadline=None)
@given(key=KEYS, digest=DIGESTS)
def test_both_back_ends_and_eth_keys_sign_and_recover_alike(key: bytes, digest: bytes) -> None:
    native, pure = (one.sign_recoverable(digest, key) for one in BACK_ENDS)
    assert native == pure
    assert sign_digest(digest, key) == native[:64] + bytes((native[64] + 27,))
    oracle = PrivateKey(key).public_key
    for one in BACK_ENDS:
        assert one.public_key(key) == oracle.to_bytes() == one.recover_public_key(digest, native)
    assert address_of_key(key) == oracle.to_canonical_address()
    assert recover_address(digest, sign_digest(digest, key)) == address_of_key(key)


@settings(max_examples=25, deadline=None)
@given(r=st.integers(1, ORDER - 1), s=st.integers(1, HALF_ORDER), v=st.sampled_from((0, 1)))
def test_both_back_ends_recover_the_same_key_or_none(r: int, s: int, v: int) -> None:
    said: list[bytes | None] = []
    for one in BACK_ENDS:
        try:
            said.append(one.recover_public_key(DIGEST, signature(r, s, v)))
        except InvalidSignature:
            said.append(None)
    assert said[0] == said[1]


R, S, V = parts(GOOD)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (GOOD[:64], "65 bytes, got 64"),
        (GOOD + b"\0", "65 bytes, got 66"),
        (b"", "65 bytes, got 0"),
        (signature(R, ORDER - S, 55 - V), "lower half"),
        (signature(R, HALF_ORDER + 1, V), "lower half"),
        (signature(R, S, 0), "v 27 or 28, got 0"),
        (signature(R, S, 1), "v 27 or 28, got 1"),
        (signature(R, S, 26), "v 27 or 28, got 26"),
        (signature(R, S, 29), "v 27 or 28, got 29"),
        (signature(R, S, 255), "v 27 or 28, got 255"),
        (signature(0, S, V), "within the curve's order"),
        (signature(ORDER, S, V), "within the curve's order"),
        (signature(2**256 - 1, S, V), "within the curve's order"),
        (signature(R, 0, V), "within the curve's order"),
        (signature(R, ORDER, V), "within the curve's order"),
        (signature(0, 0, 0), "within the curve's order"),
        (signature(not_on_the_curve(), S, V), "no key could have made"),
    ],
)
def test_a_signature_in_another_form_is_refused(bad: bytes, why: str) -> None:
    with pytest.raises(InvalidSignature, match=why):
        recover_address(DIGEST, bad)


def test_a_point_that_is_not_on_the_curve_is_refused_by_both_back_ends() -> None:
    for one in BACK_ENDS:
        with pytest.raises(InvalidSignature, match="no key could have made"):
            one.recover_public_key(DIGEST, signature(not_on_the_curve(), 1, 0))


def test_the_largest_low_s_is_taken_and_leads_to_some_key() -> None:
    assert len(recover_address(DIGEST, signature(R, HALF_ORDER, V))) == 20


def test_every_flipped_bit_of_a_signature_leads_to_another_signer_or_none() -> None:
    signer = recover_address(DIGEST, GOOD)
    for bit in range(8 * len(GOOD)):
        flipped = bytearray(GOOD)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            assert recover_address(DIGEST, bytes(flipped)) != signer
        except InvalidSignature:
            continue


@pytest.mark.parametrize("key", [b"", bytes(32), KEY[1:], KEY + b"\0", ORDER.to_bytes(32, "big")])
def test_what_is_no_private_key_is_refused(key: bytes) -> None:
    with pytest.raises(InvalidSignature, match="private key of 32 bytes"):
        address_of_key(key)
    with pytest.raises(InvalidSignature, match="private key of 32 bytes"):
        sign_digest(DIGEST, key)


def test_libsecp256k1_serves_where_it_is() -> None:
    serving = vars(secp256k1)["sign_recoverable"]
    assert serving is secp256k1_coincurve.sign_recoverable
