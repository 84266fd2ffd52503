"""The facts that a shown log states of itself: what a grade is made of, before any time is known.

They are read from values alone. Whether the values stand in the log is `verify_disclosure`'s to
say, and whether a beacon's block exists is the chain's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .beacon import Beacon
from .digest import Digest
from .disclosure import Disclosure
from .errors import InvalidInput
from .process import ProcessLog

Values = Mapping[int, Mapping[str, str]]

KEPT, DISCARDED = "kept", "discarded"
MAX_FAULTS = 100  # enough to mend a log by; the rest is counted in none of the facts
_STEP_NUMBERS = re.compile(r"(?:0|[1-9][0-9]{0,6})(?:,(?:0|[1-9][0-9]{0,6}))*")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the shown steps say, of a log of `steps` steps.

    `final_step` is the last step, not discarded, whose output is the work; `last_kept` the last
    step with an output that was not discarded: the two are the same in a log that ends in its
    work. `parents_unbroken` says that from the final step every named parent is an earlier shown
    step; None where there is no final step, or where a step on the way hides its parent.
    `faults` name known fields that do not hold what they should.
    """

    steps: int
    shown: int
    final_step: int | None
    last_kept: int | None
    discarded: int
    beacons: Mapping[int, Beacon]
    parents_unbroken: bool | None
    faults: tuple[str, ...] = ()

    @property
    def beacons_in_order(self) -> bool:
        """Whether no step names an earlier block than a step before it (chain by chain)."""
        reached: dict[int, int] = {}
        for _, beacon in sorted(self.beacons.items()):
            if beacon.number < reached.get(beacon.chain_id, 0):
                return False
            reached[beacon.chain_id] = beacon.number
        return True


def shown_values(source: ProcessLog | Disclosure) -> Values:
    """Return the values that a log or a disclosure shows, by step and by name."""
    if isinstance(source, ProcessLog):
        return {index: step.values for index, step in enumerate(source.steps)}
    return {step.index: step.values for step in source.shown}


def final_step(source: ProcessLog | Disclosure, work: Digest) -> int | None:
    """Return the last shown step, not discarded, whose output is the work; None if none is."""
    return _last(shown_values(source), lambda output: output == str(work))


def judge_log(source: ProcessLog | Disclosure, work: Digest) -> Facts:
    """Return the facts about a log, or about what is shown of it, and a work."""
    values = shown_values(source)
    final = final_step(source, work)
    beacons = {index: beacon for index, step in values.items() if (beacon := _beacon(step))}
    faults = [fault for index, step in values.items() for fault in _faults(index, step)]
    return Facts(
        steps=source.size if isinstance(source, ProcessLog) else source.steps,
        shown=len(values),
        final_step=final,
        last_kept=_last(values, bool),
        discarded=sum(step.get("selection") == DISCARDED for step in values.values()),
        beacons=beacons,
        parents_unbroken=None if final is None else _unbroken(source, values, final),
        faults=tuple(faults[:MAX_FAULTS]),
    )


def parents_of(step: Mapping[str, str]) -> tuple[int, ...] | None:
    """Return the numbers of the steps that a step went on from; None if they are miswritten."""
    written = step.get("parent")
    if written is None:
        return ()
    if not _STEP_NUMBERS.fullmatch(written):
        return None
    return tuple(int(number) for number in written.split(","))


def _last(values: Values, admits: Callable[[str], bool]) -> int | None:
    return max(
        (
            index
            for index, step in values.items()
            if step.get("selection") != DISCARDED and admits(step.get("output", ""))
        ),
        default=None,
    )


def _unbroken(source: ProcessLog | Disclosure, values: Values, final: int) -> bool | None:
    hidden = {
        step.index
        for step in (source.shown if isinstance(source, Disclosure) else ())
        if "parent" in {field.name for field in step.fields} and "parent" not in step.values
    }
    unknown = False
    reached, waiting = {final}, [final]
    while waiting:
        index = waiting.pop()
        if index not in values or index in hidden:
            unknown = True
            continue
        parents = parents_of(values[index])
        if parents is None or any(parent >= index for parent in parents):
            return False
        waiting.extend(set(parents) - reached)
        reached.update(parents)
    return None if unknown else True


def _beacon(step: Mapping[str, str]) -> Beacon | None:
    try:
        return Beacon.parse(step.get("beacon", ""))
    except InvalidInput:
        return None


def _faults(index: int, step: Mapping[str, str]) -> Iterator[str]:
    expected: Mapping[str, tuple[bool, str]] = {
        "beacon": (_beacon(step) is not None, "CHAINID:NUMBER:0xHASH"),
        "parent": (
            all(parent < index for parent in parents_of(step) or (index,)),
            "the numbers of earlier steps, separated by commas",
        ),
        "selection": (step.get("selection") in (KEPT, DISCARDED), "kept or discarded"),
        "output": (_is_digest(step.get("output", "")), "sha256: and 64 lower-case hex digits"),
        "input": (
            all(_is_digest(each) for each in step.get("input", "").split(",")),
            "sha256: and 64 lower-case hex digits, several separated by commas",
        ),
        "origin": (
            step.get("origin") in ("recorded", "imported", "written"),
            "recorded, imported or written",
        ),
    }
    for name, (right, form) in expected.items():
        if name in step and not right:
            yield f"step {index}: expected {name} to be {form}, got {step[name][:40]!r}"


def _is_digest(text: str) -> bool:
    try:
        return str(Digest.parse(text)) == text
    except InvalidInput:
        return False
