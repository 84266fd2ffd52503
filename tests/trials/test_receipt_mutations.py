"""The trial of edited receipts, in short; the long run's result is kept beside it."""

import json
from pathlib import Path

import pytest

from tests.trials.receipt_mutations import RESULTS, trial


def test_no_receipt_edited_in_any_field_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALBOOK_HOME", str(tmp_path / "home"))
    table = trial(tmp_path, seed=1, each=4)
    assert sum(sum(by_way["online"].values()) for by_way in table.values()) >= 150
    assert all(by_way["online"] and by_way["offline"] for by_way in table.values())


def test_the_long_run_s_result_is_kept_and_tried_a_thousand() -> None:
    kept = json.loads(RESULTS.read_text())
    codes = [by_way[way] for by_way in kept["fields"].values() for way in ("online", "offline")]
    assert sum(sum(found.values()) for found in codes) >= 2 * 1000
    assert not any("0" in found for found in codes)
