"""Verifying one's own: what a home holds of its process logs is shown to itself."""

from dataclasses import replace

from ledger.adapters.index import SqlIndex
from ledger.disclosure import Disclosure, disclose
from ledger.errors import BadSettings
from ledger.process import ProcessLog
from ledger.report import Check, Verdict
from ledger.step import Step
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import word
from tests.questions import WORK, ask, outcomes, sealed
from tests.worlds import World


def test_one_s_own_log_is_shown_to_oneself(world: World, index: SqlIndex) -> None:
    asked: list[bytes] = []
    log = ProcessLog(b"\1" * 32, b"\2" * 32)

    def own(log_id: bytes) -> Disclosure | None:
        asked.append(log_id)
        return disclose(log, {}) if log.size else None

    receipt = sealed(world)
    details = receipt.signed.details
    assert details is not None
    with_log = claim_of(
        "alice",
        WORK,
        home=world.home,
        details=replace(details, log=b"\1" * 32),
        process=word("p"),
        steps=4,
    )
    ours = world.ledger("with a log")
    ours.anchor(with_log)
    verifying = replace(world.verifying(index), own_log=own)
    assert verifying.answer(ask(ours.receipt(with_log))).verdict is not Verdict.FAILED
    assert verifying.answer(ask(receipt)).finding(Check.PROCESS) is not None
    assert asked == [b"\1" * 32]


def test_one_s_own_damaged_log_says_nothing_against_a_claim(world: World, index: SqlIndex) -> None:
    details = sealed(world).signed.details
    assert details is not None
    log = ProcessLog(b"\1" * 32, b"\2" * 32, (Step.of({"kind": "generate"}),))
    claimed = claim_of(
        "alice",
        WORK,
        home=world.home,
        details=replace(details, log=log.log_id),
        process=log.root,
        steps=log.size,
    )
    ours = world.ledger("with a log of its own")
    ours.anchor(claimed)
    receipt = ours.receipt(claimed)

    def changed(_: bytes) -> Disclosure:
        return disclose(replace(log, secret=b"\3" * 32), {0: None})

    def unreadable(_: bytes) -> Disclosure:
        raise BadSettings("expected a log, got another")

    for own in (changed, unreadable):
        verifying = replace(world.verifying(index), own_log=own)
        report = verifying.answer(ask(receipt))
        assert outcomes(report)["process"] == "anchored_at_end"
        assert report.verdict is not Verdict.FAILED
