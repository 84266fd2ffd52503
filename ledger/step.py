"""A step: what was done at one moment of making a work, as named fields of text."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Self

from .encoding import Json, canonical
from .errors import InvalidInput, InvalidProcessLog, LimitExceeded

# Raw metadata as base64 is the longest value; a ComfyUI workflow seldom passes 200 KiB.
MAX_VALUE = 2**20
# 19 names are known; the rest is room for what a tool adds. All stay visible in a disclosure.
MAX_FIELDS = 64
# A step a second for eleven days. Proofs stay at 20 nodes, and sizes far within 2^53.
MAX_STEPS = 1_000_000
# What is read into memory at once, of the creator's own disk: 1,000 steps with their raw metadata.
MAX_JSONL = 2**28

MAX_NAME = 64  # a name is an identifier, not a place for text
_NAME = re.compile(rf"[a-z0-9_]{{1,{MAX_NAME}}}")  # one spelling: no case, no look-alike letters

KNOWN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "kind": "what was done: generate, edit, select, import, or a word of the tool's",
        "tool": "the program and its version",
        "prompt": "the prompt",
        "negative_prompt": "the negative prompt",
        "seed": "the seed, a decimal string",
        "steps": "the number of sampling steps, a decimal string",
        "cfg": "the guidance scale, a decimal string",
        "sampler": "the sampler and scheduler",
        "model": "the model, by name and digest",
        "input": "sha256:… of the image that went in; several separated by commas",
        "output": "sha256:… of the image that came out; of the last kept step, the work",
        "parent": "the number of the step that this one went on from; several separated by commas",
        "selection": "kept or discarded",
        "reason": "why it was kept, discarded or changed",
        "note": "anything in the creator's words",
        "declared_time": "when the creator says it was, RFC 3339 in UTC; never evidence",
        "raw": "the tool's own metadata, as base64",
        "beacon": "CHAINID:NUMBER:0xHASH, a block that the step cannot be older than",
        "origin": "recorded (as it happened), imported (from files) or written (by hand)",
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A name of `[a-z0-9_]`, 1 to 64 of them, and a value of up to 1 MiB of UTF-8."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidProcessLog(
                f"expected a field name of 1 to 64 of a-z, 0-9 and _, got {self.name[:40]!r}"
            )
        try:
            length = len(self.value.encode())
        except UnicodeEncodeError as cause:
            raise InvalidProcessLog(
                f"expected Unicode text in {self.name}, got half of a surrogate pair"
            ) from cause
        if length > MAX_VALUE:
            raise LimitExceeded(
                f"expected at most {MAX_VALUE} bytes in {self.name}, got {length}; "
                "write the digest of what is larger"
            )


@dataclass(frozen=True, slots=True)
class Step:
    """1 to 64 fields, sorted by name, no name twice."""

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        require_names([field.name for field in self.fields])

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """Return the step with these values by name, in whatever order they come."""
        return cls(tuple(Field(name, values[name]) for name in sorted(values)))

    @property
    def values(self) -> Mapping[str, str]:
        """The values by name."""
        return {field.name: field.value for field in self.fields}


def require_names(names: list[str]) -> None:
    """Raise unless these can be the names of one step's fields, in their order."""
    if not names:
        raise InvalidProcessLog("expected a step to have a field, got none")
    if len(names) > MAX_FIELDS:
        raise LimitExceeded(f"expected at most {MAX_FIELDS} fields in a step, got {len(names)}")
    if any(one >= following for one, following in pairwise(names)):
        raise InvalidProcessLog("expected a step's fields sorted by name, no name twice")


def encode_steps(steps: Iterable[Step]) -> bytes:
    """Return the steps as JSON Lines: one canonical object a line, each line ended."""
    return b"".join(canonical(dict(step.values)) + b"\n" for step in steps)


def parse_steps(jsonl: bytes, most: int = MAX_JSONL) -> tuple[Step, ...]:
    """Read steps from JSON Lines as a creator writes them or a tool exports them.

    Each line is an object of name → string, in any order and spacing; blank lines only at the end.
    Every error names its line, counted from 1.
    """
    if len(jsonl) > most:
        raise LimitExceeded(f"expected at most {most} bytes of steps, got {len(jsonl)}")
    # Windows editors put a byte order mark before the first line
    lines = jsonl.removeprefix(b"\xef\xbb\xbf").rstrip().split(b"\n")
    if lines == [b""]:
        return ()
    if len(lines) > MAX_STEPS:
        raise LimitExceeded(f"expected at most {MAX_STEPS} steps, got {len(lines)} lines")
    steps = []
    for number, line in enumerate(lines, 1):
        try:
            steps.append(_step(line))
        except InvalidInput as cause:
            raise type(cause)(f"line {number}: {cause}") from cause
    return tuple(steps)


def _step(line: bytes) -> Step:
    if not line.strip():
        raise InvalidProcessLog("expected a step, got a blank line; remove it")
    try:
        value: Json = json.loads(
            line.decode(),
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_number,
        )
    except (ValueError, RecursionError) as cause:
        raise InvalidProcessLog(f"expected a JSON object in UTF-8, got {line[:40]!r}") from cause
    if not isinstance(value, dict):
        raise InvalidProcessLog(f"expected a JSON object of name and text, got {line[:40]!r}")
    for name, item in value.items():
        if not isinstance(item, str):
            raise InvalidProcessLog(f"expected text in {name[:64]!r}; {_ADVICE[type(item)]}")
    return Step.of(value)


_ADVICE: Mapping[type, str] = {
    float: 'write seeds and decimals as strings, like "81723"',
    bool: 'write "true" or "false"',
    type(None): "leave out what is not known",
    list: "write one string, or several fields",
    dict: "write one string, or several fields",
}


def _number(_: str) -> float:
    return 0.0  # refused by its type, with the field's name


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidProcessLog("expected every field once, got a name twice")
    return found
