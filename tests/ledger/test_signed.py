from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.details import Details
from ledger.digest import sha256
from ledger.errors import InvalidClaim, InvalidSignature
from ledger.secp256k1 import ORDER, address_of_key
from ledger.signed import (
    MAX_SIGNATURE,
    SignedClaim,
    SignedProcessCheckpoint,
    sign_claim,
    signature_digest,
)
from tests.ledger.domain_factories import claim_of, details_said
from tests.ledger.factories import HOME, author_key, signed_process_checkpoint

SIGNED = claim_of()
CHECKPOINT = signed_process_checkpoint("checkpoint")
BOTH: list[SignedClaim | SignedProcessCheckpoint] = [SIGNED, CHECKPOINT]


@settings(max_examples=30, deadline=None)
@given(details=details_said, shown=st.booleans())
def test_a_signed_claim_reads_back_as_it_was_written(details: Details, shown: bool) -> None:
    claim = replace(SIGNED.claim, details=details.digest)
    signed = sign_claim(HOME, claim, author_key("alice"), details)
    signed = signed if shown else replace(signed, details=None)
    again = SignedClaim.from_json(signed.to_json())
    assert again == signed
    assert again.id == signed.id
    assert again.signer == SIGNED.claim.author


def test_a_signed_process_checkpoint_reads_back_as_it_was_written() -> None:
    again = SignedProcessCheckpoint.from_json(CHECKPOINT.to_json())
    assert again == CHECKPOINT
    assert again.signer == CHECKPOINT.checkpoint.author
    assert again.id != SIGNED.id


def test_whoever_holds_the_key_is_the_signer_whatever_the_claim_says() -> None:
    stolen = claim_of("alice", signer=author_key("mallory"))
    assert stolen.signer == address_of_key(author_key("mallory"))
    assert stolen.signer != stolen.claim.author


def test_a_wallet_s_signature_has_no_signer() -> None:
    for signature in (b"\0", b"\1" * MAX_SIGNATURE, bytes(65)):
        assert replace(SIGNED, signature=signature).signer is None
        assert replace(CHECKPOINT, signature=signature).signer is None


def test_the_malleable_twin_of_a_signature_is_nobody_s() -> None:
    s = ORDER - int.from_bytes(SIGNED.signature[32:64], "big")
    v = 55 - SIGNED.signature[64]
    twin = SIGNED.signature[:32] + s.to_bytes(32, "big") + bytes((v,))
    assert replace(SIGNED, signature=twin).signer is None


@pytest.mark.parametrize("signed", BOTH)
@pytest.mark.parametrize("size", [0, MAX_SIGNATURE + 1])
def test_a_signature_of_no_wallet_s_size_is_refused(
    signed: SignedClaim | SignedProcessCheckpoint, size: int
) -> None:
    with pytest.raises(InvalidSignature, match="expected a signature of 65 bytes"):
        replace(signed, signature=bytes(size))


def test_details_that_the_claim_does_not_bind_are_refused() -> None:
    with pytest.raises(InvalidClaim, match="expected the details that the claim binds"):
        replace(SIGNED, details=Details("image/png", 412_001))


@pytest.mark.parametrize("signed", BOTH)
def test_unknown_and_missing_fields_are_refused(
    signed: SignedClaim | SignedProcessCheckpoint,
) -> None:
    said = dict(signed.to_json())
    read = partial(type(signed).from_json)
    with pytest.raises(InvalidClaim, match="unknown field 'zone'"):
        read({**said, "zone": 1})
    for name in said:
        with pytest.raises(InvalidClaim, match=f"expected {name} to be there"):
            read({key: value for key, value in said.items() if key != name})


def test_a_signature_for_one_home_is_no_signature_for_another() -> None:
    # a replay: the same claim, presented as of the author's address on another chain
    other = replace(SIGNED, home=replace(HOME, chain_id=2))
    assert other.id != SIGNED.id
    assert other.signer != SIGNED.claim.author


def test_a_leaf_binds_the_signature_s_sha_256() -> None:
    assert signature_digest(SIGNED.signature) == sha256(SIGNED.signature)


def test_a_signature_that_is_no_hex_is_refused() -> None:
    wrong: Any
    for wrong in (None, 1, "27", "0x", "0x1", "0xAA", "0x" + "00" * (MAX_SIGNATURE + 1)):
        with pytest.raises(InvalidClaim, match="expected signature to"):
            SignedClaim.from_json({**SIGNED.to_json(), "signature": wrong})
