"""A sealed work and the question about it, for the tests of verifying."""

from ledger.digest import Digest
from ledger.receipt import Receipt
from ledger.report import Report
from ledger.services.verifying import Question
from tests.ledger.factories import word
from tests.worlds import World, hidden

WORK = word("the work")


def outcomes(report: Report) -> dict[str, str]:
    return {one.check.value: one.outcome for one in report.findings}


def sealed(world: World) -> Receipt:
    ours, claim = world.ledger(), world.claim("alice", WORK)
    ours.anchor(hidden(world.claim(salt=1)), claim)
    return ours.receipt(claim)


def ask(receipt: Receipt, *, offline: bool = False) -> Question:
    return Question(Digest(WORK), from_file=True, receipt=receipt.encode(), offline=offline)
