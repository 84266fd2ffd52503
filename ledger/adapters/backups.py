"""Backups: a home's state to one file, while others write, and back into an empty home."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import BadSettings, Conflict, StoreUnavailable
from .archive import ArchiveWriter, extract
from .durable_files import sync_file, sync_folder
from .file_lock import hold
from .home_layout import DATABASES, state_files
from .snapshot import copy_databases, require_whole

RESERVE = 64 * 1024**2  # bytes of disk that a restore leaves free
Advance = Callable[[int, int], None]


def write_backup(home: Path, out: BinaryIO, advance: Advance = lambda *_: None) -> int:
    """Write a home's state to a stream; return how many files it has.

    The databases come first, as of one moment; what they speak of (blocks, keys, logs) is written
    before they speak of it, so the files that are read after them hold it all.
    """
    if not (home / "keys").is_dir() and not (home / "chains").is_dir():
        raise BadSettings(
            f"expected a home in {home}, there is nothing to back up; give --home DIR"
        )
    writer = ArchiveWriter(out)
    with _translating(home), tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as copies:
        chains = home / "chains"
        for folder in sorted(chains.iterdir()) if chains.is_dir() else ():
            if not folder.is_dir():
                continue
            for name in copy_databases(folder, Path(copies) / folder.name):
                copy = Path(copies) / folder.name / name
                writer.add(f"chains/{folder.name}/{name}", copy)
                copy.unlink()
        names = [name for name in state_files(home) if Path(name).name not in DATABASES]
        for done, name in enumerate(names, 1):
            writer.add(name, home / name)
            advance(done, len(names))
        return writer.close()


def write_backup_file(home: Path, path: Path, advance: Advance = lambda *_: None) -> int:
    """Write a home's state to a file, for its owner only, whole or not at all."""
    temporary: Path | None = None
    try:
        with _translating(path):
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
            temporary = Path(name)
            with os.fdopen(descriptor, "wb") as out:
                count = write_backup(home, out, advance)
                out.flush()
                sync_file(out.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
            return count
    except BaseException:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise


def restore_backup(
    source: BinaryIO, home: Path, advance: Callable[[int], None] = lambda _: None
) -> int:
    """Make a home of a backup, all or nothing; return how many files it has.

    Conflict unless the home is missing or empty. InvalidInput if it is no whole backup.
    """
    home = Path(os.path.realpath(home))
    with _translating(home):
        _require_empty(home)
        home.parent.mkdir(parents=True, exist_ok=True)
        made = home.with_name(f".{home.name}.restoring")
        lock = home.with_name(f".{home.name}.restoring.lock")
        with hold(lock, 0.0):
            try:
                if made.exists():
                    shutil.rmtree(made)  # of a restore that was killed: its lock is free
                made.mkdir(mode=0o700)
                room = shutil.disk_usage(home.parent).free - RESERVE
                count = extract(source, made, room, advance)
                _require_databases(made)
                _sync_below(made)
                _require_empty(home)
                if home.exists():
                    home.rmdir()
                made.rename(home)
                sync_folder(home.parent)
            finally:
                shutil.rmtree(made, ignore_errors=True)
                with suppress(OSError):
                    lock.unlink()
    return count


def _require_empty(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Conflict(
            f"expected an empty or a new folder to restore into, {home} is not; give --home DIR"
        )


def _require_databases(made: Path) -> None:
    for name in DATABASES:
        for path in made.glob(f"chains/*/{name}"):
            require_whole(path)


def _sync_below(made: Path) -> None:
    for folder in (made, *(path for path in made.rglob("*") if path.is_dir())):
        sync_folder(folder)


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise StoreUnavailable(
            f"expected to read and write at {path}, got: {cause.strerror or cause}; "
            "nothing was changed"
        ) from cause
