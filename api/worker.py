"""The anchoring worker: anchors what waits, carries disclosures, and lets the index follow."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from ledger.batch import Stage
from ledger.errors import LedgerError
from ledger.ports import Queue
from ledger.services.anchoring import Anchoring, overturned_text
from ledger.services.disclosing import Disclosing

PATIENCE = 5.0  # seconds for a block before it looks whether it should stop
_UNFINISHED = (Stage.PREPARED, Stage.SENT, Stage.INCLUDED, Stage.FINAL)
_LOG = logging.getLogger("sealbook.api")


class Worker:
    """A thread that looks every `interval` seconds; where it costs nothing (`eager`), at once.

    It holds no state: killed at any line, the next one goes on where it was.
    """

    def __init__(
        self,
        queue: Queue,
        anchoring: Anchoring,
        disclosing: Disclosing,
        follow: Callable[[], None],
        *,
        interval: float,
        eager: bool,
    ) -> None:
        self.failure: Exception | None = None
        self._queue = queue
        self._anchoring = anchoring
        self._disclosing = disclosing
        self._follow = follow
        self._interval = interval
        self._eager = eager
        self._stopping = Event()
        self._wanted = Event()
        self._thread = Thread(target=self._work, name="sealbook-anchoring")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to anchor."""
        if self._eager:
            self._wanted.set()

    def stop(self) -> None:
        """Finish the turn that is under way, and end."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn()
            except LedgerError as cause:  # it stays queued; asked again at the next turn
                self._failed(cause)
            except Exception as cause:  # noqa: BLE001 - a fault of one turn must not end all
                _LOG.exception("the anchoring worker met a fault; it goes on")
                self._failed(cause)
            else:
                self.failure = None
            self._wanted.wait(self._interval)
            self._wanted.clear()

    def turn(self) -> None:
        """Anchor what waits; where nothing does, carry the disclosures that wait."""
        while not self._stopping.is_set():
            waits = self._waits() or self._disclosing.carry()
            if not waits and self._eager:
                return  # elsewhere even what is final is looked at: a chain may break its own rule
            progress = self._anchoring.run(PATIENCE)
            if progress.overturned:
                _LOG.warning("anchoring: %s", overturned_text(progress))
            self._follow()
            if not progress.anchored or progress.waiting or progress.unfinal:
                return  # another has the lease, or the chain takes its time

    def _waits(self) -> bool:
        last = self._queue.last_batch()
        end = 0 if last is None else last.end
        return self._queue.size() > end or bool(self._queue.batches(_UNFINISHED))

    def _failed(self, cause: Exception) -> None:
        if str(cause) != str(self.failure):  # once, not every few seconds
            _LOG.warning("anchoring: %s", cause)
        self.failure = cause
