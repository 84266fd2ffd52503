"""Checks 1, 2, 3 and 8: each outcome provoked by evidence."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.anchor import Interval
from ledger.digest import Digest
from ledger.key import Delegated, KeyEvent, Place, Purpose, Revoked, Withdrawn
from ledger.report import Finding
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim
from ledger.verification.claim_checks import (
    check_integrity,
    check_key,
    check_signature,
    check_standing,
    state_of,
    wallet_unasked,
)
from ledger.verification.evidence import Evidence, KeyEvidence, Proven, Remembered
from tests.ledger.domain_factories import BLOCK, claim_of, evidence_of, keys_of
from tests.ledger.factories import CHAIN, HOME, author_key, word

SIGNED = claim_of()
AUTHOR, HELD = SIGNED.claim.author, author_key("delegate")
DELEGATE = address_of_key(HELD)
BY_DELEGATE = claim_of(signer=HELD)
BY_WALLET = replace(SIGNED, signature=b"\1" * 130)
NOTHING = Evidence()
SEEN = Remembered(Interval(5, 9), "valid", "in_force", 200, CHAIN)
UNTOUCHED = Proven(word("block"), BLOCK, 1, word("root"), bytes(32), b"cid", trusted=True)


def outcome(finding: Finding | None) -> str | None:
    return None if finding is None else finding.outcome


def asked(signed: SignedClaim, keys: KeyEvidence | None = None, **more: Any) -> Evidence:  # noqa: ANN401
    return Evidence(signed=signed, keys=keys, **more)


def delegated(block: int = 5, span: tuple[int, int] = (0, 2**40)) -> Delegated:
    place = Place(block, 0, 0)
    return Delegated(HOME, AUTHOR, DELEGATE, Purpose.CLAIMS, *span, place, bytes(32))


def revoked(block: int, key: bytes = DELEGATE) -> Revoked:
    return Revoked(HOME, AUTHOR, key, Place(block, 0, 0), bytes(32))


def test_nothing_is_said_where_nothing_was_found() -> None:
    for check in (check_integrity, check_signature, check_key, check_standing):
        assert check(NOTHING) is None
    assert check_integrity(replace(NOTHING, digest=Digest(word("a file")))) is None
    assert check_integrity(replace(NOTHING, signed=SIGNED)) is None


def test_the_file_matches_or_it_does_not() -> None:
    evidence = evidence_of(SIGNED)
    found = check_integrity(evidence)
    assert found is not None
    assert (found.outcome, "byte for byte" in found.message) == ("match", True)
    found = check_integrity(replace(evidence, from_file=False))
    assert found is not None
    assert (found.outcome, "no file was given" in found.message) == ("match", True)
    found = check_integrity(replace(evidence, digest=Digest(word("another file"))))
    assert found is not None
    assert found.outcome == "mismatch"
    assert SIGNED.claim.work.hex() in found.message
    assert word("another file").hex() in found.message


def test_every_flipped_bit_of_a_file_s_digest_is_a_mismatch() -> None:
    for bit in range(256):
        flipped = bytearray(SIGNED.claim.work)
        flipped[bit // 8] ^= 1 << bit % 8
        evidence = replace(evidence_of(SIGNED), digest=Digest(bytes(flipped)))
        assert outcome(check_integrity(evidence)) == "mismatch"


def test_what_is_no_receipt_is_malformed() -> None:
    assert outcome(check_integrity(replace(NOTHING, malformed="it ends early"))) == "malformed"


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (asked(SIGNED), "valid"),  # the author's own key needs nobody's word
        (asked(SIGNED, keys_of(revoked(1, AUTHOR))), "valid"),  # whether it was good: check 3
        (asked(BY_DELEGATE, keys_of(delegated())), "valid"),
        (asked(BY_DELEGATE, keys_of(delegated(), revoked(6))), "valid"),
        (asked(BY_DELEGATE, keys_of(delegated(BLOCK + 1))), "valid"),
        (asked(BY_DELEGATE, keys_of()), "invalid"),
        (asked(BY_DELEGATE, keys_of(revoked(5))), "invalid"),
        (asked(BY_DELEGATE), "unknown"),
        (asked(BY_DELEGATE, remembered=SEEN), "valid"),
        (asked(BY_DELEGATE, remembered=replace(SEEN, key="unknown")), "unknown"),
        (asked(BY_WALLET), "unknown"),
        (asked(BY_WALLET, keys_of()), "invalid"),
        (asked(BY_WALLET, replace(keys_of(), has_code=True)), "unknown"),
        (asked(BY_WALLET, replace(keys_of(), has_code=True, accepted=True)), "valid"),
        (asked(BY_WALLET, replace(keys_of(), has_code=True, accepted=False)), "invalid"),
        (asked(BY_WALLET, replace(keys_of(), has_code=False, accepted=True)), "invalid"),
        (asked(BY_DELEGATE, replace(keys_of(), has_code=True, accepted=True)), "valid"),
        (asked(BY_DELEGATE, replace(keys_of(delegated()), has_code=True)), "valid"),
        (asked(BY_DELEGATE, replace(keys_of(), has_code=True)), "unknown"),
        (asked(BY_WALLET, remembered=SEEN), "valid"),
    ],
)
def test_a_signature_is_the_author_s_or_their_delegate_s_or_their_wallet_s(
    evidence: Evidence, said: str
) -> None:
    assert outcome(check_signature(evidence)) == said


@pytest.mark.parametrize(
    ("events", "signed", "said"),
    [
        ((), SIGNED, "valid"),
        ((revoked(BLOCK - 1, AUTHOR),), SIGNED, "revoked_before"),
        ((revoked(BLOCK, AUTHOR),), SIGNED, "revoked_after"),
        ((delegated(),), BY_DELEGATE, "valid"),
        ((delegated(BLOCK),), BY_DELEGATE, "not_yet"),
        ((delegated(span=(0, 5)),), BY_DELEGATE, "expired"),
        ((delegated(), revoked(BLOCK - 1)), BY_DELEGATE, "revoked_before"),
        ((delegated(), revoked(BLOCK)), BY_DELEGATE, "revoked_after"),
        ((), BY_DELEGATE, "unknown"),  # check 2 says that it is a stranger's
        ((), BY_WALLET, "unknown"),
    ],
)
def test_a_key_is_judged_by_the_home_chain_at_the_anchored_time(
    events: tuple[KeyEvent, ...], signed: SignedClaim, said: str
) -> None:
    assert outcome(check_key(asked(signed, keys_of(*events)))) == said


def test_a_wallet_that_accepts_stands_for_the_author_s_own_key() -> None:
    accepts = replace(keys_of(), has_code=True, accepted=True)
    assert state_of(BY_WALLET, accepts).value == "valid"
    retired = replace(accepts, events=(revoked(5, AUTHOR),))
    assert state_of(BY_WALLET, retired).value == "revoked_before"
    assert state_of(BY_WALLET, replace(accepts, accepted=False)).value == "stranger"
    assert wallet_unasked(BY_WALLET, replace(accepts, accepted=None))
    assert not wallet_unasked(SIGNED, replace(accepts, accepted=None))
    assert not wallet_unasked(BY_WALLET, accepts)
    assert not wallet_unasked(BY_WALLET, keys_of())


def withdrawn(author: bytes, claim: bytes) -> Withdrawn:
    return Withdrawn(HOME, author, claim, Place(120, 0, 0), bytes(32))


def test_a_claim_is_in_force_until_its_author_withdraws_it() -> None:
    for events, said in (
        ((), "in_force"),
        ((withdrawn(AUTHOR, SIGNED.id),), "withdrawn"),
        ((withdrawn(AUTHOR, word("another")),), "in_force"),
        ((withdrawn(DELEGATE, SIGNED.id),), "in_force"),
    ):
        assert outcome(check_standing(asked(SIGNED, keys_of(*events)))) == said


@pytest.mark.parametrize("check", [check_key, check_standing])
def test_without_the_home_chain_the_home_remembers_or_it_is_unknown(check: Any) -> None:  # noqa: ANN401
    assert outcome(check(asked(SIGNED))) == "unknown"
    good = "valid" if check is check_key else "in_force"
    seen = check(asked(SIGNED, remembered=SEEN))
    assert (seen.outcome, "block 200" in seen.message) == (good, True)
    gone = replace(SEEN, key="revoked_before", standing="withdrawn")
    assert outcome(check(asked(SIGNED, remembered=gone))) in ("revoked_before", "withdrawn")
    # what the chain says now outweighs what was seen
    assert outcome(check(asked(SIGNED, keys_of(), remembered=gone))) == good


@pytest.mark.parametrize("check", [check_key, check_standing])
def test_a_trusted_state_without_any_key_event_tells_that_the_key_was_untouched(
    check: Any,  # noqa: ANN401
) -> None:
    good = "valid" if check is check_key else "in_force"
    assert outcome(check(asked(SIGNED, proven=UNTOUCHED))) == good
    for other in (
        replace(UNTOUCHED, trusted=False),
        replace(UNTOUCHED, history=None),
        replace(UNTOUCHED, history=word("some event")),
    ):
        assert outcome(check(asked(SIGNED, proven=other))) == "unknown"
    assert outcome(check(asked(BY_DELEGATE, proven=UNTOUCHED))) == "unknown"
