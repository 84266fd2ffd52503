"""A bar for long work: on standard error, for a person at a terminal only."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm  # type: ignore[import-untyped] # stubs are another package

Advance = Callable[[int, int], None]


@contextmanager
def progress(args: argparse.Namespace, what: str, unit: str) -> Iterator[Advance]:
    """Yield what to call with (done, of how many); silent with --json or without a terminal."""
    quiet = args.json or sys.stderr is None or not sys.stderr.isatty()
    with tqdm(desc=what, unit=unit, disable=quiet, leave=False, dynamic_ncols=True) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance
