"""A diagnosis: what one check of `doctor` found, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import LedgerError

State = Literal["well", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding. `note` is worth knowing and no fault; `advice` says what to do if it is one.

    `pins` are the counts of one pinning target, for programs.
    """

    check: str
    state: State
    message: str
    advice: str | None = None
    chain: str | None = None
    pins: Mapping[str, object] | None = None

    def to_json(self, number: int) -> dict[str, object]:
        """Return the diagnosis as its JSON object."""
        return {
            "number": number,
            "check": self.check,
            "chain": self.chain,
            "state": self.state,
            "message": self.message,
            "advice": self.advice,
            **({} if self.pins is None else {"pins": self.pins}),
        }

    def to_text(self, number: int) -> str:
        """Return the diagnosis for a person."""
        state = self.state.upper() if self.state == "wrong" else self.state
        where = "" if self.chain is None else f"{self.chain}: "
        line = f"{number:>2} {self.check:<12} {state:<6} {where}{self.message}"
        return line if self.advice is None else f"{line}\n{'':<23}do: {self.advice}"


def guarded(
    check: str, diagnose: Callable[[], Iterator[Diagnosis]], chain: str | None = None
) -> Iterator[Diagnosis]:
    """Yield what a check finds; what it can't ask is wrong, too, and the next check still runs."""
    try:
        yield from diagnose()
    except LedgerError as cause:
        yield Diagnosis(check, "wrong", str(cause), chain=chain)
