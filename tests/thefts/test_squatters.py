"""A squatter who claims what others publish: earlier, but with nothing to show for it."""

from ledger.adapters.index import SqlIndex
from ledger.report import Check, Verdict
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World, hidden


def test_a_bare_earlier_claim_does_not_outweigh_an_author_with_a_process(
    any_world: World, index: SqlIndex
) -> None:
    world = any_world
    theirs, ours = world.ledger("theirs"), world.ledger("ours")
    squatting, claim = world.claim("mallory", WORK), world.claim("alice", WORK, process=True)
    theirs.anchor(squatting)
    ours.anchor(claim)
    report = verify(world, index, ours.receipt(claim))
    assert report.verdict is Verdict.VERIFIED
    assert int(report.verdict) == 0
    assert outcome(report, Check.PRIORITY) == "earlier_bare_claim"


def test_who_keeps_no_process_can_be_passed_by_one_made_up_later_and_is_named_all_the_same(
    world: World, index: SqlIndex
) -> None:
    # the price of the rule above: record while you work
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim, copied = world.claim("alice", WORK), world.claim("mallory", WORK, process=True)
    ours.anchor(claim)
    theirs.anchor(copied)
    report = verify(world, index, theirs.receipt(copied))
    assert report.verdict is Verdict.VERIFIED
    priority = report.finding(Check.PRIORITY)
    assert priority is not None
    assert priority.outcome == "earlier_bare_claim"
    assert claim.claim.author.hex() in priority.message
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_between_two_bare_claims_the_earlier_one_outweighs(world: World, index: SqlIndex) -> None:
    theirs, ours = world.ledger("theirs"), world.ledger("ours")
    first, second = world.claim("mallory", WORK), world.claim("alice", WORK)
    theirs.anchor(first)
    ours.anchor(second)
    assert verify(world, index, ours.receipt(second)).verdict is Verdict.EARLIER_CLAIM


def test_a_claim_that_was_committed_first_and_disclosed_later_is_first(
    world: World, index: SqlIndex
) -> None:
    # priority is the commitment's: a thief who sees the disclosure is later than the leaf hash
    theirs, ours = world.ledger("theirs"), world.ledger("ours")
    claim, copied = world.claim("alice", WORK), world.claim("mallory", WORK)
    ours.anchor(hidden(claim))
    theirs.anchor(copied)
    report = verify(world, index, theirs.receipt(copied))
    assert report.verdict is Verdict.VERIFIED  # "earliest disclosed", and one commitment is closed
    priority = report.finding(Check.PRIORITY)
    assert priority is not None
    assert "1 closed commitments" in priority.message
    ours.anchor(world.claim("carol", b"\1" * 32), disclosures=((0, claim),))
    assert verify(world, index, theirs.receipt(copied)).verdict is Verdict.EARLIER_CLAIM
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_in_one_block_nobody_is_first(world: World, index: SqlIndex) -> None:
    ours = world.ledger()
    first, second = world.claim("mallory", WORK), world.claim("alice", WORK)
    ours.anchor(first, second)  # the operator orders within a block
    for claim in (first, second):
        report = verify(world, index, ours.receipt(claim))
        assert report.verdict is Verdict.VERIFIED
        assert outcome(report, Check.PRIORITY) == "same_batch"
