"""The trial of a rebuild from a chain and IPFS, in short; the long run's figures are kept."""

import json
from pathlib import Path

from tests.trials.rebuild import RESULTS, trial


def test_an_index_remade_from_chain_and_ipfs_answers_the_same_on_both_databases(
    tmp_path: Path,
) -> None:
    told = trial(tmp_path, count=300, seed=1)
    compared = told["compared"]
    assert isinstance(compared, dict)
    assert compared["claims"] == 300


def test_the_long_run_rebuilt_a_hundred_thousand_claims() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert kept["claims"] >= 100_000
    assert kept["compared"]["claims"] >= 2_000
