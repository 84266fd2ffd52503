"""The standard streams: they may be closed, full, or in an encoding that lacks a character."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import UnreadableFile

UNWRITTEN = 74  # sysexits.h, EX_IOERR: the answer could not be written, whatever it was
PIPE = 141  # as a shell says of a program whose reader has left: 128 + SIGPIPE
_STANDARD = 2  # the highest number of a standard stream


def make_ready() -> None:
    """Let output always have a place, and take every character.

    A closed stream gets the null device: else a database would be opened under its number, and
    what is said on standard error would land in standard output. What an encoding lacks, or a
    file's name holds that is no text, is escaped.
    """
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STANDARD:
        pass  # 0, 1 or 2 was closed, and is taken now
    os.close(opened)
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def standard_input() -> BinaryIO:
    """Return standard input; UnreadableFile if it is closed."""
    if sys.stdin is None:
        raise UnreadableFile("expected something on standard input, it is closed")
    return sys.stdin.buffer


def shown(text: str) -> str:
    """Make a stranger's text safe for a terminal: control and direction marks are spelled out."""
    return "".join(
        letter
        if letter.isprintable()
        else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in text
    )


def finish(code: int) -> int:
    """Write out what was said, and return the exit code: UNWRITTEN if the disk is full.

    A reader of a pipe that has left has read enough: the code stays.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        abandon()
    except OSError as cause:
        code = unwritten(cause)
    return code


def unwritten(cause: OSError) -> int:
    """Say what kept us from writing (or reading), and return the exit code: it is no verdict."""
    abandon()
    where = f" ({cause.filename})" if cause.filename else ""
    with suppress(OSError):  # standard error may be the same full disk
        print(f"sealbook: input or output failed: {cause.strerror}{where}", file=sys.stderr)
    return UNWRITTEN


def abandon() -> None:
    """Give standard output up: what is left in its buffer goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _nowhere() -> io.TextIOWrapper:
    return Path(os.devnull).open("w", encoding="utf-8")
