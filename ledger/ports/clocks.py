"""The clock port: the time of this machine."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of this machine: for waiting and for display, never as evidence."""

    def now(self) -> datetime:
        """Return the time now, with its zone (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
