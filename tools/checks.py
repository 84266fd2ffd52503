"""The checks that are not tests, and the run of the tests: each in its turn, one heading each."""

import os
import subprocess
import sys
from collections.abc import Sequence

from .console import Stopped
from .place import ROOT, running_environment, script

CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "layers": ("lint-imports",),
}
MOST_WORKERS = 4


def heading(name: str, args: Sequence[str]) -> None:
    """Separate one check's output from the next one's."""
    print(f"── {name}: {' '.join(args)}", flush=True)


def run(name: str, args: Sequence[str]) -> int:
    """Run one of the environment's commands in the project's folder."""
    heading(name, args)
    command = [str(script(args[0])), *args[1:]]
    return subprocess.run(command, cwd=ROOT, env=running_environment(), check=False).returncode


def check(names: Sequence[str]) -> list[str]:
    """Run these checks, or all; gives the names of those that failed."""
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        raise Stopped(f"no check is named {unknown[0]!r}; there are {', '.join(CHECKS)}")
    return [name for name in names or CHECKS if run(name, CHECKS[name]) != 0]


def test_everything() -> int:
    """Run all checks, then all tests; what failed is told above pytest's summary, the last line."""
    failed = [f"--failed-check={name}" for name in check(())]
    workers = str(min(MOST_WORKERS, os.cpu_count() or 1))
    coverage = ("--cov", "--cov-report=", "--domain-coverage")
    return run("tests", ("pytest", *GATES, "-n", workers, *coverage, *failed))


def test_some(args: Sequence[str]) -> int:
    """Run the tests that pytest's arguments choose: no other checks, no coverage gate."""
    return run("tests", ("pytest", *GATES, *args))


GATES = ("-p", "tools.gates")

if __name__ == "__main__":  # what pre-commit calls, inside the environment
    sys.exit(bool(check(sys.argv[1:])))
