"""How commands name a database."""

import argparse
import os
import re

from ..errors import InvalidInput
from ..wiring.databases import PASSWORD, VARIABLE

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


def without_password(url: str) -> str:
    """Return a URL as it may be shown."""
    return _WITH_PASSWORD.sub(r"\1@", url)
