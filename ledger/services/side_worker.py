"""A side worker: does in a thread of its own what no anchoring waits for."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from ..errors import LedgerError

TURN_SECONDS = 20.0  # what one turn may take; what is left is the next one's
PATIENCE = 2.0  # seconds to wait for the turn under way at the end: to cut it off does no harm


class SideWorker:
    """A daemon thread that takes a turn every `interval` seconds, and when it is woken.

    `turn` gets the seconds that it may take. It holds no state: killed at any line, the next one
    goes on where it was. `name` is how its log calls it.
    """

    def __init__(self, name: str, turn: Callable[[float], object], interval: float) -> None:
        self._name = name
        self._turn = turn
        self._interval = interval
        self._log = logging.getLogger(f"sealbook.{name}")
        self._stopping = Event()
        self._wanted = Event()
        self._failure = ""
        self._thread = Thread(target=self._work, name=f"sealbook-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
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
                self._turn(TURN_SECONDS)
            except LedgerError as cause:  # the queue can't be read now; it can at another turn
                self._failed(cause)
            except Exception as cause:  # noqa: BLE001 - a fault of one turn must not end all
                self._log.exception("the %s worker met a fault; it goes on", self._name)
                self._failed(cause)
            else:
                self._failure = ""
            self._wanted.wait(self._interval)
            self._wanted.clear()

    def _failed(self, cause: Exception) -> None:
        if str(cause) != self._failure:  # once, not every few seconds
            self._log.warning("%s: %s", self._name, cause)
        self._failure = str(cause)
