"""The worker of `anchor`: what fails beside the anchoring does not end it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.batch import Stage
from ledger.config import LOCAL
from tests.ledger.cli.homes import Home, command, make_home

FULL = Path("/dev/full")
LIMIT = 60.0


def wait_for(what: Callable[[], object]) -> None:
    give_up = time.monotonic() + LIMIT
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def published(home: Home) -> int:
    return len(home.installation.queue(LOCAL).batches((Stage.PUBLISHED,)))


@pytest.mark.skipif(not FULL.exists(), reason="the device of a full disk is Linux's")
def test_where_nothing_can_be_said_the_worker_goes_on(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    home.seal("first.png", b"first", wait=0)
    words = command("anchor", "--worker", "--interval", "0.1", "--json", "--home", home.path)
    with FULL.open("w") as full:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=full, stderr=full)
    try:
        wait_for(lambda: published(home) == 1)
        home.seal("second.png", b"second", wait=0)
        wait_for(lambda: published(home) == 2)
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(LIMIT)
