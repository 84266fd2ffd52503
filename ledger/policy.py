"""What a verifier demands before a claim counts as verified."""

from dataclasses import dataclass
from typing import Literal

from .errors import BadSettings

Finality = Literal["included", "safe", "finalized"]
RANK: dict[str, int] = {"included": 0, "safe": 1, "finalized": 2}


@dataclass(frozen=True, slots=True)
class Policy:
    """The finality demanded, and how narrow a step's bracket must be (seconds)."""

    finality: Finality = "finalized"
    widest_bracket: int = 3600

    def __post_init__(self) -> None:
        if self.finality not in RANK:
            raise BadSettings(
                f"expected a finality of {', '.join(RANK)}, got {self.finality!r:.40}"
            )
        if self.widest_bracket <= 0:
            raise BadSettings(f"expected a bracket of 1 second or more, got {self.widest_bracket}")

    def final_enough(self, outcome: str) -> bool:
        """Say whether a finality outcome meets the demand."""
        return RANK.get(outcome, -1) >= RANK[self.finality]
