from dataclasses import replace

import pytest

from ledger.digest import sha256
from ledger.errors import InvalidClaim, InvalidManifest
from ledger.leaf import Disclosed, Kind, Leaf
from ledger.signed import SignedClaim
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import author_key, signed_process_checkpoint

SIGNED = claim_of()
CHECKPOINT = signed_process_checkpoint("checkpoint")


def test_a_leaf_is_kind_typed_hash_and_signature_digest_under_rfc_9162() -> None:
    data = b"\1" + SIGNED.id + sha256(SIGNED.signature)
    assert Leaf.of(SIGNED).data == data
    assert Leaf.of(SIGNED).hash == sha256(b"\0" + data)
    data = b"\2" + CHECKPOINT.id + sha256(CHECKPOINT.signature)
    assert Leaf.of(CHECKPOINT).kind is Kind.PROCESS_CHECKPOINT
    assert Leaf.of(CHECKPOINT).hash == sha256(b"\0" + data)


def test_every_flipped_bit_of_a_leaf_changes_its_hash() -> None:
    leaf = Leaf.of(SIGNED)
    hashes = {leaf.hash, replace(leaf, kind=Kind.PROCESS_CHECKPOINT).hash}
    for bit in range(256):
        flip = (1 << bit).to_bytes(32, "big")
        for name in ("typed_hash", "signature_digest"):
            flipped = bytes(a ^ b for a, b in zip(getattr(leaf, name), flip, strict=True))
            hashes.add(replace(leaf, **{name: flipped}).hash)  # type: ignore[arg-type]
    assert len(hashes) == 2 + 512


def test_a_leaf_of_hashes_of_another_size_is_refused() -> None:
    for typed, signature in ((bytes(31), bytes(32)), (bytes(32), bytes(33))):
        with pytest.raises(InvalidClaim, match="32 bytes each"):
            Leaf(Kind.CLAIM, typed, signature)


def test_whoever_copies_a_leaf_hash_cannot_disclose_it_as_theirs() -> None:
    # a thief who saw the leaf hash, and later the claim, has only another signature to offer
    copied = Leaf.of(SIGNED).hash
    for theirs in (
        claim_of("mallory", SIGNED.claim.work),
        claim_of("alice", SIGNED.claim.work, signer=author_key("mallory")),
        replace(SIGNED, signature=SIGNED.signature[:-1] + bytes((55 - SIGNED.signature[-1],))),
    ):
        with pytest.raises(InvalidManifest, match="the leaf hash beside it"):
            Disclosed(copied, theirs)


def test_a_leaf_is_disclosed_by_what_was_signed_or_stays_opaque() -> None:
    assert Disclosed(Leaf.of(SIGNED).hash, SIGNED).signed == SIGNED
    assert Disclosed(Leaf.of(SIGNED).hash).signed is None
    assert isinstance(SIGNED, SignedClaim)


def test_equal_claims_with_other_salts_have_other_leaf_hashes() -> None:
    assert Leaf.of(SIGNED).hash != Leaf.of(claim_of(salt="another")).hash
