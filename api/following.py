"""Following: the index is kept up with the chain, by one thread at a time."""

import time
from threading import Lock

from ledger.errors import LedgerError, Unavailable
from ledger.services.syncing import Syncing


class Following:
    """Syncs at most every `pause` seconds, however many ask; what fails is kept for /readyz."""

    def __init__(self, syncing: Syncing, pause: float) -> None:
        self.failure: LedgerError | None = None
        self._syncing = syncing
        self._pause = pause
        self._turn = Lock()
        self._due = 0.0

    def catch_up(self) -> None:
        """Bring the index up to the head, unless that was just done or is being done."""
        if time.monotonic() < self._due or not self._turn.acquire(blocking=False):
            return
        try:
            self._run()
        finally:
            self._turn.release()

    def catch_up_now(self) -> None:
        """Bring the index up to the head, after whoever is at it."""
        with self._turn:
            self._run()

    def _run(self) -> None:
        try:
            self._syncing.run()
        except Unavailable as cause:  # the index answers as of the block that it has reached
            self.failure = cause
        else:
            self.failure = None
        finally:
            self._due = time.monotonic() + self._pause
