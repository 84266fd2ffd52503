"""What thieves and their victims share in these tests: a work, and how a report is read."""

from dataclasses import replace

from ledger.digest import Digest
from ledger.policy import Policy
from ledger.ports import Index
from ledger.receipt import Receipt
from ledger.report import Check, Report
from ledger.services.verifying import Question
from tests.ledger.factories import word
from tests.worlds import World

WORK = word("the work")


def verify(world: World, index: Index, receipt: Receipt) -> Report:
    """Return the report on the work's file with this receipt, by anyone with this chain.

    Included is enough for them: a test does not wait for finality.
    """
    question = Question(digest=Digest(WORK), from_file=True, receipt=receipt.encode())
    return replace(world.verifying(index), policy=Policy("included")).answer(question)


def outcome(report: Report, check: Check) -> str:
    """Return the outcome of one check."""
    finding = report.finding(check)
    assert finding is not None
    return finding.outcome
