"""What commands share: the home, the passphrase, actions, and how they speak.

Cheap to import: `verify` may use it.
"""

import argparse
import getpass
import json
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from ..errors import InvalidInput, UnreadableFile
from ..wiring import Installation

VARIABLE = "SEALBOOK_PASSPHRASE_FILE"
MAX_PASSPHRASE = 4096  # bytes of the first line; more is another file
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def add_home(parser: argparse.ArgumentParser) -> None:
    """Declare `--home`."""
    parser.add_argument(
        "--home",
        metavar="DIR",
        help="the folder of all state (default: SEALBOOK_HOME, else this platform's data folder)",
    )


def open_installation(args: argparse.Namespace) -> Installation:
    """Return the installation of the home that the arguments name."""
    return Installation.open(args.home)


def add_chain(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare `--chain`."""
    parser.add_argument("--chain", metavar="NAME", help=what)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Declare where the passphrase is read from; never the passphrase itself."""
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help=f"read the passphrase from FILE's first line (default: {VARIABLE}, else asked)",
    )


def add_actions(
    parser: argparse.ArgumentParser,
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """Declare that the command has actions, each with help of its own."""
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True)


def add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    examples: str,
) -> argparse.ArgumentParser:
    """Return the parser of a new action, with `--home` and `--json`."""
    parser = actions.add_parser(
        name,
        help=what,
        description=what[:1].upper() + what[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_home(parser)
    # the command has its own --json, before the action: its default must not win over this one
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON, for programs"
    )
    return parser


def emit(args: argparse.Namespace, value: object, text: str) -> None:
    """Print the answer: the value for a program, or the text for a person."""
    print(json.dumps(value, indent=1) if args.json else text)
    with suppress(OSError):  # told at the end: what was done is done, and its exit code stands
        sys.stdout.flush()


def tell(text: str) -> None:
    """Say something beside the answer, on standard error; a full disk there hinders nothing."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def read_passphrase(file: str | None, key: str, *, new: bool = False) -> str:
    """Return the passphrase of a key: from a file, else asked on the terminal (twice for a new).

    `file` is what --passphrase-file says; SEALBOOK_PASSPHRASE_FILE stands in for None.
    """
    named = file or os.environ.get(VARIABLE)
    if named:
        return _first_line(Path(named))
    if not has_terminal():
        raise InvalidInput(
            f"expected the passphrase of the key {key!r}, there is no terminal to ask on; give "
            f"--passphrase-file FILE or set {VARIABLE}"
        )
    try:
        passphrase = getpass.getpass(f"Passphrase for the {'new ' * new}key {key!r}: ")
        if not passphrase:
            raise InvalidInput("expected a passphrase, got an empty one")
        if new and getpass.getpass("The same again: ") != passphrase:
            raise InvalidInput("expected the same passphrase twice, got two; nothing was changed")
    except EOFError as cause:
        raise InvalidInput("expected a passphrase, the terminal was closed") from cause
    return passphrase


def has_terminal() -> bool:
    """Say whether there is a person to ask."""
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            line = file.readline(MAX_PASSPHRASE + 1).rstrip(b"\r\n")
    except OSError as cause:
        raise UnreadableFile(f"expected a passphrase in {path}: {cause.strerror}") from cause
    if os.name == "posix" and stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
        tell(f"sealbook: warning: others may read {path}; run `chmod 600 {path}`")
    if not line or len(line) > MAX_PASSPHRASE:
        raise InvalidInput(
            f"expected a passphrase of 1 to {MAX_PASSPHRASE} bytes in the first line of {path}"
        )
    try:
        return line.decode()
    except UnicodeDecodeError as cause:
        raise InvalidInput(f"expected a passphrase in UTF-8 in {path}") from cause
