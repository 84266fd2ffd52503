"""Availability: who gave the whole manifest when they were asked, and who did not."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..report import UNKNOWN, Check, Finding

THIS_COMPUTER = "this computer"
_WHY = 160  # characters of a reason: one line


@dataclass(frozen=True, slots=True)
class Availability:
    """Each that was asked for the whole manifest, by name: has it, lacks it, or can't be asked.

    `unasked` says why. What somebody gives is verified: other bytes count as no answer.
    """

    found: Sequence[str] = ()
    lacking: Sequence[str] = ()
    unasked: Sequence[tuple[str, str]] = ()


def judged(availability: Availability) -> Finding:
    """Return the finding on a manifest that was asked for."""
    found, lacking = availability.found, availability.lacking
    unasked = "".join(
        f"; {name} could not be asked: {why[:_WHY]}" for name, why in availability.unasked
    )
    absent = f", not from {_and(lacking)}" if lacking else ""
    if not found and unasked:
        return _finding(UNKNOWN, f"the manifest was not to be had{absent}{unasked}")
    if not found:
        return _finding(
            "missing", f"the manifest was not to be had{absent}; the receipt stands without it"
        )
    if tuple(found) == (THIS_COMPUTER,):
        alone = f"only {THIS_COMPUTER} is known to have the manifest"
        return _finding("retrievable", f"{alone}{absent}{unasked}")
    return _finding(
        "retrievable", f"the whole manifest can be had from {_and(found)}{absent}{unasked}"
    )


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _finding(outcome: str, message: str) -> Finding:
    return Finding(Check.AVAILABILITY, outcome, message)
