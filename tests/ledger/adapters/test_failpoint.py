"""A failpoint: it kills its own process at the line that is named, and is nothing otherwise."""

import signal
import subprocess
import sys

from ledger.adapters.failpoint import VARIABLE, failpoint_from

_PROGRAM = (
    "from ledger.adapters.failpoint import failpoint_from\n"
    "import os\n"
    "here = failpoint_from(os.environ)\n"
    "here('first'); print('after first', flush=True)\n"
    "here('second'); print('after second', flush=True)\n"
)


def run(name: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={VARIABLE: name, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_kills_at_the_line_that_is_named() -> None:
    died = run("second")
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == "after first\n"


def test_without_a_name_or_with_another_it_is_nothing() -> None:
    assert run("third").stdout == "after first\nafter second\n"
    for environment in ({}, {VARIABLE: ""}):
        failpoint_from(environment)("first")
