"""The keeping worker: asks for evidence in a thread of its own; no anchoring waits for it."""

from .keeping import Keeping
from .side_worker import SideWorker


class KeepingWorker(SideWorker):
    """Asks every `interval` seconds, and when it is woken: something may be in a block.

    None: on a chain that proves nothing to others there is nothing to do.
    """

    def __init__(self, keeping: Keeping | None, interval: float) -> None:
        super().__init__("evidence", (lambda _: None) if keeping is None else keeping.run, interval)
        self._keeping = keeping

    def start(self) -> None:
        """Begin, if there is anything to be asked for."""
        if self._keeping is not None:
            super().start()
