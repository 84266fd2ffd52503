"""Canonical bytes: the one encoding of a JSON value, and strict reading of what strangers send.

The encoding is RFC 8785 (JCS), narrowed so that no two readers can differ: integers within 2^53,
no fractions, keys of printable ASCII (in which UTF-16 order and code point order agree).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from .errors import LimitExceeded, NotCanonical

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

MAX_NUMBER = 2**53 - 1  # RFC 7493 §2.2: what every JSON reader holds exactly
MAX_DEPTH = 16  # our deepest document, a receipt with evidence, has 6 levels
_DIGITS = 17
_KEY = re.compile(r"[\x20-\x7e]{1,128}")


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a JSON value; NotCanonical if it has none."""
    _check(value, MAX_DEPTH)
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )
    try:
        return text.encode()
    except UnicodeEncodeError as cause:
        raise NotCanonical("expected Unicode text, got half of a surrogate pair") from cause


def parse_canonical(data: bytes, most: int) -> Json:
    """Read a JSON value from its canonical bytes, `most` bytes at the most.

    Anything but those bytes is NotCanonical: doubled keys, spaces, fractions, other escapes.
    """
    if len(data) > most:
        raise LimitExceeded(f"expected at most {most} bytes of JSON, got {len(data)}")
    try:
        value: Json = json.loads(
            data.decode(), parse_int=_whole, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as cause:
        raise NotCanonical(f"expected JSON in UTF-8, got {_start(data)}") from cause
    if canonical(value) != data:
        raise NotCanonical(
            f"expected canonical JSON (sorted keys, no spaces, nothing twice), got {_start(data)}"
        )
    return value


def hex_of(data: bytes) -> str:
    """Write bytes as `0x` and lower-case hex digits."""
    return "0x" + data.hex()


def _check(value: Json, depth: int) -> None:
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > MAX_NUMBER:
                raise NotCanonical("expected whole numbers within 2^53; write larger as strings")
            return
    if depth == 0:
        raise NotCanonical(f"expected at most {MAX_DEPTH} levels of nesting")
    match value:
        case dict():  # json.dumps writes no other mapping
            for key, item in value.items():
                if not _KEY.fullmatch(key):
                    raise NotCanonical("expected keys of 1 to 128 printable ASCII characters")
                _check(item, depth - 1)
        case list() | tuple():
            for item in value:
                _check(item, depth - 1)
        case _:
            raise NotCanonical(f"expected JSON without fractions, got {type(value).__name__}")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(digits[:_DIGITS])
    return int(digits)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text[:_DIGITS])


def _start(data: bytes) -> str:
    return repr(data[:40])
