"""`restore`: bring a backup back into a new or empty home, all of it or nothing."""

import argparse
from pathlib import Path

from ..adapters.backups import restore_backup
from ..errors import UnreadableFile
from ..wiring import home_path
from .common import add_home, emit, tell
from .databases import beside_backup
from .progress import progress
from .streams import standard_input

EXAMPLES = """examples:
  sealbook restore sealbook-2026-11-24.tar --home ~/sealbook-again
  gunzip -c sealbook.tar.gz | sealbook restore - --home ~/sealbook-again

The home must be new or empty. The old home, if there still is one, must not be used any more: two
homes of one ledger would anchor against each other. Then: `sealbook sync`, `sealbook doctor`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file."""
    parser.add_argument("file", metavar="FILE", help="a file that `backup` wrote; - is stdin")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Restore the home."""
    home = home_path(args.home)  # whatever the settings say: they may be broken
    if args.file == "-":
        count = restore_backup(standard_input(), home)
    else:
        path = Path(args.file)
        try:
            file = path.open("rb")
        except OSError as cause:
            raise UnreadableFile(f"expected a backup at {path}: {cause.strerror}") from cause
        with file, progress(args, "restore", " bytes") as advance:
            total = path.stat().st_size
            count = restore_backup(file, home, lambda done: advance(done, total))
    if (said := beside_backup(home)) is not None:
        tell(said)
    value = {"home": str(home), "files": count}
    emit(args, value, f"{home}: {count} files are back; next: sealbook sync, sealbook doctor")
    return 0
