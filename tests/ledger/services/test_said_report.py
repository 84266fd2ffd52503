from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import ServerUnreachable
from ledger.policy import Policy
from ledger.report import Check, Report, Verdict
from ledger.services.said_report import read_report
from tests.worlds import World

NAME = "ledger.example"


@pytest.fixture
def report(world: World) -> Report:
    ledger = world.ledger()
    signed = world.claim()
    ledger.anchor(signed)
    return world.verify(ledger.receipt(signed))


def test_a_report_is_read_as_it_was_said_and_marked(report: Report) -> None:
    said = read_report(report.to_json(), NAME, Policy())
    assert said.verdict is Verdict.VERIFIED
    assert said.findings == report.findings
    assert (said.work, said.claim, said.existed_by) == (
        report.work,
        report.claim,
        report.existed_by,
    )
    assert said.trust.node == f"not recomputed: said by {NAME}"
    assert said.trust.chain is None
    assert said.summary == f"{report.summary} Not recomputed: said by {NAME}."


def test_the_verdict_follows_from_the_findings_whatever_the_server_says(report: Report) -> None:
    true: Any = report.to_json()
    changes: tuple[Any, ...] = ({"verdict": "failed", "exit_code": 1}, {"verdict": 7}, {})
    for changed in changes:
        assert read_report({**true, **changed}, NAME, Policy()).verdict == 0
    bad = [
        replace(one, outcome="bad_proof") if one.check is Check.INCLUSION else one
        for one in report.findings
    ]
    lying = replace(report, findings=bad).to_json()
    assert read_report(lying, NAME, Policy()).verdict is Verdict.FAILED


def test_checks_of_a_later_version_are_passed_over(report: Report) -> None:
    said: Any = report.to_json()
    said["findings"] = [*said["findings"], {"check": "weather", "outcome": "fine", "message": ""}]
    assert read_report(said, NAME, Policy()).findings == report.findings


def test_what_a_terminal_would_obey_is_not_shown(report: Report) -> None:
    said = read_report({**report.to_json(), "summary": "\x1b[2Jfine\r"}, NAME, Policy())
    assert said.summary.isprintable()


@pytest.mark.parametrize(
    "changed",
    [
        {"findings": {}},
        {"findings": [7]},
        {"findings": [{"check": "key", "outcome": "splendid", "message": ""}]},
        {"findings": [{"check": "key", "outcome": "valid", "message": ""}] * 2},
        {"findings": [{"check": "key", "outcome": "valid", "message": "x" * 3000}]},
        {"findings": [{"check": "key", "outcome": "valid", "message": ""}] * 65},
        {"trust": None},
        {"trust": {}},
        {"trust": {"index_reached": "7"}},
        {"summary": None},
        {"work": {"digest": "lantern.png"}},
        {"claim": {"id": "0x12", "author": "0x", "home_chain": 1}},
        {"existed_by": {"chain_id": 1, "block": 1, "not_before": 7, "not_after": 8}},
        {"existed_by": {"chain_id": 1, "block": 1, "not_before": "now", "not_after": "then"}},
        {"existed_by": {"not_before": None, "not_after": None, "chain_id": -1, "block": 1}},
    ],
)
def test_what_is_no_report_is_no_answer(report: Report, changed: dict[str, object]) -> None:
    said: Any = {**report.to_json(), **changed}
    with pytest.raises(ServerUnreachable, match="expected a report"):
        read_report(said, NAME, Policy())


def test_a_report_without_times_is_one(report: Report) -> None:
    said: Any = report.to_json()
    said["existed_by"] = {**said["existed_by"], "not_before": None, "not_after": None}
    by = read_report(said, NAME, Policy()).existed_by
    assert by is not None
    assert by.interval is None
    assert read_report({**said, "existed_by": None}, NAME, Policy()).existed_by is None
