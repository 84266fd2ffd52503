from typing import Any

import pytest

from ledger.errors import BadSettings
from ledger.policy import Policy
from ledger.report import OUTCOMES, Check


@pytest.mark.parametrize(
    ("finality", "enough"),
    [
        ("included", {"included", "safe", "finalized"}),
        ("safe", {"safe", "finalized"}),
        ("finalized", {"finalized"}),
    ],
)
def test_a_policy_takes_its_finality_and_stronger(finality: Any, enough: set[str]) -> None:  # noqa: ANN401
    policy = Policy(finality)
    assert {one for one in OUTCOMES[Check.FINALITY] if policy.final_enough(one)} == enough


def test_the_default_demands_final_and_an_hour() -> None:
    assert Policy() == Policy("finalized", 3600)


@pytest.mark.parametrize("wrong", [{"finality": "latest"}, {"widest_bracket": 0}])
def test_a_policy_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="expected a"):
        Policy(**wrong)
