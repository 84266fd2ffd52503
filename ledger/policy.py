"""What a verifier demands before a claim counts as verified."""

from dataclasses import dataclass
from typing import Literal

Finality = Literal["included", "safe", "finalized"]
RANK: dict[str, int] = {"included": 0, "safe": 1, "finalized": 2}


@dataclass(frozen=True, slots=True)
class Policy:
    """The finality demanded, and how narrow a step's bracket must be (seconds)."""

    finality: Finality = "finalized"
    widest_bracket: int = 3600

    def final_enough(self, outcome: str) -> bool:
        """Say whether a finality outcome meets the demand."""
        return RANK.get(outcome, -1) >= RANK[self.finality]
