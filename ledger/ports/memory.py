"""The memory port: what this home saw final."""

from typing import Protocol

from ..receipt import Receipt
from ..verification.evidence import Remembered


class Memory(Protocol):
    """What this home saw final on a chain of its settings: by it a claim is verified offline."""

    def recall(self, receipt: Receipt) -> Remembered | None:
        """Return what was seen of exactly this claim, place and anchors; None if never."""
        ...

    def keep(self, receipt: Receipt, seen: Remembered | None) -> None:
        """Keep what was seen (None: forget it). When this returns, a restart does not undo it."""
        ...
