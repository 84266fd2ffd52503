"""The file lock: one holder among threads, a bounded wait, and nothing left behind."""

import threading
from pathlib import Path

import pytest

from ledger.adapters import file_lock
from ledger.errors import Busy, StoreUnavailable


def test_threads_hold_the_lock_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(10):
            with file_lock.hold(path, 30.0):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 40
    assert max(most) == 1


def test_the_wait_is_bounded_and_the_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with file_lock.hold(path, 0.0), pytest.raises(Busy, match="lock"), file_lock.hold(path, 0.05):
        pass
    with pytest.raises(ZeroDivisionError), file_lock.hold(path, 0.0):
        raise ZeroDivisionError
    with file_lock.hold(path, 0.0):
        pass


def test_a_lock_file_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable), file_lock.hold(tmp_path / "no" / "lock", 0.0):
        pass
