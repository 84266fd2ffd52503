"""One set-up at a time: a second run in the same folder waits for the first."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import say
from .place import WINDOWS

if sys.platform == "win32":  # mypy knows this spelling
    import msvcrt
else:
    import fcntl


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def only_one_run(path: Path) -> Iterator[int | None]:
    """Hold the lock file; gives the descriptor that children may inherit (not on Windows).

    The system lets go when the process ends, however it ends.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _try(descriptor):
            say("Another set-up is at work in this folder; waiting for it…")
            while not _try(descriptor):
                time.sleep(0.2)
        yield None if WINDOWS else descriptor
    finally:
        os.close(descriptor)
