"""The name that an error has on the wire (RFC 9457 `type`), and the way back."""

import re
from collections.abc import Iterator

from .errors import LedgerError

PREFIX = "urn:sealbook:problem:"
_INSIDE = re.compile(r"(?<!^)(?=[A-Z])")


def problem_type(error: type[LedgerError]) -> str:
    """Return the URN of a kind of error: `ClaimMissing` is `urn:sealbook:problem:claim-missing`."""
    return PREFIX + _INSIDE.sub("-", error.__name__).lower()


def error_of(name: str) -> type[LedgerError] | None:
    """Return the kind of error that a `type` names; None if this version knows no such kind."""
    return next((kind for kind in _tree(LedgerError) if problem_type(kind) == name), None)


def _tree(kind: type[LedgerError]) -> Iterator[type[LedgerError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _tree(below)
