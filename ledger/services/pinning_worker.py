"""The pinning worker: pays what is owed in a thread of its own; no anchoring waits for it."""

import logging
from threading import Event, Thread

from ..errors import LedgerError
from .pinning import Pinning

TURN_SECONDS = 20.0  # what one turn may take; what is left is the next one's
PATIENCE = 2.0  # seconds to wait for the turn under way at the end: to cut it off does no harm
_LOG = logging.getLogger("sealbook.pinning")


class PinningWorker:
    """A daemon thread that looks every `interval` seconds, and when it is woken.

    It holds no state: killed at any line, the next one goes on where it was.
    """

    def __init__(self, pinning: Pinning, interval: float) -> None:
        self._pinning = pinning
        self._interval = interval
        self._stopping = Event()
        self._wanted = Event()
        self._failure = ""
        self._thread = Thread(target=self._work, name="sealbook-pinning", daemon=True)

    def start(self) -> None:
        """Begin; where nobody is to pin anything, there is nothing to do."""
        if self._pinning.pinners:
            self._thread.start()

    def wake(self) -> None:
        """Say that something may have been published."""
        self._wanted.set()

    def stop(self) -> None:
        """End; the turn under way is waited for a little, and then cut off."""
        self._stopping.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._pinning.pay(TURN_SECONDS)
            except LedgerError as cause:  # the queue can't be read now; it can at another turn
                self._failed(cause)
            except Exception as cause:  # noqa: BLE001 - a fault of one turn must not end all
                _LOG.exception("the pinning worker met a fault; it goes on")
                self._failed(cause)
            else:
                self._failure = ""
            self._wanted.wait(self._interval)
            self._wanted.clear()

    def _failed(self, cause: Exception) -> None:
        if str(cause) != self._failure:  # once, not every few seconds
            _LOG.warning("pinning: %s", cause)
        self._failure = str(cause)
