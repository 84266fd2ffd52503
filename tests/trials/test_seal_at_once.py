"""The trial of sealing at once, in short; the long run's result is kept beside it."""

import json
import sys
from pathlib import Path

import pytest

from tests.trials.seal_at_once import PROCESSES, RESULTS, trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def test_processes_that_seal_at_once_from_the_first_moment_each_have_their_claim(
    tmp_path: Path,
) -> None:
    result = trial(tmp_path, seed=3, long=False)
    assert result["claims"] == PROCESSES + 1 + 4


def test_the_long_run_lost_and_doubled_nothing() -> None:
    kept = json.loads(RESULTS.read_text())
    assert (kept["lost"], kept["doubled"]) == (0, 0)
    assert kept["kills"] >= 40
    assert kept["killed_when"]["receipt pending"] >= 10
