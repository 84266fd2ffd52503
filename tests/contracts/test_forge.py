"""The Solidity suite: forge's unit, fuzz and invariant tests, the gas snapshot, the format."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = Path(os.environ.get("SEALBOOK_NODE_MODULES") or ROOT / ".tools" / "node_modules")


def forge(*arguments: str) -> str:
    """Run forge in contracts; fail with what it printed when it fails or is missing."""
    # Not the launcher in .bin: it exits 0 whatever forge exits with.
    found = sorted(MODULES.glob("@foundry-rs/forge-*/bin/forge*"))
    assert found, f"forge is not installed in {MODULES}: run `python make.py tools`"
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    environment = os.environ | {"PATH": os.pathsep.join(path)}  # solc-wrapper needs node
    environment.pop("FOUNDRY_PROFILE", None)
    done = subprocess.run(
        [str(found[0]), *arguments],
        cwd=ROOT / "contracts",
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-8000:]
    return said


# One test, since two workers must not write contracts/out at once.
@pytest.mark.timeout(1200)
def test_the_forge_suite_passes_and_gas_is_as_in_the_snapshot() -> None:
    said = forge("test")
    summary = re.search(r"(\d+) tests passed, 0 failed, 0 skipped", said)
    assert summary, said[-2000:]
    assert int(summary[1]) >= 80
    assert said.count("invariant_") >= 4
    checked = forge("snapshot", "--check", "--match-contract", "GasTest")
    assert "11 tests passed" in checked


def test_the_solidity_is_formatted() -> None:
    forge("fmt", "--check")
