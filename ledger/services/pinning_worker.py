"""The pinning worker: pays what is owed in a thread of its own; no anchoring waits for it."""

from .pinning import Pinning
from .side_worker import SideWorker


class PinningWorker(SideWorker):
    """Pays every `interval` seconds, and when it is woken: something may have been published."""

    def __init__(self, pinning: Pinning, interval: float) -> None:
        super().__init__("pinning", pinning.pay, interval)
        self._pinning = pinning

    def start(self) -> None:
        """Begin; where nobody is to pin anything, there is nothing to do."""
        if self._pinning.pinners:
            super().start()
