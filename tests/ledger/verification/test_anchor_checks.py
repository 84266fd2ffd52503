"""Checks 4, 5 and 6: each outcome provoked by evidence."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.anchor import ClockRule, Interval
from ledger.checkpoint import Checkpoint
from ledger.receipt import Receipt
from ledger.report import Finding
from ledger.verification.anchor_checks import check_chain, check_finality, check_inclusion
from ledger.verification.evidence import (
    Evidence,
    Heads,
    Proven,
    Remembered,
    Sighting,
    Unasked,
)
from tests.ledger.domain_factories import (
    BLOCK,
    LOCAL,
    OTHER,
    changed,
    claim_of,
    evidence_of,
    receipt_of,
)
from tests.ledger.factories import CHAIN, word

GOOD = evidence_of()
assert GOOD.receipt is not None
RECEIPT: Receipt = GOOD.receipt
assert RECEIPT.inclusion is not None
ROOT = RECEIPT.inclusion.checkpoint.root
ANCHOR = RECEIPT.anchors[0]
(SEEN,) = GOOD.sightings
assert isinstance(SEEN, Sighting)
EVENT = SEEN.event
assert EVENT is not None
ALONE = Evidence(signed=RECEIPT.signed, receipt=RECEIPT, offline=True)
REMEMBERED = Remembered(Interval(5, 9), "valid", "in_force", 200, CHAIN)
PROVEN = Proven(ANCHOR.block_hash, BLOCK, 1, ROOT, bytes(32), b"cid", trusted=True)


def outcome(finding: Finding | None) -> str | None:
    return None if finding is None else finding.outcome


def test_a_leaf_is_proven_pending_or_not_found() -> None:
    assert outcome(check_inclusion(GOOD)) == "proven"
    pending = Receipt(RECEIPT.signed)
    assert outcome(check_inclusion(replace(ALONE, receipt=pending))) == "pending"
    assert outcome(check_inclusion(Evidence())) == "not_found"
    assert outcome(check_inclusion(Evidence(offline=True))) == "unknown"  # nobody was asked
    assert check_inclusion(Evidence(malformed="it ends early")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"index": 1},
        {"proof": ()},
        {"proof": (word("wrong"),) * 3},
        {"checkpoint": Checkpoint(word("ledger"), 5, word("another root"))},
    ],
)
def test_a_proof_that_leads_elsewhere_is_bad(change: dict[str, Any]) -> None:
    assert RECEIPT.inclusion is not None
    forged = replace(RECEIPT, inclusion=replace(RECEIPT.inclusion, **change))
    assert outcome(check_inclusion(replace(ALONE, receipt=forged))) == "bad_proof"


def test_another_s_proof_is_bad_for_this_claim() -> None:
    stolen = replace(RECEIPT, signed=claim_of("mallory"))
    assert outcome(check_inclusion(replace(ALONE, receipt=stolen))) == "bad_proof"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (None, "holds no such anchor"),
        (replace(EVENT, anchor=replace(ANCHOR, log_index=9)), "holds no such anchor"),
        (
            replace(EVENT, checkpoint=replace(EVENT.checkpoint, size=6)),
            "the checkpoint that was anchored there is another one",
        ),
        (
            replace(EVENT, checkpoint=replace(EVENT.checkpoint, ledger=word("another"))),
            "the checkpoint that was anchored there is another one",
        ),
    ],
)
def test_a_chain_that_holds_something_else_contradicts_the_receipt(event: Any, why: str) -> None:  # noqa: ANN401
    found = check_inclusion(changed(GOOD, event=event))
    assert found is not None
    assert (found.outcome, why in found.message) == ("bad_proof", True)


def test_a_block_that_is_gone_and_an_unasked_chain_contradict_nothing() -> None:
    gone = changed(GOOD, canonical_hash=word("another block"), event=None)
    assert outcome(check_inclusion(gone)) == "proven"
    unasked = replace(GOOD, sightings=(Unasked(ANCHOR, "not in the settings"),))
    assert outcome(check_inclusion(unasked)) == "proven"


@pytest.mark.parametrize(
    ("proven", "said"),
    [
        (PROVEN, "proven"),
        (replace(PROVEN, trusted=False), "proven"),
        (replace(PROVEN, root=word("another")), "bad_proof"),
        (replace(PROVEN, block_hash=word("another")), "bad_proof"),
        (replace(PROVEN, block_number=BLOCK - 1), "bad_proof"),
    ],
)
def test_a_state_proof_is_of_the_anchor_s_block_and_of_its_root(proven: Proven, said: str) -> None:
    assert outcome(check_inclusion(replace(ALONE, proven=proven))) == said


def test_evidence_that_proves_nothing_is_a_bad_proof() -> None:
    found = check_inclusion(replace(ALONE, bad_evidence="the state proof does not hold"))
    assert outcome(found) == "bad_proof"


def test_the_kind_of_chain_is_public_local_or_unknown() -> None:
    assert outcome(check_chain(GOOD)) == "public"
    assert outcome(check_chain(evidence_of(chain=LOCAL))) == "local"
    assert outcome(check_chain(replace(ALONE, remembered=REMEMBERED))) == "public"
    local = replace(REMEMBERED, chain=LOCAL)
    found = check_chain(replace(ALONE, remembered=local))
    assert found is not None
    assert found.message.startswith("LOCAL CHAIN")
    assert outcome(check_chain(ALONE)) == "unknown"
    assert check_chain(replace(ALONE, receipt=Receipt(RECEIPT.signed))) is None
    assert check_chain(Evidence()) is None


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        (Heads(BLOCK, BLOCK - 2, BLOCK - 3), "included"),
        (Heads(BLOCK, BLOCK - 1, BLOCK - 1), "included"),
        (Heads(BLOCK + 9, BLOCK, BLOCK - 1), "safe"),
        (Heads(BLOCK + 9, BLOCK + 1, BLOCK), "finalized"),
    ],
)
def test_a_block_is_as_final_as_the_chain_s_own_heads_say(heads: Heads, said: str) -> None:
    assert outcome(check_finality(changed(GOOD, heads=heads))) == said


def test_a_receipt_without_an_anchor_is_unanchored_and_nothing_has_no_finality() -> None:
    pending = replace(ALONE, receipt=Receipt(RECEIPT.signed))
    assert outcome(check_finality(pending)) == "unanchored"
    assert check_finality(Evidence()) is None


def test_another_block_in_its_place_is_a_reorganisation() -> None:
    for canonical in (word("another block"), None):
        gone = changed(GOOD, canonical_hash=canonical)
        assert outcome(check_finality(gone)) == "reorganised"


def test_a_node_that_lags_behind_the_anchor_knows_nothing() -> None:
    lagging = changed(GOOD, canonical_hash=None, heads=Heads(BLOCK - 1, 0, 0))
    found = check_finality(lagging)
    assert found is not None
    assert (found.outcome, "only reached block 99" in found.message) == ("unknown", True)


def test_offline_only_what_was_seen_or_a_trusted_block_is_final() -> None:
    assert outcome(check_finality(ALONE)) == "unknown"
    assert outcome(check_finality(replace(ALONE, remembered=REMEMBERED))) == "finalized"
    elsewhere = replace(REMEMBERED, chain=OTHER)
    assert outcome(check_finality(replace(ALONE, remembered=elsewhere))) == "unknown"
    assert outcome(check_finality(replace(ALONE, proven=PROVEN))) == "finalized"
    untrusted = replace(PROVEN, trusted=False)
    assert outcome(check_finality(replace(ALONE, proven=untrusted))) == "unknown"
    another = replace(PROVEN, block_hash=word("another"))
    assert outcome(check_finality(replace(ALONE, proven=another))) == "unknown"


def test_what_the_chain_says_now_outweighs_what_was_seen_and_what_is_trusted() -> None:
    gone = changed(GOOD, canonical_hash=word("another block"))
    gone = replace(gone, remembered=REMEMBERED, proven=PROVEN)
    assert outcome(check_finality(gone)) == "reorganised"
    # online, memory does not stand in for a chain that could not be asked; a trusted block does
    unasked = replace(
        GOOD, sightings=(Unasked(ANCHOR, "no answer"),), remembered=REMEMBERED, offline=False
    )
    found = check_finality(unasked)
    assert found is not None
    assert (found.outcome, found.message) == ("unknown", "no answer")
    assert outcome(check_finality(replace(unasked, proven=PROVEN))) == "finalized"


def test_every_anchor_of_a_receipt_must_hold_and_the_weakest_speaks() -> None:
    second = replace(ANCHOR, chain_id=2)
    two = replace(RECEIPT, anchors=(ANCHOR, second))
    assert isinstance(SEEN, Sighting)
    other = replace(SEEN, anchor=second, heads=Heads(BLOCK, BLOCK, 0))
    for sightings, said in (
        ((SEEN, other), "safe"),
        ((SEEN,), "unknown"),  # nobody asked about the second
        ((SEEN, Unasked(second, "not in the settings")), "unknown"),
        ((SEEN, replace(other, canonical_hash=word("another"))), "reorganised"),
    ):
        evidence = replace(GOOD, receipt=two, sightings=sightings)
        assert outcome(check_finality(evidence)) == said


def test_a_sighting_stands_while_its_block_is_on_the_chain() -> None:
    assert isinstance(SEEN, Sighting)
    assert SEEN.stands
    assert not replace(SEEN, canonical_hash=None).stands
    assert ClockRule(1, 2).interval(10) == Interval(8, 11)
    assert receipt_of(claim_of()) == RECEIPT
