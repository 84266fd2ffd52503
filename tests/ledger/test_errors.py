import re

from ledger import errors
from ledger.errors import LedgerError


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r" {4}([│├└─ ]*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            drawn[found[2]] = above[depth - 1] if depth else "Exception"
    there = {
        name: kind.__base__.__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__base__ is not None
    }
    assert drawn == there
    assert all(issubclass(vars(errors)[name], LedgerError) for name in drawn)


def test_every_error_says_what_it_is_for() -> None:
    assert all(kind.__doc__ for kind in vars(errors).values() if isinstance(kind, type))
