"""A disclosure: what the author shows of a process log, and the proof that it stands there.

A shown step always shows how many fields it has and their names; each field's value is shown with
its salt, or stays hidden behind its commitment. Steps that are not shown say nothing at all.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from .digest import DIGEST_BYTES
from .encoding import Json, canonical, hex_of, parse_canonical
from .errors import InvalidProcessLog, LimitExceeded
from .fields import Fields
from .merkle import node_hash
from .process import ProcessLog, field_commitment, process_root, require_log, step_leaf_hash
from .step import MAX_FIELDS, MAX_NAME, MAX_STEPS, MAX_VALUE, Field, require_names

VERSION = 1
# What a verifier reads of a stranger at once; a longer log is disclosed in parts.
MAX_DISCLOSURE = 2**26


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field with the salt that opens its commitment."""

    name: str
    value: str
    salt: bytes

    def __post_init__(self) -> None:
        Field(self.name, self.value)  # the same rules
        _require_hash(self.salt, "salt")

    @property
    def commitment(self) -> bytes:
        """The commitment that name, value and salt make."""
        return field_commitment(self.name, self.value, self.salt)


@dataclass(frozen=True, slots=True)
class HiddenField:
    """A field of which only the name and the commitment are shown."""

    name: str
    commitment: bytes

    def __post_init__(self) -> None:
        Field(self.name, "")
        _require_hash(self.commitment, "commitment")


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the log by its index, counted from 0, with all its fields in order."""

    index: int
    fields: tuple[ShownField | HiddenField, ...]

    def __post_init__(self) -> None:
        require_names([field.name for field in self.fields])

    @property
    def values(self) -> Mapping[str, str]:
        """The values that are shown, by name."""
        return {field.name: field.value for field in self.fields if isinstance(field, ShownField)}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is shown of the log of this id and this many steps.

    `nodes` prove all the shown steps at once: the siblings that they do not give themselves, level
    by level from the leaves, from left to right; none where nothing or everything is shown.
    """

    log_id: bytes
    steps: int
    merkle_root: bytes
    shown: tuple[ShownStep, ...] = ()
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        require_log(self.log_id, self.steps)
        _require_hash(self.merkle_root, "Merkle root")
        before = -1
        for step in self.shown:
            if not before < step.index < self.steps:
                raise InvalidProcessLog(
                    f"expected shown steps in order, each once, within {self.steps}, "
                    f"got {step.index}"
                )
            before = step.index
        for node in self.nodes:
            _require_hash(node, "node")

    def to_json(self) -> Mapping[str, Json]:
        """Return the disclosure as its JSON object."""
        return {
            "version": VERSION,
            "log_id": hex_of(self.log_id),
            "steps": self.steps,
            "merkle_root": hex_of(self.merkle_root),
            "shown": [
                {"step": step.index, "fields": [_field_to_json(field) for field in step.fields]}
                for step in self.shown
            ],
            "nodes": [hex_of(node) for node in self.nodes],
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the disclosure from its JSON object."""
        fields = Fields(value, "a disclosure", InvalidProcessLog)
        fields.number("version", VERSION, VERSION)
        steps = fields.number("steps", 0, MAX_STEPS)
        disclosure = cls(
            log_id=fields.binary("log_id", DIGEST_BYTES),
            steps=steps,
            merkle_root=fields.binary("merkle_root", DIGEST_BYTES),
            shown=tuple(_step_from_json(step) for step in fields.items("shown", steps)),
            nodes=tuple(
                fields.as_bytes(node, "nodes", DIGEST_BYTES)
                for node in fields.items("nodes", steps)
            ),
        )
        fields.done()
        return disclosure

    def encode(self) -> bytes:
        """Return the disclosure as canonical bytes; LimitExceeded where nobody would read it."""
        data = canonical(self.to_json())
        if len(data) > MAX_DISCLOSURE:
            raise LimitExceeded(
                f"expected a disclosure of at most {MAX_DISCLOSURE} bytes, got {len(data)}; "
                "disclose fewer steps at once"
            )
        return data

    @classmethod
    def decode(cls, data: bytes, most: int = MAX_DISCLOSURE) -> Self:
        """Read the disclosure from its canonical bytes, `most` of them at the most."""
        return cls.from_json(parse_canonical(data, most))


def disclose(log: ProcessLog, show: Mapping[int, Collection[str] | None]) -> Disclosure:
    """Show steps of a log by index: all the fields for None, else those of these names."""
    shown = []
    for index in sorted(show):
        if not 0 <= index < log.size:
            raise InvalidProcessLog(f"expected a step from 0 to {log.size - 1}, got {index}")
        shown.append(_show(log, index, show[index]))
    levels = [list(log.leaf_hashes)]
    while len(levels[-1]) > 1:
        levels.append(_parents(levels[-1]))
    return Disclosure(
        log_id=log.log_id,
        steps=log.size,
        merkle_root=log.merkle_root,
        shown=tuple(shown),
        nodes=tuple(levels[level][place] for level, place in _missing(set(show), log.size)),
    )


def verify_disclosure(disclosure: Disclosure, root: bytes, steps: int) -> bool:
    """Say whether all that is shown stands, at its index, in the log of this process root.

    `root` and `steps` as the author signed them. True binds the log id as well: compare it with
    the id in the claim's details or in the process checkpoints.
    """
    if disclosure.steps != steps:
        return False
    if process_root(disclosure.log_id, steps, disclosure.merkle_root) != root:
        return False
    places = list(_missing({step.index for step in disclosure.shown}, steps))
    if len(places) != len(disclosure.nodes):
        return False
    given = dict(zip(places, disclosure.nodes, strict=True))
    level = {
        step.index: step_leaf_hash(
            disclosure.log_id, step.index, [(each.name, each.commitment) for each in step.fields]
        )
        for step in disclosure.shown
    }
    return not level or _root_over(level, given, steps) == disclosure.merkle_root


def _missing(places: set[int], size: int) -> Iterator[tuple[int, int]]:
    """Yield (level, place) of every node that the root over these leaves needs besides them."""
    level = 0
    while size > 1:
        for place in sorted(places):
            if place ^ 1 not in places and place ^ 1 < size:
                yield level, place ^ 1
        places = {place >> 1 for place in places}
        level, size = level + 1, (size + 1) // 2


def _root_over(nodes: dict[int, bytes], given: Mapping[tuple[int, int], bytes], size: int) -> bytes:
    height = (size - 1).bit_length()
    for level in range(height):
        nodes |= {place: node for (at, place), node in given.items() if at == level}
        above = {}
        for place in {place >> 1 for place in nodes}:
            left, right = nodes[2 * place], nodes.get(2 * place + 1)
            # RFC 9162 §2.1.1: an odd last node stands for itself one level above
            above[place] = left if right is None else node_hash(left, right)
        nodes = above
    return nodes[0]


def _parents(level: list[bytes]) -> list[bytes]:
    above = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return above + level[-1:] if len(level) % 2 else above


def _show(log: ProcessLog, index: int, names: Collection[str] | None) -> ShownStep:
    step = log.steps[index]
    unknown = set(names or ()) - step.values.keys()
    if unknown:
        raise InvalidProcessLog(f"expected fields of step {index}, got {min(unknown)[:40]!r}")
    fields: list[ShownField | HiddenField] = []
    for position, field in enumerate(step.fields):
        shown = ShownField(field.name, field.value, log.salt_of(index, position))
        if names is None or field.name in names:
            fields.append(shown)
        else:
            fields.append(HiddenField(field.name, shown.commitment))
    return ShownStep(index, tuple(fields))


def _field_to_json(field: ShownField | HiddenField) -> Mapping[str, Json]:
    if isinstance(field, HiddenField):
        return {"name": field.name, "commitment": hex_of(field.commitment)}
    return {"name": field.name, "value": field.value, "salt": hex_of(field.salt)}


def _step_from_json(value: Json) -> ShownStep:
    fields = Fields(value, "a shown step", InvalidProcessLog)
    step = ShownStep(
        fields.number("step", 0, MAX_STEPS - 1),
        tuple(_field_from_json(field) for field in fields.items("fields", MAX_FIELDS)),
    )
    fields.done()
    return step


def _field_from_json(value: Json) -> ShownField | HiddenField:
    fields = Fields(value, "a field", InvalidProcessLog)
    name = fields.text("name", MAX_NAME)
    field = (
        HiddenField(name, fields.binary("commitment", DIGEST_BYTES))
        if fields.has("commitment")
        else ShownField(name, fields.text("value", MAX_VALUE), fields.binary("salt", DIGEST_BYTES))
    )
    fields.done()
    return field


def _require_hash(value: bytes, name: str) -> None:
    if len(value) != DIGEST_BYTES:
        raise InvalidProcessLog(f"expected a {name} of 32 bytes, got {len(value)}")
