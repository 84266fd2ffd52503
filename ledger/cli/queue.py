"""`queue`: move this home's queues from their files to a database."""

import argparse

from ..wiring.moves import move_queues
from .common import add_action, add_actions, emit, open_installation
from .databases import add_to, named_database, without_password
from .progress import progress

EXAMPLES = """examples:
  sealbook queue migrate --to postgresql://sealbook@db.example/sealbook

The queue is state: what was acknowledged and not anchored yet is nowhere else. So stop `serve` and
`anchor --worker` first. Each queue is moved whole or not at all, compared, and its file is kept
under another name, which nobody anchors from. Safe to run again after it was killed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action."""
    migrate = add_action(
        add_actions(parser),
        "migrate",
        "move the queues of all chains from this home's files to a database",
        EXAMPLES,
    )
    add_to(migrate)


def run(args: argparse.Namespace) -> int:
    """Move the queues and say which setting to write."""
    installation = open_installation(args)
    rows: list[dict[str, object]] = []
    url = named_database(args)
    with progress(args, "queues", " rows") as advance:
        for name, leaves in move_queues(installation.settings, url, advance):
            rows.append({"chain": name, "leaves": leaves, "file": f"chains/{name}/queue.db.moved"})
    setting = f'[database]\nurl = "{without_password(url)}"'
    lines = [f"{row['chain']}: {row['leaves']} leaves moved, all compared" for row in rows]
    lines += ["", f"write in {installation.home / 'config.toml'}:", "", setting, ""]
    lines += ["The index goes there too: `sealbook index migrate` first, or `sealbook sync` after."]
    emit(args, {"moved": rows, "setting": setting}, "\n".join(lines))
    return 0
