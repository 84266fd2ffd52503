"""A lock on a file: one holder among all threads and processes of this machine.

The operating system releases it when its holder dies, however it dies.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Busy, StoreUnavailable

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    # flock, not lockf: it belongs to the descriptor, so that threads exclude each other too
    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.02


@contextmanager
def hold(path: Path, limit: float) -> Iterator[None]:
    """Hold the lock on `path` (made if it is missing); Busy after `limit` seconds of waiting."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as cause:
        raise StoreUnavailable(f"expected a lock file that opens, got {cause.strerror}") from cause
    try:
        _wait(descriptor, path, limit)
        try:
            yield
        finally:
            _release(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, limit: float) -> None:
    # real time, never the Clock port: a clock that is set by hand must not end the wait
    give_up = time.monotonic() + limit
    pause = _FIRST_PAUSE
    while True:
        try:
            _take(descriptor)
        except OSError as cause:
            if time.monotonic() >= give_up:
                raise Busy(
                    f"expected the lock {path.name} within {limit:g} s, another process holds it; "
                    "try again"
                ) from cause
        else:
            return
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(2 * pause, _LONGEST_PAUSE)
