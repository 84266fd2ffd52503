"""A JSON object from a stranger, read field by field: each is checked, and none is left over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from .encoding import MAX_NUMBER, Json
from .errors import InvalidInput

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


@dataclass(slots=True)
class Fields:
    """The object, what it is called in messages, and the error that its faults raise."""

    value: Json
    what: str
    error: type[InvalidInput]
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not isinstance(self.value, Mapping):
            raise self.error(f"expected {self.what} to be an object, got {_kind(self.value)}")

    def take(self, name: str) -> Json:
        """Return a required field, whatever it holds."""
        value = self.optional(name)
        if name not in self._taken:
            self.refuse(name, "to be there", "nothing")
        return value

    def optional(self, name: str) -> Json:
        """Return a field that may be missing (None then)."""
        if not isinstance(self.value, Mapping) or name not in self.value:
            return None
        self._taken.add(name)
        return self.value[name]

    def has(self, name: str) -> bool:
        """Say whether the field is there."""
        return isinstance(self.value, Mapping) and name in self.value

    def text(self, name: str, most: int, least: int = 0) -> str:
        """Return a required string of `least` to `most` bytes of UTF-8."""
        value = self.take(name)
        if not isinstance(value, str):
            self.refuse(name, "to be a string", _kind(value))
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            self.refuse(name, "to be Unicode text", "half of a surrogate pair")
        if not least <= length <= most:
            self.refuse(name, f"to have {least} to {most} bytes", str(length))
        return value

    def number(self, name: str, least: int = 0, most: int = MAX_NUMBER) -> int:
        """Return a required whole number within its bounds."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, "to be a whole number", _kind(value))
        if not least <= value <= most:
            self.refuse(name, f"from {least} to {most}", str(value))
        return value

    def binary(self, name: str, least: int, most: int | None = None) -> bytes:
        """Return required bytes, written `0x` and hex, of `least` to `most` (or just `least`)."""
        return self.as_bytes(self.take(name), name, least, most)

    def as_bytes(self, value: Json, name: str, least: int, most: int | None = None) -> bytes:
        """Read one value of this object as bytes, written `0x` and lower-case hex."""
        top = least if most is None else most
        if not isinstance(value, str) or len(value) > 2 + 2 * top or not _HEX.fullmatch(value):
            self.refuse(name, f"to be 0x and hex of at most {top} bytes", _kind(value))
        data = bytes.fromhex(value[2:])
        if len(data) < least:
            self.refuse(name, f"to have at least {least} bytes", str(len(data)))
        return data

    def items(self, name: str, most: int) -> Sequence[Json]:
        """Return a required list of at most `most` items."""
        value = self.take(name)
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.refuse(name, "to be a list", _kind(value))
        if len(value) > most:
            self.refuse(name, f"to have at most {most} items", str(len(value)))
        return value

    def fields(self, name: str) -> "Fields":
        """Return a required object, to be read field by field itself."""
        return Fields(self.take(name), f"{self.what} {name}", self.error)

    def done(self) -> None:
        """Refuse the object if it holds a field that nobody asked for."""
        left = set(self.value if isinstance(self.value, Mapping) else ()) - self._taken
        if left:
            raise self.error(f"{self.what}: unknown field {min(left)[:40]!r}; remove it")

    def refuse(self, name: str, expected: str, came: str) -> NoReturn:
        """Raise this object's error about one field."""
        raise self.error(f"{self.what}: expected {name} {expected}, got {came[:80]}")


_NAMES: Mapping[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a fraction",
}


def _kind(value: object) -> str:
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, Mapping):
        return "an object"
    return _NAMES.get(type(value), "a list")
