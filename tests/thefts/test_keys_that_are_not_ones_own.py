"""Delegates and thieves of keys: what they can sign, and what they can't."""

import pytest

from ledger.adapters.clocks import SystemClock
from ledger.adapters.index import SqlIndex
from ledger.errors import InvalidInput, TransactionReverted
from ledger.report import Check, Verdict
from ledger.secp256k1 import address_of_key
from ledger.services.ordering import withdrawal
from tests.cells import send
from tests.ledger.factories import author_key
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World

DELEGATE = author_key("delegate")
ADDRESS = address_of_key(DELEGATE)


def test_a_delegate_signs_claims_and_withdraws_none(any_world: World, index: SqlIndex) -> None:
    world = any_world
    world.delegate("alice", ADDRESS)
    ours = world.ledger()
    claim = world.claim("alice", WORK, signer=DELEGATE)
    ours.anchor(claim)
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED
    with pytest.raises(TransactionReverted):
        send(
            world.chain,
            world.contracts.keys,
            world.withdrawal(claim.claim.author, claim.id, DELEGATE),
        )
    with pytest.raises(InvalidInput, match="a delegate can't withdraw"):
        withdrawal(world.reader, world.contracts, claim, DELEGATE, SystemClock())
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_whoever_withdraws_another_s_claim_withdraws_nothing(
    any_world: World, index: SqlIndex
) -> None:
    world = any_world
    ours, claim = world.ledger(), world.claim("alice", WORK)
    ours.anchor(claim)
    world.withdraw("mallory", claim.id)  # the contract takes it: it can't tell whose claim it is
    report = verify(world, index, ours.receipt(claim))
    assert report.verdict is Verdict.VERIFIED
    assert outcome(report, Check.STANDING) == "in_force"
    with pytest.raises(TransactionReverted):
        send(
            world.chain,
            world.contracts.keys,
            world.withdrawal(claim.claim.author, claim.id, author_key("mallory")),
        )
    world.withdraw("alice", claim.id)
    report = verify(world, index, ours.receipt(claim))
    assert report.verdict is Verdict.VOID
    assert outcome(report, Check.STANDING) == "withdrawn"


def test_a_withdrawn_claim_outweighs_nobody_and_keeps_its_place(
    world: World, index: SqlIndex
) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    first, second = world.claim("alice", WORK), world.claim("bob", WORK)
    ours.anchor(first)
    theirs.anchor(second)
    assert verify(world, index, theirs.receipt(second)).verdict is Verdict.EARLIER_CLAIM
    world.withdraw("alice", first.id)
    assert verify(world, index, theirs.receipt(second)).verdict is Verdict.VERIFIED
    placed = index.claim(first.id)
    assert placed is not None
    assert placed.anchored.anchor == ours.anchors[0]


def test_a_thief_of_a_delegate_s_key_signs_nothing_after_its_revocation(
    world: World, index: SqlIndex
) -> None:
    world.delegate("alice", ADDRESS)
    ours = world.ledger()
    before = world.claim("alice", WORK, signer=DELEGATE)
    ours.anchor(before)
    world.revoke("alice", ADDRESS)
    after = world.claim("alice", WORK, signer=DELEGATE, salt="stolen")
    ours.anchor(after)
    report = verify(world, index, ours.receipt(before))
    assert report.verdict is Verdict.VERIFIED
    assert outcome(report, Check.KEY) == "revoked_after"
    report = verify(world, index, ours.receipt(after))
    assert report.verdict is Verdict.VOID
    assert outcome(report, Check.KEY) == "revoked_before"


def test_a_thief_of_the_author_s_key_signs_nothing_after_its_retirement(
    world: World, index: SqlIndex
) -> None:
    author = address_of_key(author_key("alice"))
    world.delegate("alice", ADDRESS)  # by the thief, in time: it ends with the key
    world.revoke("alice", author)
    ours = world.ledger()
    for signer in (None, DELEGATE):
        stolen = world.claim("alice", WORK, signer=signer, salt=signer)
        ours.anchor(stolen)
        report = verify(world, index, ours.receipt(stolen))
        assert report.verdict is Verdict.VOID
        assert outcome(report, Check.KEY) == "revoked_before"
    with pytest.raises(TransactionReverted):
        world.delegate("alice", b"\1" * 20)


def test_a_key_let_sign_only_later_or_only_until_then_makes_no_claim(
    world: World, index: SqlIndex
) -> None:
    ours, now = world.ledger(), world.head.timestamp
    early = world.claim("alice", WORK, signer=DELEGATE, salt="early")
    ours.anchor(early)
    world.delegate("alice", ADDRESS, span=(0, now - 1))
    late = world.claim("alice", WORK, signer=DELEGATE, salt="late")
    ours.anchor(late)
    world.delegate("alice", ADDRESS, span=(now + 10**6, now + 2 * 10**6))
    soon = world.claim("alice", WORK, signer=DELEGATE, salt="soon")
    ours.anchor(soon)
    for claim, said in ((early, "not_yet"), (late, "expired"), (soon, "not_yet")):
        report = verify(world, index, ours.receipt(claim))
        assert report.verdict is Verdict.VOID
        assert outcome(report, Check.KEY) == said


def test_a_key_for_process_checkpoints_makes_no_claim(world: World, index: SqlIndex) -> None:
    world.delegate("alice", ADDRESS, purposes=2)
    ours = world.ledger()
    claim = world.claim("alice", WORK, signer=DELEGATE)
    ours.anchor(claim)
    report = verify(world, index, ours.receipt(claim))
    assert report.verdict is Verdict.FAILED
    assert outcome(report, Check.SIGNATURE) == "invalid"


def test_a_void_claim_outweighs_nobody(world: World, index: SqlIndex) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    world.revoke("mallory", address_of_key(author_key("mallory")))
    stolen, claim = world.claim("mallory", WORK), world.claim("alice", WORK)
    theirs.anchor(stolen)
    ours.anchor(claim)
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED
    assert verify(world, index, theirs.receipt(stolen)).verdict is Verdict.VOID
