"""Check 7: what is said of the record of the making."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ledger.details import Details
from ledger.digest import Digest
from ledger.disclosure import disclose
from ledger.process import ProcessLog
from ledger.signed import SignedClaim
from ledger.step import Step
from ledger.verification.evidence import Evidence
from ledger.verification.grade import GRADES, at_least, belongs, check_process, grade_of
from tests.ledger.domain_factories import WORK, claim_of
from tests.ledger.factories import word

IMAGE = str(Digest(WORK))
STEPS = (
    {"kind": "generate", "output": str(Digest(word("first"))), "selection": "discarded"},
    {"kind": "edit", "parent": "0", "output": IMAGE},
)
LOG_ID = word("log")


def log_of(*steps: dict[str, str]) -> ProcessLog:
    return ProcessLog(LOG_ID, word("secret"), tuple(map(Step.of, steps)))


def claim_on(log: ProcessLog, log_id: bytes | None = LOG_ID) -> SignedClaim:
    details = Details("image/png", 1, log=log_id)
    return claim_of(process=log.root, steps=log.size, details=details)


LOG = log_of(*STEPS)
SIGNED = claim_on(LOG)
ALL = disclose(LOG, {0: None, 1: None})


def said(evidence: Evidence) -> tuple[str, str]:
    found = check_process(evidence)
    assert found is not None
    return found.outcome, found.message


def test_a_claim_without_a_log_has_none_and_nothing_has_no_grade() -> None:
    assert said(Evidence(signed=claim_of()))[0] == "absent"
    assert check_process(Evidence()) is None


def test_a_log_that_is_not_shown_was_fixed_with_the_claim() -> None:
    outcome, message = said(Evidence(signed=SIGNED))
    assert outcome == "anchored_at_end"
    assert message.startswith("a log of 2 steps was fixed with the claim, none of it is shown")


def test_a_shown_log_is_told_with_its_discarded_steps_and_the_one_that_made_the_work() -> None:
    assert said(Evidence(signed=SIGNED, disclosure=ALL)) == (
        "anchored_at_end",
        "2 steps, 1 discarded, the work is the output of step 2: record while you work",
    )
    some = disclose(LOG, {0: None})
    message = said(Evidence(signed=SIGNED, disclosure=some))[1]
    assert "2 steps, 1 discarded (1 shown), none shown to end in the work" in message
    one = log_of(STEPS[1])
    message = said(Evidence(signed=claim_on(one), disclosure=disclose(one, {0: None})))[1]
    assert message.startswith("1 step, 0 discarded, the work is the output of step 1")


def test_a_log_that_says_it_was_imported_is_a_reconstruction() -> None:
    log = log_of(STEPS[0] | {"origin": "imported"}, STEPS[1])
    evidence = Evidence(signed=claim_on(log), disclosure=disclose(log, {0: None, 1: None}))
    assert said(evidence)[0] == "reconstructed"
    written = log_of(STEPS[0] | {"origin": "written"}, STEPS[1])
    evidence = Evidence(signed=claim_on(written), disclosure=disclose(written, {0: None, 1: None}))
    assert said(evidence)[0] == "anchored_at_end"


@pytest.mark.parametrize(
    "signed",
    [
        claim_of(),  # no log at all
        claim_on(log_of(STEPS[1], STEPS[0])),  # another log
        claim_on(LOG, log_id=word("another log")),  # another id than in the details
        replace(SIGNED, claim=replace(SIGNED.claim, steps=3), details=None),
    ],
)
def test_another_s_log_does_not_belong_to_the_claim_and_raises_no_grade(
    signed: SignedClaim,
) -> None:
    assert belongs(ALL, SIGNED)
    assert not belongs(ALL, signed)
    evidence = Evidence(signed=signed, disclosure=ALL)
    assert said(evidence)[0] == grade_of(signed)


def test_a_log_belongs_by_its_root_where_the_details_do_not_name_it() -> None:
    assert belongs(ALL, claim_on(LOG, log_id=None))
    assert belongs(ALL, replace(SIGNED, details=None))


def test_the_grades_are_ordered() -> None:
    assert GRADES == ("absent", "reconstructed", "anchored_at_end", "recorded_live")
    for lower, higher in pairwise(GRADES):
        assert at_least(higher, lower)
        assert at_least(lower, lower)
        assert not at_least(lower, higher)
