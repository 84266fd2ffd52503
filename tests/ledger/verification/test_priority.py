"""Check 9: whose claim on the work was anchored first, and whether it outweighs this one."""

from dataclasses import replace

import pytest

from ledger.anchor import ClockRule
from ledger.key import Place, Revoked, Withdrawn
from ledger.report import UNKNOWN
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.verification.evidence import Evidence, IndexEvidence, KeyEvidence, Rival
from ledger.verification.priority import check_priority
from tests.ledger.domain_factories import (
    BLOCK,
    LOCAL,
    OTHER,
    RULE,
    claim_of,
    index_of,
    keys_of,
    rival_of,
)
from tests.ledger.factories import CHAIN, HOME, author_key, word

LOG = {"process": b"\7" * 32, "steps": 4}
ALICE = claim_of("alice", **LOG)  # type: ignore[arg-type]
BOB = claim_of("bob", **LOG)  # type: ignore[arg-type]
BARE_BOB = claim_of("bob")
MINE = rival_of(ALICE)
TOLD = f"index at block {10**6}; 1 ledger followed, 2 closed commitments, 0 missing manifests"


def said(
    *others: Rival, signed: SignedClaim = ALICE, mine: Rival = MINE, grade: str = "anchored_at_end"
) -> str:
    evidence = Evidence(signed=signed, index=index_of(*others, mine))
    found = check_priority(evidence, grade)
    assert found is not None
    assert TOLD in found.message
    return found.outcome


def test_without_an_index_or_before_it_holds_the_claim_priority_is_unknown() -> None:
    assert check_priority(Evidence(), "absent") is None
    found = check_priority(Evidence(signed=ALICE), "absent")
    assert found is not None
    assert found.outcome == UNKNOWN
    behind = Evidence(signed=ALICE, index=index_of(rival_of(BOB, BLOCK - 1)))
    found = check_priority(behind, "absent")
    assert found is not None
    assert (found.outcome, "does not hold this claim yet" in found.message) == (UNKNOWN, True)


def test_the_only_claim_is_the_earliest_disclosed_and_no_more_is_said() -> None:
    assert said() == "earliest_disclosed"
    found = check_priority(Evidence(signed=ALICE, index=index_of(MINE)), "absent")
    assert found is not None
    assert found.message.startswith(f"earliest disclosed at block {BLOCK}")


def test_an_earlier_claim_by_another_author_outweighs_a_later_one_of_the_same_grade() -> None:
    earlier = rival_of(BOB, BLOCK - 1)
    assert said(earlier) == "earlier_claim"
    found = check_priority(Evidence(signed=ALICE, index=index_of(MINE, earlier)), "anchored_at_end")
    assert found is not None
    assert f"0x{BOB.claim.author.hex()} claimed it at block {BLOCK - 1}" in found.message


def test_a_later_claim_changes_nothing() -> None:
    assert said(rival_of(BOB, BLOCK + 1)) == "earliest_disclosed"


def test_an_earlier_claim_with_a_lower_grade_does_not_outweigh() -> None:
    # anyone can anchor a stranger's published image first
    assert said(rival_of(BARE_BOB, BLOCK - 1)) == "earlier_bare_claim"
    assert said(rival_of(BOB, BLOCK - 1), grade="recorded_live") == "earlier_bare_claim"
    assert said(rival_of(BARE_BOB, BLOCK - 1), grade="reconstructed") == "earlier_bare_claim"


def test_between_two_bare_claims_the_earlier_outweighs() -> None:
    bare = claim_of("alice")
    earlier = rival_of(BARE_BOB, BLOCK - 1)
    assert said(earlier, signed=bare, mine=rival_of(bare), grade="absent") == "earlier_claim"


def test_a_grade_that_is_not_known_weighs_as_what_the_claim_binds() -> None:
    assert said(rival_of(BOB, BLOCK - 1), grade=UNKNOWN) == "earlier_claim"
    assert said(rival_of(BARE_BOB, BLOCK - 1), grade=UNKNOWN) == "earlier_bare_claim"


def test_of_several_earlier_claims_one_that_outweighs_is_told_first() -> None:
    rivals = (rival_of(BARE_BOB, BLOCK - 2), rival_of(claim_of("carol", **LOG), BLOCK - 1))  # type: ignore[arg-type]
    assert said(*rivals) == "earlier_claim"


def test_in_one_block_nobody_is_first() -> None:
    assert said(rival_of(BOB)) == "same_batch"
    assert said(rival_of(BOB), rival_of(BARE_BOB, BLOCK - 1)) == "earlier_bare_claim"


def test_an_author_is_no_rival_of_themselves() -> None:
    again = claim_of("alice", salt="again", **LOG)  # type: ignore[arg-type]
    assert said(rival_of(again, BLOCK - 1)) == "earliest_disclosed"


def test_an_address_on_another_home_chain_is_another_author() -> None:
    elsewhere = claim_of("alice", home=Home(10, HOME.contract), **LOG)  # type: ignore[arg-type]
    assert said(rival_of(elsewhere, BLOCK - 1)) == "earlier_claim"


def with_keys(signed: SignedClaim, keys: KeyEvidence | None, block: int = BLOCK - 1) -> Rival:
    return replace(rival_of(signed, block), keys=keys)


AUTHOR = BOB.claim.author
RETIRED = Revoked(HOME, AUTHOR, AUTHOR, Place(5, 0, 0), bytes(32))
RETIRED_LATER = replace(RETIRED, place=Place(BLOCK + 5, 0, 0))
WITHDRAWN = Withdrawn(HOME, AUTHOR, BOB.id, Place(BLOCK + 5, 0, 0), bytes(32))
BY_STRANGER = claim_of("bob", signer=author_key("mallory"), **LOG)  # type: ignore[arg-type]
BY_WALLET = replace(BOB, signature=b"\1" * 130)
WALLET = replace(keys_of(), has_code=True)


@pytest.mark.parametrize(
    ("rival", "outcome"),
    [
        (with_keys(BOB, keys_of(RETIRED)), "earliest_disclosed"),
        (with_keys(BOB, keys_of(RETIRED_LATER)), "earlier_claim"),
        (with_keys(BOB, keys_of(WITHDRAWN)), "earliest_disclosed"),
        (with_keys(BY_STRANGER, keys_of()), "earliest_disclosed"),
        (with_keys(BY_WALLET, keys_of()), "earliest_disclosed"),
        (with_keys(BY_WALLET, replace(WALLET, accepted=True)), "earlier_claim"),
        (with_keys(BY_WALLET, replace(WALLET, accepted=False)), "earliest_disclosed"),
        (with_keys(BY_WALLET, WALLET), UNKNOWN),  # only the wallet could tell
        (with_keys(BOB, None), UNKNOWN),  # the home chain was not asked
        (with_keys(BOB, None, BLOCK + 1), "earliest_disclosed"),
        (with_keys(BOB, None, BLOCK), "earliest_disclosed"),
    ],
)
def test_only_a_claim_that_is_verified_and_in_force_is_a_rival(rival: Rival, outcome: str) -> None:
    assert said(rival) == outcome


def test_a_known_earlier_claim_is_told_before_one_that_is_not_known() -> None:
    unasked = with_keys(claim_of("carol", **LOG), None, BLOCK - 5)  # type: ignore[arg-type]
    assert said(unasked, rival_of(BOB, BLOCK - 1)) == "earlier_claim"
    assert said(unasked, rival_of(BARE_BOB, BLOCK - 1)) == "earlier_bare_claim"
    assert said(unasked, rival_of(BOB)) == UNKNOWN


def test_across_chains_claims_are_ordered_by_disjoint_times_alone() -> None:
    # a block has a time every 12 seconds from the same second on; RULE widens it by 75 in all
    assert said(rival_of(BOB, BLOCK - 7, OTHER)) == "earlier_claim"
    assert said(rival_of(BOB, BLOCK - 6, OTHER)) == UNKNOWN
    assert said(rival_of(BOB, BLOCK, OTHER)) == UNKNOWN
    assert said(rival_of(BOB, BLOCK + 6, OTHER)) == UNKNOWN
    assert said(rival_of(BOB, BLOCK + 7, OTHER)) == "earliest_disclosed"
    loose = ClockRule(1_800, 1_800)
    assert said(rival_of(BOB, BLOCK - 7, OTHER, rule=loose)) == UNKNOWN
    assert (RULE.behind, RULE.ahead) == (60, 15)


def test_a_local_chain_s_claims_are_ordered_among_themselves_and_with_no_others() -> None:
    mine = rival_of(ALICE, chain=LOCAL)
    assert said(rival_of(BOB, BLOCK - 1, LOCAL), mine=mine) == "earlier_claim"
    assert said(rival_of(BOB, BLOCK - 99, CHAIN), mine=mine) == UNKNOWN
    assert said(rival_of(BOB, BLOCK - 99, LOCAL)) == UNKNOWN


def test_an_index_says_how_far_it_has_got_and_what_it_lacks() -> None:
    evidence = Evidence(signed=ALICE, index=IndexEvidence(7, index_of().counts, (MINE,)))
    found = check_priority(evidence, "absent")
    assert found is not None
    assert "index at block 7; 1 ledger followed, 2 closed commitments" in found.message
    assert address_of_key(author_key("alice")) == ALICE.claim.author
    assert word("x") != word("y")
