"""The trial of kills while anchoring, in short; the long runs' results are kept beside it."""

import json
import sys
from pathlib import Path

import pytest

from ledger.services.anchoring import FAILPOINTS
from tests.trials.kill_anchor import RESULTS, trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_killed_anywhere_nothing_acknowledged_is_lost_and_nothing_is_anchored_twice(
    tmp_path: Path, chain: str
) -> None:
    result = trial(chain, tmp_path, seed=7, long=False)
    assert result["kills_at_failpoints"] == dict.fromkeys(sorted(FAILPOINTS), 1)


def test_the_long_runs_killed_at_every_failpoint_and_at_fifty_moments() -> None:
    kept = json.loads(RESULTS.read_text())
    for result in kept.values():
        assert (result["lost"], result["doubled"], result["reverted"]) == (0, 0, 0)
        assert set(result["kills_at_failpoints"]) == set(FAILPOINTS)
    assert sum(kept["embedded"]["kills_at_random_after"].values()) >= 50
