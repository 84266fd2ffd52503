"""docs/verification.md says what the code does: checks, numbers, outcomes and exit codes."""

import re
from pathlib import Path

from ledger.report import OUTCOMES, UNKNOWN, Check, Verdict
from ledger.verification.grade import GRADES
from ledger.verification.judge import CHECKS
from ledger.verification.verdict import REQUIRED

PAGE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:.*\n)*?)(?=^## |\Z)", PAGE, re.MULTILINE))


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_the_page_has_the_checks_of_the_code_with_the_same_numbers() -> None:
    numbered = [title for title in SECTIONS if title[0].isdigit()]
    assert numbered == [f"{number}. {check.value}" for number, check in CHECKS]
    table = re.findall(r"^\| (\d+) \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)
    listed = [(int(number), name) for number, name, _ in table]
    assert listed == [(number, check.value) for number, check in CHECKS]
    required = {Check(name) for _, name, said in table if not said.startswith("no")}
    assert required == set(REQUIRED)


def test_each_section_has_the_outcomes_of_its_check_with_a_meaning() -> None:
    for number, check in CHECKS:
        found = first_cells(SECTIONS[f"{number}. {check.value}"])
        assert sorted(found) == sorted(OUTCOMES[check])
        assert found[-1] == UNKNOWN


def test_the_page_has_the_exit_codes_in_the_order_of_precedence() -> None:
    rows = re.findall(r"^\| (\d) \| `(\w+)` \| (.+) \|$", SECTIONS["The verdict"], re.MULTILINE)
    assert [int(code) for code, _, _ in rows] == [1, 7, 5, 6, 8, 4, 3, 0]
    assert {(int(code), word) for code, word, _ in rows} == {
        (int(verdict), verdict.word) for verdict in Verdict
    }
    known = {outcome for outcomes in OUTCOMES.values() for outcome in outcomes}
    for _, _, holds in rows:
        assert set(re.findall(r"`(\w+)`", holds)) <= known


def test_the_grades_are_told_in_their_order() -> None:
    rise = re.search(r"The grades rise from .*", PAGE)
    assert rise is not None
    assert re.findall(r"`(\w+)`", rise[0]) == list(GRADES)
