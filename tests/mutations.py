"""Mutations of a JSON document, field by field, as a forger or a bad disk would make them.

`mutations(data, seed, each)` yields, for every field of the canonical document `data`, at least
`each` different changes (field path, what was done, the changed bytes), the same for the same
seed. Most are written canonically again, so that they get past the first check of form; the rest
break the form itself. None equals `data`.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

Path = tuple[str | int, ...]
WHOLE = "(whole)"
# Without its evidence a receipt is whole, and true: that is no forgery.
OPTIONAL = frozenset({("evidence",)})


@dataclass(frozen=True, slots=True)
class Mutation:
    """A field's path, what was done to it, and the document after that."""

    field: str
    what: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON text that stands in a document as it is, well formed or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """An object in any order and with any key twice."""

    items: tuple[tuple[str, object], ...]


def mutations(data: bytes, seed: int, each: int) -> Iterator[Mutation]:
    """Yield the mutations of every field, `each` or more a field, and of the whole document."""
    chance = random.Random(seed)
    value = json.loads(data)
    seen = {data}

    def fresh(changes: Iterator[tuple[str, bytes]], field: str) -> Iterator[Mutation]:
        for what, changed in changes:
            if changed not in seen:
                seen.add(changed)
                yield Mutation(field, what, changed)

    for path in paths(value):
        fixed = list(fresh(_fixed(value, path), written(path)))
        drawn = (_random(value, path, chance) for _ in range(20 * each))
        yield from fixed
        yield from islice(fresh(drawn, written(path)), max(0, each - len(fixed)))
    yield from fresh(_whole(data, chance, max(each, 100)), WHOLE)


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    """Yield the path of every field and item below a value."""
    if isinstance(value, Mapping):
        items: Iterator[tuple[str | int, object]] = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    else:
        return
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


def written(path: Path) -> str:
    """Write a path like `anchors[0].block_hash`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def encode(value: object) -> bytes:
    """Write a document canonically, but for what is Raw or Pairs in it."""
    return _text(value).encode("utf-8", "surrogatepass") + b"\n"


def _text(value: object) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(k)}:{_text(v)}" for k, v in value.items) + "}"
    if isinstance(value, Mapping):
        return _text(Pairs(tuple(sorted(value.items()))))
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def get(value: object, path: Path) -> object:
    """Return what stands at a path."""
    for key in path:
        value = value[key]  # type: ignore[index]
    return value


def put(value: object, path: Path, new: object) -> object:
    """Return the document with something else at a path."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return {**value, key: put(value[key], rest, new)}
    assert isinstance(value, list)
    assert isinstance(key, int)
    return [*value[:key], put(value[key], rest, new), *value[key + 1 :]]


WRONG: Mapping[str, object] = {
    "null": None,
    "true": True,
    "an empty string": "",
    "a string": "x",
    "zero as a string": "0",
    "an empty list": [],
    "an empty object": {},
    "an object": {"0": 0},
    "a fraction": Raw("1.5"),
    "an exponent": Raw("1e3"),
    "minus zero": Raw("-0"),
    "minus one": -1,
    "2^53": 2**53,
    "2^64": 2**64,
    "a number of 400 digits": Raw("9" * 400),
    "a number of 5,000 digits": Raw("9" * 5_000),
    "infinity": Raw("Infinity"),
    "not a number": Raw("NaN"),
    "20 levels of lists": Raw("[" * 20 + "]" * 20),
    "100,000 levels of lists": Raw("[" * 100_000 + "]" * 100_000),
    "20 levels of objects": Raw('{"a":' * 20 + "0" + "}" * 20),
    "half a surrogate pair": Raw('"\\ud800"'),
    "nothing at all": Raw(""),
    "an empty hex": "0x",
    "32 zero bytes": "0x" + "00" * 32,
    "20 zero bytes": "0x" + "00" * 20,
    "a megabyte of hex": "0x" + "ab" * 2**19,
}


def _fixed(value: object, path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what can be done to any field, then what its type allows."""
    old = get(value, path)
    for name, wrong in WRONG.items():
        yield f"replaced by {name}", encode(put(value, path, wrong))
    yield "put in a list", encode(put(value, path, [old]))
    yield "put in an object", encode(put(value, path, {"value": old}))
    above, key = get(value, path[:-1]), path[-1]
    for name, changed in _beside(above, key, path):
        yield name, encode(put(value, path[:-1], changed))
    for other in paths(value):
        there = get(value, other)
        apart = other[: len(path)] != path and path[: len(other)] != other
        if apart and there != old and _kind(there) == _kind(old):
            swapped = put(put(value, path, there), other, old)
            yield f"swapped with {written(other)}", encode(swapped)
            yield f"replaced by {written(other)}", encode(put(value, path, there))


def _beside(above: object, key: str | int, path: Path) -> Iterator[tuple[str, object]]:
    """Yield objects and lists in which the field is missing, twice, renamed or moved."""
    if isinstance(above, Mapping):
        items = tuple(sorted(above.items()))
        rest = tuple(item for item in items if item[0] != key)
        old = above[key]
        if path not in OPTIONAL:
            yield "removed", dict(rest)
        yield "twice", Pairs((*items, (str(key), old)))
        yield "twice, null first", Pairs(((str(key), None), *items))
        yield "twice, null last", Pairs((*items, (str(key), None)))
        yield "renamed", {**dict(rest), f"{key}_": old}
        yield "in upper case", {**dict(rest), str(key).upper(): old}
        yield "with an unknown field beside it", {**above, f"{key}2": old}
        yield "out of order", Pairs(((str(key), old), *rest))
        yield "out of order, last", Pairs((*rest, (str(key), old)))
    elif isinstance(above, list) and isinstance(key, int):
        yield "removed", above[:key] + above[key + 1 :]
        yield "twice", above[: key + 1] + above[key:]
        yield "a thousand times", above[:key] + [above[key]] * 1_000 + above[key + 1 :]
        yield "moved to the end", above[:key] + above[key + 1 :] + [above[key]]


def _kind(value: object) -> tuple[str, int]:
    """Return what may be swapped: hex of one length, or values of one type."""
    if isinstance(value, str) and value.startswith("0x"):
        return "hex", len(value)
    return type(value).__name__, 0


def _random(value: object, path: Path, chance: random.Random) -> tuple[str, bytes]:
    old = get(value, path)
    if isinstance(old, str) and old.startswith("0x"):
        what, new = _hex(old, chance)
    elif isinstance(old, str):
        what, new = _string(old, chance)
    elif isinstance(old, int):
        what, new = _number(old, chance)
    else:  # a list or an object: change what it holds, or its own text
        inside = [one for one in paths(old) if not isinstance(get(old, one), Mapping | list)]
        if inside and chance.random() < 0.5:
            return _random(value, (*path, *chance.choice(inside)), chance)
        what, new = _bytes_of(old, chance)
    return what, encode(put(value, path, new))


def _hex(old: str, chance: random.Random) -> tuple[str, object]:
    data = bytearray.fromhex(old[2:])
    at = chance.randrange(len(data) + 1)
    ways: dict[str, Callable[[], object]] = {
        "bit flipped": lambda: "0x" + _flipped(data, chance).hex(),
        "two bits flipped": lambda: "0x" + _flipped(_flipped(data, chance), chance).hex(),
        "byte removed": lambda: "0x" + (data[:at] + data[at + 1 :]).hex(),
        "byte added": lambda: "0x" + (data[:at] + chance.randbytes(1) + data[at:]).hex(),
        "drawn anew": lambda: "0x" + chance.randbytes(len(data)).hex(),
        "a digit in upper case": lambda: old[: 2 + at] + old[2 + at :].upper(),
        "a digit removed": lambda: old[: 2 + at] + old[3 + at :],
        "a character of another script": lambda: old[: 2 + at] + "\u0430" + old[3 + at :],
    }
    what = chance.choice([*ways, "bit flipped", "bit flipped"])
    return what, ways[what]()


def _string(old: str, chance: random.Random) -> tuple[str, object]:
    at = chance.randrange(len(old) + 1)
    drawn = chr(chance.choice((chance.randrange(1, 0x80), chance.randrange(0x80, 0x2_0000))))
    ways: dict[str, Callable[[], object]] = {
        "character changed": lambda: old[:at] + drawn + old[at + 1 :],
        "character added": lambda: old[:at] + drawn + old[at:],
        "character removed": lambda: old[:at] + old[at + 1 :],
        "written with an escape": lambda: Raw(
            json.dumps(old)[:-1] + f'\\u{ord(drawn) % 2**16:04x}"'
        ),
        "repeated": lambda: old * chance.randrange(2, 5_000),
    }
    what = chance.choice(list(ways))
    return what, ways[what]()


def _number(old: int, chance: random.Random) -> tuple[str, object]:
    ways: dict[str, Callable[[], object]] = {
        "bit flipped": lambda: old ^ 1 << chance.randrange(70),
        "a step away": lambda: old + chance.choice((-1, 1)) * chance.randrange(1, 99),
        "drawn anew": lambda: chance.getrandbits(chance.randrange(1, 64)),
        "negative": lambda: -chance.getrandbits(chance.randrange(1, 64)),
        "with leading zeros": lambda: Raw("0" * chance.randrange(1, 9) + str(old)),
        "as a fraction": lambda: Raw(f"{old}.{chance.randrange(99)}"),
        "with an exponent": lambda: Raw(f"{old}e{chance.randrange(-9, 99)}"),
        "as a string": lambda: str(old + chance.randrange(99)),
    }
    what = chance.choice(list(ways))
    return what, ways[what]()


def _bytes_of(old: object, chance: random.Random) -> tuple[str, object]:
    text = _text(old)
    at = chance.randrange(len(text) + 1)
    drawn = chr(chance.randrange(0x20, 0x7F))
    return "text changed", Raw(text[:at] + drawn + text[at + chance.randrange(2) :])


def _flipped(data: bytearray, chance: random.Random) -> bytearray:
    changed = bytearray(data)
    bit = chance.randrange(8 * len(data))
    changed[bit // 8] ^= 1 << bit % 8
    return changed


def _whole(data: bytes, chance: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield changes to the bytes of the whole document."""
    yield from (("empty", b""), ("a line feed", b"\n"), ("a second line feed", data + b"\n"))
    yield from (("no line feed", data[:-1]), ("carriage return", data[:-1] + b"\r\n"))
    yield from (("a byte order mark", b"\xef\xbb\xbf" + data), ("a space before", b" " + data))
    yield from (("twice", data + data), ("in a list", b"[" + data[:-1] + b"]\n"))
    yield from (("in UTF-16", data.decode().encode("utf-16")), ("reversed", data[::-1]))
    yield from (("pretty", json.dumps(json.loads(data), indent=1).encode() + b"\n"),)
    yield from (("three megabytes of spaces", data[:-1] + b" " * 3 * 2**20 + b"\n"),)
    for _ in range(count):
        at = chance.randrange(len(data))
        yield f"cut off at {at}", data[:at]
        yield f"cut off at {at}, with a line feed", data[:at] + b"\n"
        yield f"byte {at} removed", data[:at] + data[at + 1 :]
        yield f"byte {at} twice", data[:at] + data[at : at + 1] + data[at:]
        yield (
            f"bit flipped in byte {at}",
            data[:at] + bytes(_flipped(bytearray(data[at : at + 1]), chance)) + data[at + 1 :],
        )
        yield f"junk at {at}", data[:at] + chance.randbytes(9) + data[at:]
