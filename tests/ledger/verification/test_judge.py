"""The whole judgment: which checks are made, what the report says, and on whose word."""

from dataclasses import replace

from ledger.anchor import ClockRule, Interval
from ledger.cid import Cid
from ledger.details import Details
from ledger.digest import Digest
from ledger.disclosure import disclose
from ledger.key import Place, Withdrawn
from ledger.policy import Policy
from ledger.process import ProcessLog
from ledger.receipt import Receipt
from ledger.report import Check, Report, Verdict, outcomes
from ledger.step import Step
from ledger.verification.availability import Availability
from ledger.verification.evidence import (
    Evidence,
    Heads,
    Proven,
    Remembered,
    Sighting,
    Unasked,
)
from ledger.verification.judge import CHECKS, judge
from tests.ledger.domain_factories import (
    BLOCK,
    CODE_HASH,
    LOCAL,
    OTHER,
    changed,
    claim_of,
    evidence_of,
    index_of,
    keys_of,
    rival_of,
)
from tests.ledger.factories import CHAIN, CONTRACT, GENESIS_TIME, HOME, word
from tests.ledger.state_factories import MANIFEST

GOOD = evidence_of()
assert GOOD.receipt is not None
RECEIPT: Receipt = GOOD.receipt
SIGNED, ANCHOR = RECEIPT.signed, RECEIPT.anchors[0]
TIME = GENESIS_TIME + 12 * BLOCK
assert RECEIPT.inclusion is not None
PROVEN = Proven(
    ANCHOR.block_hash,
    BLOCK,
    TIME,
    RECEIPT.inclusion.checkpoint.root,
    bytes(32),
    MANIFEST,
    trusted=True,
)
SEEN = Remembered(Interval(5, 9), "valid", "in_force", 200, CHAIN)
ALONE = Evidence(signed=SIGNED, receipt=RECEIPT, offline=True)


def report(evidence: Evidence, policy: Policy | None = None) -> Report:
    return judge(evidence, policy or Policy())


def test_the_checks_are_numbered_from_one_and_reported_in_that_order() -> None:
    assert [number for number, _ in CHECKS] == list(range(1, 11))
    assert {check for _, check in CHECKS} == set(Check)
    made = [finding.check for finding in report(GOOD).findings]
    assert made == [check for _, check in CHECKS]


def test_an_honest_receipt_is_verified_and_says_all_it_rests_on() -> None:
    said = report(GOOD)
    assert (said.verdict, said.work) == (Verdict.VERIFIED, str(Digest(SIGNED.claim.work)))
    assert outcomes(said.findings) == {
        Check.INTEGRITY: "match",
        Check.SIGNATURE: "valid",
        Check.KEY: "valid",
        Check.INCLUSION: "proven",
        Check.CHAIN: "public",
        Check.FINALITY: "finalized",
        Check.PROCESS: "absent",
        Check.STANDING: "in_force",
        Check.PRIORITY: "earliest_disclosed",
        Check.AVAILABILITY: "retrievable",
    }
    assert said.claim is not None
    assert (said.claim.id, said.claim.author) == (SIGNED.id, SIGNED.claim.author)
    assert said.claim.home_chain == HOME.chain_id
    assert said.existed_by is not None
    assert (said.existed_by.chain_id, said.existed_by.block) == (CHAIN.chain_id, BLOCK)
    assert said.existed_by.interval == Interval(TIME - 15, TIME + 60)
    trust = said.trust
    assert (trust.chain, trust.contract, trust.code_hash) == (CHAIN, CONTRACT, CODE_HASH)
    assert (trust.node, trust.index_reached) == ("a node", 10**6)
    assert "This claim is verified" in said.summary


def test_the_same_evidence_gives_the_same_report() -> None:
    assert report(GOOD) == report(evidence_of())


def test_each_exit_code_is_provoked_and_summed_up() -> None:
    bob = rival_of(claim_of("bob"), BLOCK - 1)
    withdrawn = Withdrawn(HOME, SIGNED.claim.author, SIGNED.id, Place(BLOCK + 1, 0, 0), bytes(32))
    cases = {
        Verdict.FAILED: (
            replace(GOOD, digest=Digest(word("another"))),
            "This does not hold: expected sha256:",
        ),
        Verdict.REORGANISED: (
            changed(GOOD, canonical_hash=word("another")),
            "The chain dropped this claim's anchor: block 100",
        ),
        Verdict.VOID: (
            replace(GOOD, keys=keys_of(withdrawn)),
            "This claim no longer counts: the author withdrew it in block 101",
        ),
        Verdict.EARLIER_CLAIM: (
            replace(GOOD, index=index_of(bob, rival_of(SIGNED))),
            "Somebody else claimed this work earlier: 0x",
        ),
        Verdict.UNKNOWN: (ALONE, "This can't be decided here: the home chain could not be asked"),
        Verdict.NOT_FOUND: (
            Evidence(digest=Digest(word("another"))),
            "No disclosed claim on this work was found",
        ),
        Verdict.PENDING: (
            replace(GOOD, receipt=Receipt(SIGNED), sightings=()),
            "This claim waits: it is not final on a chain yet.",
        ),
        Verdict.VERIFIED: (GOOD, "This claim is verified"),
    }
    for verdict, (evidence, summary) in cases.items():
        said = report(evidence)
        assert said.verdict is verdict
        assert said.summary.startswith(summary), said.summary
    assert set(cases) == set(Verdict)


def test_a_malformed_receipt_fails_with_the_reason() -> None:
    said = report(Evidence(malformed="not a receipt: it was cut off"))
    assert said.verdict is Verdict.FAILED
    assert [finding.check for finding in said.findings] == [Check.INTEGRITY]
    assert "it was cut off" in said.summary
    assert (said.work, said.claim, said.existed_by) == (None, None, None)


def test_an_earlier_bare_claim_leaves_the_claim_verified() -> None:
    mine = claim_of(process=b"\7" * 32, steps=4)
    evidence = replace(
        evidence_of(mine), index=index_of(rival_of(claim_of("bob"), BLOCK - 1), rival_of(mine))
    )
    said = report(evidence)
    assert outcomes(said.findings)[Check.PRIORITY] == "earlier_bare_claim"
    assert said.verdict is Verdict.VERIFIED


def test_priority_and_availability_never_make_it_unknown() -> None:
    for evidence in (
        replace(GOOD, index=None),
        replace(GOOD, availability=None),
        replace(GOOD, availability=Availability()),
        replace(GOOD, index=None, availability=None),
    ):
        said = report(evidence)
        assert said.verdict is Verdict.VERIFIED
        assert outcomes(said.findings)[Check.AVAILABILITY] in (
            *("retrievable", "missing", "unknown"),
        )


def test_a_shown_log_that_is_not_the_claim_s_own_fails() -> None:
    log = ProcessLog(word("log"), word("secret"), (Step.of({"kind": "generate"}),))
    details = Details("image/png", 1, log=log.log_id)
    mine = claim_of(process=log.root, steps=1, details=details)
    own = replace(evidence_of(mine), disclosure=disclose(log, {0: None}))
    assert report(own).verdict is Verdict.VERIFIED
    for evidence in (
        replace(GOOD, disclosure=own.disclosure),
        replace(GOOD, disclosure=own.disclosure, digest=None),
        replace(GOOD, disclosure=own.disclosure, digest=Digest(word("another"))),
    ):
        said = report(evidence)
        assert said.verdict is Verdict.FAILED
        assert outcomes(said.findings)[Check.INTEGRITY] == "mismatch"
    found = report(replace(GOOD, disclosure=own.disclosure)).finding(Check.INTEGRITY)
    assert found is not None
    assert found.message == "the process log that was shown is not the claim's own"


def test_a_local_chain_is_the_first_thing_that_is_said() -> None:
    said = report(evidence_of(chain=LOCAL))
    assert said.summary.startswith("LOCAL CHAIN: This claim is verified")


def test_what_a_server_says_is_said_to_be_the_server_s() -> None:
    said = report(replace(GOOD, server="https://seal.example"))
    assert said.summary.endswith("Not recomputed: said by https://seal.example.")
    assert said.trust.node == "not recomputed: said by https://seal.example"
    assert (said.trust.chain, said.trust.index_reached) == (None, 10**6)


def test_offline_the_trust_is_this_home_s_memory_or_the_block_that_the_reader_trusts() -> None:
    said = report(replace(ALONE, remembered=SEEN))
    assert said.verdict is Verdict.VERIFIED
    assert said.existed_by is not None
    assert said.existed_by.interval == SEEN.interval
    assert (said.trust.chain, said.trust.contract) == (CHAIN, CONTRACT)
    assert said.trust.node == "what this home saw before"
    said = report(replace(ALONE, proven=PROVEN))
    assert said.verdict is Verdict.VERIFIED
    assert said.trust.node == f"the block hash 0x{ANCHOR.block_hash.hex()} that you trust"
    assert said.existed_by is not None
    assert said.existed_by.interval is None
    timed = replace(ALONE, proven=replace(PROVEN, rule=ClockRule(60, 15)))
    existed = report(timed).existed_by
    assert existed is not None
    assert existed.interval == Interval(TIME - 15, TIME + 60)
    said = report(replace(ALONE, proven=replace(PROVEN, trusted=False)))
    assert (said.verdict, said.trust.node, said.existed_by) == (Verdict.UNKNOWN, None, None)
    without = report(Evidence(remembered=SEEN))
    assert (without.trust.chain, without.trust.contract) == (CHAIN, None)


def test_a_time_is_told_of_the_anchor_that_is_named_and_of_no_other() -> None:
    elsewhere = replace(SEEN, chain=OTHER)
    said = report(replace(ALONE, remembered=elsewhere, proven=PROVEN))
    assert said.existed_by is not None
    assert said.existed_by.interval is None
    (seen,) = GOOD.sightings
    assert isinstance(seen, Sighting)
    second = replace(ANCHOR, chain_id=2)
    both = replace(RECEIPT, anchors=(ANCHOR, second))
    stranger = replace(seen, anchor=second, canonical_hash=None, event=None)
    assert seen.event is not None
    fine = replace(seen, anchor=second, event=replace(seen.event, anchor=second, timestamp=0))
    existed = report(replace(GOOD, receipt=both, sightings=(fine, seen))).existed_by
    assert existed is not None
    assert existed.interval == Interval(TIME - 15, TIME + 60)
    for sightings in ((stranger, seen), (Unasked(second, "no answer"), seen)):
        evidence = replace(GOOD, receipt=both, sightings=sightings)
        assert report(evidence).existed_by is None  # the weakest anchor: gone, or unknown


def test_a_block_that_is_not_final_is_enough_for_a_policy_that_says_so() -> None:
    fresh = changed(GOOD, heads=Heads(BLOCK, BLOCK - 1, 0))
    assert report(fresh).verdict is Verdict.PENDING
    assert report(fresh, Policy("included")).verdict is Verdict.VERIFIED
    assert report(fresh, Policy("safe")).verdict is Verdict.PENDING


def test_a_check_that_was_not_made_at_all_is_told() -> None:
    said = report(Evidence(receipt=RECEIPT, sightings=GOOD.sightings))
    assert said.verdict is Verdict.UNKNOWN
    assert said.summary == "This can't be decided here: a required check could not be made."


def test_an_unasked_chain_leaves_only_what_was_not_asked_unknown() -> None:
    evidence = replace(GOOD, sightings=(Unasked(ANCHOR, "chain 1 is not in your settings"),))
    said = report(evidence)
    assert said.verdict is Verdict.UNKNOWN
    assert said.summary == "This can't be decided here: chain 1 is not in your settings."
    assert outcomes(said.findings)[Check.INCLUSION] == "proven"
    assert said.trust.chain is None


def test_a_verified_claim_says_who_keeps_the_anchor() -> None:
    cases = {
        "and the chain keeps it.": GOOD,
        "and this home saw the chain keep it.": replace(ALONE, remembered=SEEN),
        "and the block that you trust holds it.": replace(ALONE, proven=PROVEN),
    }
    for said, evidence in cases.items():
        given = report(evidence)
        assert given.verdict is Verdict.VERIFIED
        assert given.summary.endswith(said)


def test_what_was_seen_offline_is_said_in_words() -> None:
    gone = report(replace(ALONE, remembered=replace(SEEN, standing="withdrawn")))
    assert gone.verdict is Verdict.VOID
    assert "no longer counts: withdrawn by its author when this home looked, at block 200" in (
        gone.summary
    )


def test_a_trusted_state_proof_names_the_manifest_to_be_fetched() -> None:
    for proven, said in (
        (None, "the manifest was not asked for"),
        (replace(PROVEN, trusted=False), "the manifest was not asked for"),
        (PROVEN, f"the manifest is {Cid.decode(MANIFEST)}; it was not asked for"),
        (replace(PROVEN, manifest=b"odd"), "the manifest is 0x6f6464, no CID of ours; it was not"),
    ):
        finding = report(replace(ALONE, proven=proven)).finding(Check.AVAILABILITY)
        assert finding is not None
        assert finding.message.startswith(said)
        assert finding.outcome == "unknown"
