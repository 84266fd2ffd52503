"""The port of owed pins: what each pinning target is owed for the published manifests."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class DebtState(Enum):
    """How far the payment of one pin has got."""

    OWED = "owed"  # nothing was asked of the target yet, or it lost what it had
    ASKED = "asked"  # it took the request, and has not said yet that it is done
    PINNED = "pinned"  # it said so


@dataclass(frozen=True, slots=True)
class Debt:
    """What a target is owed for the manifest of the batch that ends at `end`, or was paid.

    `target` is its name in the settings, `manifest` the CID in binary, `request` the target's own
    name for what was asked. `due` and `seen` are Unix seconds: when to try again, not before, and
    when it was last seen pinned. `said` is why it is not pinned yet.
    """

    target: str
    end: int
    manifest: bytes
    state: DebtState = DebtState.OWED
    request: str | None = None
    tries: int = 0
    due: float = 0.0
    seen: float | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How many manifests a target is owed, was asked to pin, and has pinned; and how it stands.

    It could not be asked `failures` times in a row, and rests until `until` (Unix seconds). `said`
    is why; or, where it can be asked, why the oldest of what it lacks is not pinned.
    """

    owed: int = 0
    asked: int = 0
    pinned: int = 0
    failures: int = 0
    until: float = 0.0
    said: str | None = None

    @property
    def lacking(self) -> int:
        """How many manifests the target has not pinned, as far as is known here."""
        return self.owed + self.asked


class Debts(Protocol):
    """What is owed is every published manifest, to every target: also to one named just now.

    Nobody writes down what is owed: it is what no row says was paid. So nothing is lost when a
    process dies between a pin and its row: it is asked for again, which does no harm.
    """

    def due(self, target: str, now: float, most: int) -> Sequence[Debt]:
        """Return what a target lacks and may be asked for now, oldest first; `most` of them.

        Nothing while the target rests.
        """
        ...

    def after(self, target: str, end: int, most: int) -> Sequence[Debt]:
        """Return the pins, paid or not, of the published batches that end after `end`, in order."""
        ...

    def keep(self, debts: Sequence[Debt]) -> None:
        """Keep what became of pins. When this returns, a restart does not lose it.

        Whoever something is kept of has answered: its rest is over.
        """
        ...

    def rest(self, target: str, failures: int, until: float, said: str) -> None:
        """Ask nothing of a target before then, since it could not be asked; `said` is why."""
        ...

    def account(self, target: str) -> Account:
        """Count what a target lacks and has."""
        ...
