"""The order of precedence 1, 7, 5, 6, 8, 4, 3, 0, over every combination that matters."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import product
from typing import get_args

import pytest

from ledger.policy import Finality, Policy
from ledger.report import OUTCOMES, Check, Verdict
from ledger.verification.verdict import REQUIRED, verdict_of

ABSENT = "absent"  # no such finding
DECISIVE = (*REQUIRED, Check.PRIORITY)
Found = Mapping[str, str]
RANKS = ("included", "safe", "finalized")


def all_combinations() -> list[dict[Check, str]]:
    choices = [(ABSENT, *sorted(OUTCOMES[check])) for check in DECISIVE]
    return [dict(zip(DECISIVE, outcomes, strict=True)) for outcomes in product(*choices)]


def table(demanded: str) -> list[tuple[int, Callable[[Found], bool]]]:
    """Return the design's table, row by row: the exit code, and when it holds."""
    asked = ("signature", "key", "inclusion", "finality", "standing")
    return [
        (1, lambda it: it["integrity"] in ("mismatch", "malformed")),
        (1, lambda it: it["signature"] == "invalid"),
        (1, lambda it: it["inclusion"] == "bad_proof"),
        (7, lambda it: it["finality"] == "reorganised"),
        (5, lambda it: it["standing"] == "withdrawn"),
        (5, lambda it: it["key"] in ("not_yet", "expired", "revoked_before")),
        (6, lambda it: it["priority"] == "earlier_claim"),
        (8, lambda it: it["integrity"] == "unknown"),
        (8, lambda it: "unknown" in [it[name] for name in asked]),
        (4, lambda it: it["inclusion"] in ("not_found", ABSENT)),
        (8, lambda it: ABSENT in [it[name] for name in asked]),
        (3, lambda it: it["inclusion"] == "pending"),
        (3, lambda it: it["finality"] not in RANKS[RANKS.index(demanded) :]),
        (0, lambda _: True),
    ]


@pytest.mark.parametrize("finality", get_args(Finality))
def test_the_verdict_is_the_first_row_of_the_table_that_holds(finality: Finality) -> None:
    rows, policy, seen = table(finality), Policy(finality), Counter[int]()
    for outcomes in all_combinations():
        by_name = {check.value: outcome for check, outcome in outcomes.items()}
        expected = next(code for code, holds in rows if holds(by_name))
        found = {check: outcome for check, outcome in outcomes.items() if outcome != ABSENT}
        assert int(verdict_of(found, policy)) == expected, by_name
        seen[expected] += 1
    print(f"{finality}: {sum(seen.values())} combinations, {dict(sorted(seen.items()))}")
    assert set(seen) == {int(verdict) for verdict in Verdict}


GOOD = {
    Check.INTEGRITY: "match",
    Check.SIGNATURE: "valid",
    Check.KEY: "valid",
    Check.INCLUSION: "proven",
    Check.FINALITY: "finalized",
    Check.STANDING: "in_force",
}


def test_the_checks_that_are_not_required_never_change_the_code_but_for_an_earlier_claim() -> None:
    for check in set(Check) - set(REQUIRED):
        for outcome in OUTCOMES[check]:
            said = verdict_of({**GOOD, check: outcome}, Policy())
            assert said is (
                Verdict.EARLIER_CLAIM if outcome == "earlier_claim" else Verdict.VERIFIED
            )


def test_a_claim_without_a_file_is_verified_and_any_other_gap_is_not() -> None:
    for check in REQUIRED:
        left = {each: outcome for each, outcome in GOOD.items() if each is not check}
        assert (verdict_of(left, Policy()) is Verdict.VERIFIED) == (check is Check.INTEGRITY)
