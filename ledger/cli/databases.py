"""How commands name a database."""

import argparse
import os
import re
from pathlib import Path

from ..config import load_settings
from ..errors import InvalidInput, LedgerError
from ..wiring.databases import PASSWORD, VARIABLE, queue_url

_WITH_PASSWORD = re.compile(r"(postgresql://[^/@:]*):[^/@]*@")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Declare `--to`."""
    parser.add_argument(
        "--to",
        metavar="URL",
        default=os.environ.get(VARIABLE),
        help="the PostgreSQL database, as in postgresql://user@host/name (default: "
        f"{VARIABLE}); its password is best given in {PASSWORD}, which nobody sees",
    )


def named_database(args: argparse.Namespace) -> str:
    """Return the URL that was given."""
    if not args.to:
        raise InvalidInput("expected --to URL, as in postgresql://user@host/name")
    return str(args.to)


def beside_backup(home: Path) -> str | None:
    """Return what is to be said of the database that a backup leaves out; None if there is none."""
    try:
        settings = load_settings(home)
        if queue_url(settings) is None:
            return None
    except LedgerError:  # a backup is written whatever the settings say
        return None
    return (
        "the queue lies in the database of the settings, which this leaves out: copy that one "
        "with pg_dump, first (docs/operations.md)"
    )


def without_password(url: str) -> str:
    """Return a URL as it may be shown."""
    return _WITH_PASSWORD.sub(r"\1@", url)
