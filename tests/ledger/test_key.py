"""Whose key it was, and when: an author's key events in the chain's order."""

import pytest

from ledger.key import (
    Delegated,
    KeyEvent,
    Place,
    Purpose,
    Revoked,
    Withdrawn,
    key_state,
    withdrawn_at,
)
from tests.ledger.factories import HOME, word

AUTHOR, DELEGATE, OTHER = b"\1" * 20, b"\2" * 20, b"\3" * 20
CLAIM = word("claim")
BOTH = Purpose.CLAIMS | Purpose.PROCESS_CHECKPOINTS


def place(block: int) -> Place:
    return Place(block, 0, 1_000 + block)


def delegated(
    block: int, key: bytes = DELEGATE, purposes: int = BOTH, span: tuple[int, int] = (0, 9_999)
) -> Delegated:
    return Delegated(HOME, AUTHOR, key, purposes, *span, place(block), bytes(32))


def revoked(block: int, key: bytes = DELEGATE) -> Revoked:
    return Revoked(HOME, AUTHOR, key, place(block), bytes(32))


def withdrawn(block: int, author: bytes = AUTHOR, claim: bytes = CLAIM) -> Withdrawn:
    return Withdrawn(HOME, author, claim, place(block), bytes(32))


def state(
    *events: KeyEvent,
    signer: bytes = DELEGATE,
    purpose: Purpose = Purpose.CLAIMS,
    time: int = 1_100,
) -> str:
    return key_state(events, AUTHOR, signer, purpose, block=100, time=time).value


def test_the_author_s_own_key_is_theirs_until_they_revoke_it_for_good() -> None:
    assert state(signer=AUTHOR) == "valid"
    assert state(withdrawn(5), delegated(6), revoked(7), signer=AUTHOR) == "valid"
    assert state(revoked(100, AUTHOR), signer=AUTHOR) == "revoked_before"
    assert state(revoked(101, AUTHOR), signer=AUTHOR) == "revoked_after"
    assert state(revoked(5, AUTHOR), delegated(6, AUTHOR), signer=AUTHOR) == "revoked_before"


def test_a_key_that_was_never_delegated_is_a_stranger_s() -> None:
    assert state() == "stranger"
    assert state(delegated(5, OTHER), withdrawn(6)) == "stranger"
    assert state(revoked(5)) == "stranger"  # revoked to be safe, never let sign
    assert state(revoked(101)) == "stranger"
    theirs = Delegated(HOME, OTHER, DELEGATE, BOTH, 0, 9_999, place(5), bytes(32))
    assert state(theirs) == "stranger"  # delegated by somebody else


def test_a_delegate_signs_for_the_purpose_that_it_was_given() -> None:
    only_claims = delegated(5, purposes=Purpose.CLAIMS)
    assert state(only_claims) == "valid"
    assert state(only_claims, purpose=Purpose.PROCESS_CHECKPOINTS) == "stranger"
    assert state(delegated(5, purposes=Purpose.PROCESS_CHECKPOINTS)) == "stranger"
    later = delegated(101, purposes=Purpose.PROCESS_CHECKPOINTS)
    assert state(later) == "stranger"


@pytest.mark.parametrize(
    ("time", "said"),
    [(499, "not_yet"), (500, "valid"), (900, "valid"), (901, "expired")],
)
def test_a_delegation_holds_from_its_first_second_to_its_last(time: int, said: str) -> None:
    assert state(delegated(5, span=(500, 900)), time=time) == said


def test_a_key_is_judged_at_the_end_of_the_block_before_the_anchor() -> None:
    assert state(delegated(100)) == "valid"
    assert state(delegated(101)) == "not_yet"
    assert state(delegated(5), revoked(100)) == "revoked_before"
    # a thief can anchor in the revocation's own block: it counts as after
    assert state(delegated(5), revoked(101)) == "revoked_after"


def test_a_later_delegation_replaces_the_terms_of_an_earlier_one() -> None:
    assert state(delegated(5, span=(0, 500)), delegated(6)) == "valid"
    assert state(delegated(5), delegated(6, span=(0, 500))) == "expired"
    assert state(delegated(5), revoked(6), delegated(7)) == "valid"
    narrowed = delegated(6, purposes=Purpose.PROCESS_CHECKPOINTS)
    assert state(delegated(5), narrowed) == "revoked_before"


def test_what_came_after_the_anchor_changes_only_a_valid_key() -> None:
    assert state(delegated(5, span=(0, 500)), revoked(101)) == "expired"
    assert state(delegated(5), delegated(101, span=(0, 1))) == "valid"


def test_only_the_author_withdraws_their_claim() -> None:
    assert withdrawn_at((), AUTHOR, CLAIM) is None
    events = (revoked(3), withdrawn(4, OTHER), withdrawn(5, claim=word("another")))
    assert withdrawn_at(events, AUTHOR, CLAIM) is None
    assert withdrawn_at((*events, withdrawn(6), withdrawn(7)), AUTHOR, CLAIM) == place(6)


def test_an_author_s_retirement_ends_the_delegations_of_whoever_had_the_key() -> None:
    assert state(delegated(99), revoked(100, AUTHOR)) == "revoked_before"
    assert state(delegated(99), revoked(101, AUTHOR)) == "revoked_after"
    assert state(revoked(99, AUTHOR)) == "stranger"
