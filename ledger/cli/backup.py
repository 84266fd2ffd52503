"""`backup`: write all state that cannot be remade to one file, while others go on working."""

import argparse
import sys
from pathlib import Path

from ..adapters.backups import write_backup, write_backup_file
from ..errors import Conflict
from ..wiring import home_path
from .common import add_home, emit, tell
from .databases import beside_backup
from .progress import progress

EXAMPLES = """examples:
  sealbook backup sealbook-2026-11-24.tar
  sealbook backup - | gzip > sealbook.tar.gz

It holds the settings, the encrypted keys, the process logs with their secrets, the queue, the
embedded chain, the blocks and what was seen final; not the index, which `sync` makes anew. Keep
it where nobody else reads it, and keep your passphrase elsewhere. `sealbook restore` brings it
back. An old backup of a ledger that has gone on since must not anchor again: `doctor` tells."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file."""
    parser.add_argument("file", metavar="FILE", help="the file to write; - is stdout")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Write the backup."""
    home = home_path(args.home)  # whatever the settings say: they may be broken
    if (said := beside_backup(home)) is not None:
        tell(said)
    if args.file == "-":
        tell(f"{write_backup(home, sys.stdout.buffer)} files written")
        return 0
    path = Path(args.file).absolute()
    if path.exists() and not args.overwrite:
        raise Conflict(f"expected a new file, {path} is there; choose another or give --overwrite")
    with progress(args, "backup", " files") as advance:
        count = write_backup_file(home, path, advance)
    size = path.stat().st_size
    value = {"file": str(path), "files": count, "bytes": size}
    emit(args, value, f"{path}: {count} files, {size:,} bytes; keep it secret and safe")
    return 0
