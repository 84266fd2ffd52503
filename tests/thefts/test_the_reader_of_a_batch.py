"""A reader of the pinned batch: sees every claim that is disclosed, and copies one."""

from dataclasses import replace
from pathlib import Path

from ledger.adapters.index import SqlIndex
from ledger.digest import Digest
from ledger.report import Check, Verdict
from ledger.services.verifying import Question
from tests.ledger.factories import author_key
from tests.open_worlds import embedded_world, founded_chain
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World


def test_who_copies_a_disclosed_claim_under_their_own_name_comes_later(
    any_world: World, index: SqlIndex
) -> None:
    world = any_world
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim, copied = world.claim("alice", WORK), world.claim("mallory", WORK)
    ours.anchor(claim)
    theirs.anchor(copied)
    report = verify(world, index, theirs.receipt(copied))
    assert (report.verdict, report.verdict.word) == (Verdict.EARLIER_CLAIM, "earlier_claim")
    assert int(report.verdict) == 6
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_a_process_made_up_afterwards_does_not_make_the_copy_earlier(
    world: World, index: SqlIndex
) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim = world.claim("alice", WORK, process=True)
    copied = world.claim("mallory", WORK, process=True)
    ours.anchor(claim)
    theirs.anchor(copied)
    assert verify(world, index, theirs.receipt(copied)).verdict is Verdict.EARLIER_CLAIM


def test_the_author_s_own_signed_claim_anchored_again_is_still_the_author_s_and_no_earlier(
    world: World, index: SqlIndex
) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim = world.claim("alice", WORK)
    ours.anchor(claim)
    theirs.anchor(claim)  # a rival's ledger holds the same claim id: one leaf counts
    world.syncing(index).run()
    placed = index.claim(claim.id)
    assert placed is not None
    assert placed.anchored.anchor == ours.anchors[0]
    (only,) = index.claims_on(WORK, 10)
    assert only == placed
    report = verify(world, index, theirs.receipt(claim))
    assert report.claim is not None
    assert report.claim.author == claim.claim.author


def test_one_claim_id_at_two_indexes_counts_once_and_where_it_comes_first(
    world: World, index: SqlIndex
) -> None:
    ours, claim = world.ledger(), world.claim("alice", WORK)
    ours.anchor(world.claim("carol", b"\1" * 32), claim, claim)
    ours.anchor(claim)
    world.syncing(index).run()
    placed = index.claim(claim.id)
    assert placed is not None
    assert (placed.index, placed.anchored.anchor) == (1, ours.anchors[0])
    assert index.counts(world.identity).claims == 2


def test_a_thousand_claims_of_the_thief_s_own_do_not_hide_the_author_s(
    world: World, index: SqlIndex
) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim, copied = world.claim("alice", WORK), world.claim("mallory", WORK)
    ours.anchor(claim)
    theirs.anchor(*(world.claim("mallory", WORK, salt=("spam", n)) for n in range(1_001)))
    theirs.anchor(copied)
    report = verify(world, index, theirs.receipt(copied))
    assert report.verdict is Verdict.EARLIER_CLAIM


def test_a_thousand_claims_on_another_chain_do_not_hide_the_author_s(
    founded: Path, index: SqlIndex, tmp_path: Path
) -> None:
    # the index lists chain by chain: the thief's own come first there, and are later in time
    template = founded_chain(tmp_path / "template", 2**47 + 99)
    with (
        embedded_world(founded, tmp_path / "first") as spammed,
        embedded_world(template, tmp_path / "second") as world,
    ):
        assert spammed.identity.chain_id < world.identity.chain_id
        ours, theirs, spam = world.ledger("ours"), world.ledger("theirs"), spammed.ledger("spam")
        claim, copied = world.claim("alice", WORK), world.claim("mallory", WORK)
        ours.anchor(claim)
        theirs.anchor(copied)
        spam.anchor(*(spammed.claim("mallory", WORK, salt=("spam", n)) for n in range(1_001)))
        spammed.syncing(index).run()
        assert verify(world, index, theirs.receipt(copied)).verdict is Verdict.EARLIER_CLAIM


def test_what_names_another_as_its_author_is_passed_over(world: World, index: SqlIndex) -> None:
    # anybody can anchor a claim in anybody's name; without their signature it is nobody's
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    framed = replace(world.claim("victim", WORK), signature=world.claim("mallory", WORK).signature)
    claim = world.claim("alice", WORK)
    theirs.anchor(framed)
    ours.anchor(claim)
    verifying = world.verifying(index)
    report = verifying.answer(Question(digest=Digest(WORK)))
    assert report.verdict is Verdict.VERIFIED
    assert report.claim is not None
    assert report.claim.author == claim.claim.author
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED
    report = verify(world, index, theirs.receipt(framed))
    assert report.verdict is Verdict.FAILED
    assert outcome(report, Check.SIGNATURE) == "invalid"


def test_where_nobody_signed_as_the_author_the_earliest_such_claim_fails(
    world: World, index: SqlIndex
) -> None:
    theirs = world.ledger("theirs")
    for at in range(3):
        theirs.anchor(world.claim("victim", WORK, salt=at, signer=author_key("mallory")))
    report = world.verifying(index).answer(Question(digest=Digest(WORK)))
    assert report.verdict is Verdict.FAILED
    assert report.existed_by is not None
    assert report.existed_by.block == theirs.anchors[0].block_number
