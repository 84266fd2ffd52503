"""The operator, who sees all that is submitted before it is anchored: leaf hashes only."""

from dataclasses import replace

import pytest

from ledger.adapters.index import SqlIndex
from ledger.claim import Claim
from ledger.errors import InvalidManifest
from ledger.leaf import Disclosed, Leaf
from ledger.report import Check, Verdict
from ledger.signed import SignedClaim, sign_claim
from tests.ledger.factories import author_key
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World, hidden, shown


def test_a_leaf_hash_tells_the_operator_nothing_that_could_be_claimed(world: World) -> None:
    claim = world.claim("alice", WORK)
    submitted = hidden(claim)
    assert submitted.signed is None
    assert submitted.leaf_hash != Leaf.of(world.claim("alice", WORK, salt="another")).hash
    # who knows work, author, details and even the signature's shape still lacks 32 random bytes
    for guessed in range(256):
        salt = bytes(31) + bytes([guessed])
        guess = replace(claim.claim, salt=salt)
        signed = sign_claim(claim.home, guess, author_key("alice"), claim.details)  # type: ignore[arg-type]
        assert Leaf.of(signed).hash != submitted.leaf_hash


def test_an_operator_who_anchors_first_what_it_was_sent_anchors_the_author_s_commitment(
    any_world: World, index: SqlIndex
) -> None:
    world = any_world
    claim = world.claim("alice", WORK)
    submitted = hidden(claim)
    # the operator takes the leaf hash into a ledger of its own, before it anchors the author's
    theirs, ours = world.ledger("the operator's"), world.ledger("the author's")
    theirs.anchor(submitted)
    ours.anchor(submitted)
    world.syncing(index).run()
    assert index.claims_on(WORK, 10) == []  # nothing is claimed: the operator has nothing to show
    # final: the author discloses, and the operator, who now knows the work, claims it too
    ours.anchor(world.claim("carol", b"\1" * 32), disclosures=((0, claim),))
    late = world.claim("operator", WORK)
    theirs.anchor(late)
    report = verify(world, index, ours.receipt(claim))
    assert report.verdict is Verdict.VERIFIED
    assert outcome(report, Check.PRIORITY) == "earliest_disclosed"
    thief = verify(world, index, theirs.receipt(late))
    assert thief.verdict is Verdict.EARLIER_CLAIM
    assert claim.claim.author.hex() in thief.summary


def test_a_leaf_hash_cannot_be_disclosed_as_anything_but_what_its_author_signed(
    world: World, index: SqlIndex
) -> None:
    claim = world.claim("alice", WORK)
    theirs = world.ledger("the operator's")
    theirs.anchor(hidden(claim))
    mine = world.claim("operator", WORK)
    with pytest.raises(InvalidManifest, match="to have the leaf hash beside it"):
        Disclosed(Leaf.of(claim).hash, mine)
    # said all the same, in a manifest's bytes
    theirs.anchor(world.claim("carol", b"\1" * 32), disclosures=((0, mine),))
    world.syncing(index).run()
    assert index.claim(mine.id) is None
    # and as a receipt: the proof of the copied leaf hash proves nothing of another claim
    borrowed = replace(theirs.receipt(claim), signed=mine)
    report = verify(world, index, borrowed)
    assert report.verdict is Verdict.FAILED
    assert outcome(report, Check.INCLUSION) == "bad_proof"


def test_whatever_part_of_a_claim_is_made_one_s_own_it_is_another_leaf(world: World) -> None:
    claim = world.claim("alice", WORK)
    thief = world.claim("operator", WORK)
    changes = [
        replace(claim, signature=thief.signature),
        replace(claim, claim=replace(claim.claim, author=thief.claim.author)),
        replace(claim, claim=replace(claim.claim, salt=b"\0" * 32)),
        replace(claim, home=replace(claim.home, chain_id=1)),
    ]
    hashes = {Leaf.of(one).hash for one in (claim, *changes)}
    assert len(hashes) == 5
    assert isinstance(claim, SignedClaim)
    assert isinstance(claim.claim, Claim)
    assert shown(claim).leaf_hash == hidden(claim).leaf_hash
