"""The faults trial, in short; the long runs' results are kept beside it."""

import json
import sys
from pathlib import Path

import pytest

from tests.trials.faults import FAULTS, KINDS, LONG, RESULTS, trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process so")


def test_after_each_fault_all_goes_on_by_itself_and_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    result = trial(tmp_path, 7, 1, list(FAULTS))
    faults = result["faults"]
    assert isinstance(faults, dict)
    assert set(faults) == set(FAULTS)
    assert result["wrong_verdicts"] == result["reverted"] == result["ended_by_themselves"] == 0


def test_the_long_runs_had_fifty_faults_of_each_kind() -> None:
    kept = json.loads(RESULTS.read_text())
    for engine, kinds in KINDS.items():
        for kind in kinds:
            told = kept[engine]["faults"][kind]
            assert told["injected"] == told["recoveries"] == LONG
            assert (told["lost"], told["doubled"]) == (0, 0)
        assert kept[engine]["wrong_verdicts"] == 0
