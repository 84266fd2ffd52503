"""`index`: copy this home's index from its file to a database."""

import argparse

from ..wiring.moves import copy_index
from .common import add_action, add_actions, emit, open_installation
from .databases import add_to, named_database, without_password
from .progress import progress

EXAMPLES = """examples:
  sealbook index migrate --to postgresql://sealbook@db.example/sealbook

The index is a cache: `sealbook sync --rebuild` makes it anew from the chain, wherever it lies. A
copy spares that time. It is copied whole or not at all, and its rows are counted on both sides."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action."""
    migrate = add_action(
        add_actions(parser), "migrate", "copy the index of this home to a database", EXAMPLES
    )
    add_to(migrate)


def run(args: argparse.Namespace) -> int:
    """Copy the index and say which setting to write."""
    installation = open_installation(args)
    url = named_database(args)
    with progress(args, "index", " rows") as advance:
        rows = copy_index(installation.settings, url, advance)
    setting = f'[database]\nindex_url = "{without_password(url)}"'
    config = installation.home / "config.toml"
    text = f"{rows} rows copied, as many as in the file\n\nwrite in {config}:\n\n{setting}\n\n"
    text += "(where [database] url names the same database already, nothing need be written)"
    emit(args, {"rows": rows, "setting": setting}, text)
    return 0
