"""The pinning worker: pays in its own thread, outlives what fails, and ends when it is told."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.errors import StoreUnavailable
from ledger.ports import Account
from ledger.services.pinning import Pinning
from ledger.services.pinning_worker import PinningWorker
from tests.ledger.factories import LEDGER

from .pinners import Hand, MemoryNode, pinning, publish


def until(done: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if done():
            return
        time.sleep(0.005)
    raise AssertionError


def test_it_pays_at_once_and_when_it_is_woken(tmp_path: Path) -> None:
    queue, node = SqlQueue(tmp_path / "queue.db", LEDGER), MemoryNode()
    publish(queue, 0, 1)
    paying = pinning(queue, Hand(), node)
    worker = PinningWorker(paying, 3600)
    worker.start()
    try:
        until(lambda: len(node.pins) == 1)
        publish(queue, 1, 2)
        worker.wake()
        until(lambda: len(node.pins) == 2)
        until(lambda: paying.accounts()[node.name] == Account(pinned=2))
    finally:
        worker.stop()


@pytest.mark.parametrize("failure", [StoreUnavailable("no disk"), ZeroDivisionError("a fault")])
def test_it_outlives_what_fails_and_says_it_once(
    tmp_path: Path, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Pinning):
        turns = 0

        def pay(self, seconds: float, *, awake: bool = False) -> Mapping[str, int]:
            Failing.turns += 1
            if Failing.turns < 4:
                raise failure
            return super().pay(seconds, awake=awake)

    queue, node = SqlQueue(tmp_path / "queue.db", LEDGER), MemoryNode()
    publish(queue, 0, 1)
    worker = PinningWorker(Failing(queue, [node], Hand(), ledger=LEDGER), 0.01)
    worker.start()
    until(lambda: len(node.pins) == 1)
    worker.stop()
    warned = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert warned == [f"pinning: {failure}"]


def test_where_nobody_is_to_pin_there_is_no_thread(tmp_path: Path) -> None:
    worker = PinningWorker(pinning(SqlQueue(tmp_path / "queue.db", LEDGER), Hand()), 3600)
    worker.start()
    worker.wake()
    worker.stop()
