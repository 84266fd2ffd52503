"""Forged receipts, manifests and chains: made by whoever has everything but the first place."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger import merkle
from ledger.adapters.index import SqlIndex
from ledger.errors import InvalidReceipt, LedgerError, TransactionReverted
from ledger.leaf import Leaf
from ledger.receipt import Inclusion, Receipt
from ledger.report import Check, Verdict
from ledger.services.verifying import Question
from tests.open_worlds import embedded_world, founded_chain
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World, hidden


def test_somebody_else_s_local_chain_proves_nothing_here(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    # on a chain of one's own anyone can set the clock, and be first
    template = founded_chain(tmp_path / "template", 2**47 + 99)
    with embedded_world(template, tmp_path / "elsewhere") as elsewhere:
        theirs, claim = elsewhere.ledger(), elsewhere.claim("mallory", WORK)
        theirs.anchor(claim)
        receipt = theirs.receipt(claim)
        assert elsewhere.verify(receipt).verdict is Verdict.VERIFIED
    world.ledger().anchor(world.claim("alice", WORK))
    report = verify(world, index, receipt)
    assert report.verdict is Verdict.UNKNOWN
    assert outcome(report, Check.FINALITY) == "unknown"


def test_a_local_chain_of_the_same_id_is_told_by_its_genesis(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    key = bytes(31) + b"\x0a"
    template = founded_chain(tmp_path / "template", world.identity.chain_id, key)
    with embedded_world(template, tmp_path / "elsewhere", key) as elsewhere:
        assert elsewhere.identity != world.identity
        theirs, claim = elsewhere.ledger(), elsewhere.claim("mallory", WORK)
        theirs.anchor(claim)
        receipt = theirs.receipt(claim)
        # the thief's claims are in the index, if it ever followed that chain
        elsewhere.syncing(index).run()
    ours, honest = world.ledger(), world.claim("alice", WORK)
    ours.anchor(honest)
    report = verify(world, index, receipt)
    assert report.verdict is Verdict.UNKNOWN
    assert "another genesis" in report.summary
    report = verify(world, index, ours.receipt(honest))
    assert report.verdict is Verdict.VERIFIED
    assert outcome(report, Check.PRIORITY) != "earlier_claim"


def test_a_copy_of_one_s_own_local_chain_that_went_another_way_is_another(
    founded: Path, world: World, index: SqlIndex, tmp_path: Path
) -> None:
    # even its genesis is the same: its blocks are not
    with embedded_world(founded, tmp_path / "elsewhere") as elsewhere:
        assert elsewhere.identity == world.identity
        theirs, claim = elsewhere.ledger("theirs"), elsewhere.claim("mallory", WORK)
        theirs.anchor(claim)
        receipt = theirs.receipt(claim)
    assert verify(world, index, receipt).verdict is Verdict.UNKNOWN  # not there yet
    ours, honest = world.ledger(), world.claim("alice", WORK)
    for salt in range(5):
        ours.anchor(hidden(world.claim(salt=salt)))
    ours.anchor(honest)
    assert verify(world, index, receipt).verdict is Verdict.REORGANISED
    assert verify(world, index, ours.receipt(honest)).verdict is Verdict.VERIFIED


def test_a_forged_manifest_adds_no_claim(any_world: World, index: SqlIndex) -> None:
    # the thief pins, for a batch of their own or of others, lines that are not the batch's
    world = any_world
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    thief, claim = world.claim("mallory", WORK), world.claim("alice", WORK)
    scratch = world.ledger("scratch")
    scratch.anchor(thief, publish=False)
    forged = scratch.manifests[0].replace(scratch.id.hex().encode(), theirs.id.hex().encode())
    theirs.anchor(hidden(world.claim("carol", b"\1" * 32)), manifest=forged)
    ours.anchor(claim)
    later = world.ledger("later")
    later.anchor(hidden(world.claim("carol", b"\2" * 32)))
    later.anchor(hidden(thief), manifest=forged, publish=False)
    world.syncing(index).run()
    assert index.claim(thief.id) is None
    assert [one.signed for one in index.claims_on(WORK, 10)] == [claim]
    assert index.counts(world.identity).missing_manifests == 3
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_a_history_rewritten_is_refused_by_the_contract(any_world: World) -> None:
    world = any_world
    theirs = world.ledger("theirs")
    theirs.anchor(hidden(world.claim("carol", b"\1" * 32)), hidden(world.claim("dave", b"\2" * 32)))
    theirs.leaves[0] = hidden(world.claim("mallory", WORK))  # as if it had been there first
    with pytest.raises(TransactionReverted):
        theirs.anchor(hidden(world.claim("erin", b"\3" * 32)))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_no_other_index_or_size_holds_under_the_same_root(
    world: World, index: SqlIndex, size: int
) -> None:
    # a root does not bind its size: many wrong pairs prove a leaf at another index
    ours = world.ledger()
    claims = [world.claim("alice", WORK, salt=n) for n in range(size)]
    ours.anchor(*map(hidden, claims))
    world.syncing(index).run()
    moved = 0
    for position in {0, size // 2, size - 1}:
        receipt = ours.receipt(claims[position])
        true = receipt.inclusion
        assert true is not None
        for wrong_size in range(1, 2 * size + 4):
            for wrong in range(wrong_size):
                if (wrong, wrong_size) == (position, size):
                    continue
                at = replace(true.checkpoint, size=wrong_size)
                forged = replace(receipt, inclusion=Inclusion(wrong, at, true.proof))
                proves = merkle.verify_inclusion(
                    Leaf.of(claims[position]).hash, wrong, wrong_size, list(true.proof), at.root
                )
                if not proves:
                    continue
                moved += 1
                report = verify(world, index, forged)
                assert report.verdict is Verdict.FAILED
                assert outcome(report, Check.INCLUSION) == "bad_proof"
    print(f"size {size}: {moved} wrong pairs under the same root, all refused")


def test_a_receipt_that_names_another_anchor_fails(world: World, index: SqlIndex) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim, thief = world.claim("alice", WORK), world.claim("mallory", WORK)
    early = ours.anchor(claim)
    theirs.anchor(thief)
    receipt = theirs.receipt(thief)
    assert receipt.inclusion is not None
    # backdated to the author's own anchor
    for forged in (
        replace(receipt, anchors=(early,)),
        replace(
            receipt,
            anchors=(early,),
            inclusion=replace(
                receipt.inclusion, checkpoint=replace(receipt.inclusion.checkpoint, ledger=ours.id)
            ),
        ),
        replace(receipt, anchors=(early,), inclusion=ours.receipt(claim).inclusion),
    ):
        report = verify(world, index, forged)
        assert report.verdict is Verdict.FAILED
        assert outcome(report, Check.INCLUSION) == "bad_proof"
    backdated = replace(receipt.anchors[0], block_number=early.block_number)
    report = verify(world, index, replace(receipt, anchors=(backdated,)))
    assert report.verdict is Verdict.REORGANISED


def test_what_is_not_the_one_encoding_of_a_receipt_is_refused(
    world: World, index: SqlIndex
) -> None:
    ours, claim = world.ledger(), world.claim("alice", WORK)
    ours.anchor(claim)
    data = ours.receipt(claim).encode()
    for changed in (data[:-1], data + b"\n", b" " + data, data.replace(b":1", b":1.0", 1)):
        with pytest.raises(InvalidReceipt):
            Receipt.decode(changed)
        report = world.verifying(index).answer(Question(receipt=changed))
        assert report.verdict is Verdict.FAILED
    assert issubclass(InvalidReceipt, LedgerError)
