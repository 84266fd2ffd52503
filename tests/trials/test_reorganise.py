"""The trial of reorganisations, in short; the long run's result is kept beside it."""

import json
from pathlib import Path

from tests.trials.branching_node import DEEPEST
from tests.trials.reorganise import LONG, RESULTS, SHORT, trial


def test_reorganised_at_random_nothing_acknowledged_is_lost_and_nothing_final_taken_back(
    tmp_path: Path,
) -> None:
    result = trial(tmp_path, seed=7, count=SHORT, pause=0.3)
    assert result["reorganisations"] == SHORT
    assert result["transactions_that_went_away"] != 0


def test_the_long_run_reorganised_two_hundred_times_at_each_depth_and_in_each_way() -> None:
    kept = json.loads(RESULTS.read_text())
    assert kept["reorganisations"] == LONG
    assert [int(depth) for depth in kept["by_depth"]] == list(range(1, DEEPEST + 1))
    assert set(kept["by_kind"]) == {"dropped", "rebroadcast", "returned"}
    assert kept["reorganised_and_upgraded"] > 0
    broken = ("taken_back_after_final", "claims_at_two_indexes", "reverted")
    assert [kept[name] for name in broken] == [0, 0, 0]
    assert sum(kept["verdicts_at_the_end"].values()) == kept["acknowledged"]
