"""Verifying: what is asked for each question, and what is answered when nobody can be asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.adapters.memory import FolderMemory
from ledger.chain import Log
from ledger.digest import Digest
from ledger.errors import ChainUnreachable, StoreUnavailable
from ledger.policy import Policy
from ledger.ports import Index
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.services.verifying import Question, Verifying
from ledger.verification.evidence import Remembered
from tests.ledger.factories import word
from tests.liars import LyingReader
from tests.questions import WORK, ask, outcomes, sealed
from tests.worlds import World, hidden


class Full(FolderMemory):
    """A memory on a disk that is full, in a folder that nobody may read."""

    def keep(self, *_: object) -> None:
        raise StoreUnavailable("no space left")

    def recall(self, _: object) -> Remembered | None:
        raise StoreUnavailable("no permission")


class Down(LyingReader):
    """A node that does not answer."""

    def block(self, *_: object) -> None:
        raise ChainUnreachable("no answer")

    def logs(self, *_: object) -> Sequence[Log]:
        raise ChainUnreachable("no answer")


def test_a_claim_that_stands_is_verified_in_all_that_it_rests_on(
    world: World, index: SqlIndex
) -> None:
    report = world.verifying(index).answer(ask(sealed(world)))
    assert report.verdict is Verdict.VERIFIED
    assert outcomes(report) == {
        "integrity": "match",
        "signature": "valid",
        "key": "valid",
        "inclusion": "proven",
        "chain": "local",
        "finality": "finalized",
        "process": "absent",
        "standing": "in_force",
        "priority": "earliest_disclosed",
        "availability": "retrievable",
    }
    assert report.trust.chain == world.identity
    assert report.trust.contract == world.contracts.ledgers
    assert report.trust.code_hash == world.contracts.ledgers_code
    assert report.trust.index_reached == world.head.number
    assert report.existed_by is not None
    assert report.existed_by.interval is not None


def test_what_was_seen_final_is_verified_offline_later_and_only_that(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    memory = FolderMemory(tmp_path / "seen")
    receipt = sealed(world)
    offline = Verifying(world.contracts, memory=memory)
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.UNKNOWN
    online = replace(world.verifying(index), memory=memory)
    assert online.answer(ask(receipt)).verdict is Verdict.VERIFIED
    report = offline.answer(ask(receipt, offline=True))
    assert report.verdict is Verdict.VERIFIED
    assert report.trust.node == "what this home saw before"
    anchor = replace(receipt.anchors[0], log_index=9)
    other = replace(receipt, anchors=(anchor,))
    assert offline.answer(ask(other, offline=True)).verdict is Verdict.UNKNOWN
    assert Verifying(world.contracts).answer(ask(receipt, offline=True)).verdict == 8


def test_a_withdrawal_that_was_seen_is_remembered(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    memory = FolderMemory(tmp_path / "seen")
    receipt = sealed(world)
    online = replace(world.verifying(index), memory=memory)
    assert online.answer(ask(receipt)).verdict is Verdict.VERIFIED
    world.withdraw("alice", receipt.signed.id)
    assert online.answer(ask(receipt)).verdict is Verdict.VOID
    offline = Verifying(world.contracts, memory=memory)
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.VOID


def test_a_later_claim_is_not_remembered_as_if_it_were_the_first(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    memory = FolderMemory(tmp_path / "seen")
    sealed(world)
    theirs, copied = world.ledger("theirs"), world.claim("mallory", WORK)
    theirs.anchor(copied)
    receipt = theirs.receipt(copied)
    online = replace(world.verifying(index), memory=memory)
    assert online.answer(ask(receipt)).verdict is Verdict.EARLIER_CLAIM
    offline = Verifying(world.contracts, memory=memory)
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.UNKNOWN


def test_what_is_overturned_later_is_forgotten(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    memory = FolderMemory(tmp_path / "seen")
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    mine, copied = world.claim("alice", WORK), world.claim("mallory", WORK)
    ours.anchor(hidden(mine))
    theirs.anchor(copied)
    receipt = theirs.receipt(copied)
    online = replace(world.verifying(index), memory=memory)
    offline = Verifying(world.contracts, memory=memory)
    assert online.answer(ask(receipt)).verdict is Verdict.VERIFIED
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.VERIFIED
    changed = replace(ask(receipt), digest=Digest.of(b"another file"), from_file=True)
    assert online.answer(changed).verdict is Verdict.FAILED
    assert memory.recall(receipt) is not None  # it is the file that failed
    ours.anchor(world.claim("bob", word("any")), disclosures=((0, mine),))
    assert online.answer(ask(receipt)).verdict is Verdict.EARLIER_CLAIM
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.UNKNOWN


def test_a_memory_that_fails_takes_no_answer_away(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    receipt = sealed(world)
    full = Full(tmp_path)
    online = replace(world.verifying(index), memory=full)
    assert online.answer(ask(receipt)).verdict is Verdict.VERIFIED
    offline = Verifying(world.contracts, memory=full)
    assert offline.answer(ask(receipt, offline=True)).verdict is Verdict.UNKNOWN


def test_what_is_not_final_is_pending_and_not_remembered(
    any_world: World, index: SqlIndex, tmp_path: Path
) -> None:
    memory = FolderMemory(tmp_path / "seen")
    receipt = sealed(any_world)
    online = replace(any_world.verifying(index), memory=memory)
    report = online.answer(ask(receipt))
    final = outcomes(report)["finality"] == "finalized"
    assert report.verdict is (Verdict.VERIFIED if final else Verdict.PENDING)
    assert (memory.recall(receipt) is not None) is final
    enough = replace(online, policy=Policy("included"))
    assert enough.answer(ask(receipt)).verdict is Verdict.VERIFIED
    assert (memory.recall(receipt) is not None) is final


def test_a_pending_receipt_is_pending(world: World, index: SqlIndex) -> None:
    receipt = Receipt(world.claim("alice", WORK))
    report = world.verifying(index).answer(ask(receipt))
    assert report.verdict is Verdict.PENDING
    assert outcomes(report)["inclusion"] == "pending"
    assert report.existed_by is None


def test_a_digest_is_answered_by_the_earliest_disclosed_claim_on_it(
    world: World, index: SqlIndex
) -> None:
    receipt = sealed(world)
    theirs = world.ledger("theirs")
    theirs.anchor(world.claim("mallory", WORK))
    report = world.verifying(index).answer(Question(digest=Digest(WORK)))
    assert report.verdict is Verdict.VERIFIED
    assert report.claim is not None
    assert report.claim.id == receipt.signed.id
    nothing = world.verifying(index).answer(Question(digest=Digest(word("unknown"))))
    assert nothing.verdict is Verdict.NOT_FOUND
    assert nothing.trust.index_reached == world.head.number


def test_offline_a_digest_is_unknown_and_no_engine_is_asked(world: World) -> None:
    receipt = sealed(world)

    def never() -> Index:
        raise AssertionError

    verifying = replace(world.verifying(), index=never, gathering=never)  # type: ignore[arg-type]
    report = verifying.answer(Question(digest=Digest(WORK), offline=True))
    assert report.verdict is Verdict.UNKNOWN
    assert outcomes(report) == {"inclusion": "unknown"}
    assert verifying.answer(ask(receipt, offline=True)).verdict is Verdict.UNKNOWN


def test_a_chain_that_does_not_answer_makes_things_unknown(world: World, index: SqlIndex) -> None:
    receipt = sealed(world)
    verifying = world.verifying(index, Down(world.reader))
    report = verifying.answer(ask(receipt))
    assert report.verdict is Verdict.UNKNOWN
    found = outcomes(report)
    assert (found["integrity"], found["signature"], found["inclusion"]) == (
        "match",
        "valid",
        "proven",
    )
    assert (found["finality"], found["key"], found["priority"]) == ("unknown",) * 3
    # nothing was found and nobody could be asked: that is no "not found"
    with pytest.raises(ChainUnreachable):
        verifying.answer(Question(digest=Digest(WORK)))
    # what the index holds from before is still shown, for what it is worth
    world.syncing(index).run()
    report = verifying.answer(Question(digest=Digest(WORK)))
    assert report.verdict is Verdict.UNKNOWN
    assert report.claim is not None
    assert report.claim.id == receipt.signed.id


def test_without_engines_a_receipt_is_judged_as_far_as_it_goes(world: World) -> None:
    verifying = Verifying(world.contracts)
    report = verifying.answer(ask(sealed(world)))
    assert report.verdict is Verdict.UNKNOWN
    assert verifying.answer(Question(digest=Digest(WORK))).verdict is Verdict.NOT_FOUND
    report = verifying.answer(Question(receipt=b"garbage"))
    assert report.verdict is Verdict.FAILED
    assert outcomes(report) == {"integrity": "malformed"}


def test_without_an_index_priority_is_unknown_and_nothing_else(world: World) -> None:
    report = world.verifying().answer(ask(sealed(world)))
    assert report.verdict is Verdict.VERIFIED
    assert outcomes(report)["priority"] == "unknown"
