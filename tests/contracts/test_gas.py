"""One checkpoint of 1,024 leaves costs at most 80 gas a leaf, as whole transactions on a node."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_worst_anchor_costs_at_most_80_gas_a_leaf_and_the_readme_says_so() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "gas.py"), "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    gas: dict[str, int] = json.loads(done.stdout)
    assert list(gas) == [
        "anchor 60,000 to 61,024",
        "anchor 60,001 to 61,025",
        "anchor 65,535 to 66,559",
        "EAS timestamp",
    ]
    readme = (ROOT / "contracts" / "README.md").read_text()
    for name, used in gas.items():
        assert f"| {name} | {used:,} |" in readme
    anchors = list(gas.values())[:3]
    assert max(anchors) <= 80 * 1_024
    assert max(anchors) < 2 * gas["EAS timestamp"]  # a thousand leaves for less than two timestamps
