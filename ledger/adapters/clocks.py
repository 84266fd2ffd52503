"""The clocks: the machine's own, and one that is set by hand."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..errors import InvalidInput


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is set or somebody sleeps on it."""

    at: datetime

    def __post_init__(self) -> None:
        self.set(self.at)

    def set(self, at: datetime) -> None:
        """Set the clock, backwards too; the time must carry its zone."""
        if at.tzinfo is None:
            raise InvalidInput(f"expected a time with its zone, got {at.isoformat()}")
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time that was set, in UTC."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Move the clock on by that much, and return at once."""
        self.at += timedelta(seconds=max(0.0, seconds))
