"""The gates of the whole run can fail, and pytest's last line counts what failed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.place import ROOT, running_environment

ONE_TEST = '"""One test."""\n\n\ndef test_it() -> None:\n    pass\n'


def run_one_test(folder: Path, *args: str) -> tuple[int, list[str]]:
    (folder / "test_one.py").write_text(ONE_TEST, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tools.gates", "--color=no", *args]
    ended = subprocess.run(
        command,
        cwd=folder,
        env=running_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout.splitlines()


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_failed_check_fails_the_run_once(tmp_path: Path, workers: str) -> None:
    code, lines = run_one_test(tmp_path, "-n", workers, "--failed-check=lint")
    assert code == 1
    assert "1 passed, 1 error" in lines[-1]
    assert any("the check 'lint' failed" in line for line in lines)


def test_a_domain_that_was_not_measured_fails_the_run(tmp_path: Path) -> None:
    code, lines = run_one_test(tmp_path, "--domain-coverage")
    assert code == 1
    assert "1 passed, 1 error" in lines[-1]
    assert any("must be 100 % of branches" in line for line in lines)


def test_a_run_without_failures_passes(tmp_path: Path) -> None:
    code, lines = run_one_test(tmp_path)
    assert code == 0
    assert "1 passed" in lines[-1]
