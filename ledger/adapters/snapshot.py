"""Snapshots: a chain's databases copied as they were at one moment, while others write.

The queue must not lag behind the embedded chain, nor know of blocks that the copy of the chain
does not hold: so both snapshots begin while no block can be made.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ..errors import StoreUnavailable
from . import schema_queue
from .embedded_store import EmbeddedStore
from .files import make_folder
from .home_layout import DATABASES

LIMIT = 60.0  # seconds to wait for whoever makes a block


def copy_databases(folder: Path, to: Path) -> list[str]:
    """Copy the chain's and the queue's database of a chain's folder; return those that there are.

    The copies are single files, in the journal mode that the originals work in. StoreUnavailable;
    Busy after a minute.
    """
    names = [name for name in DATABASES if (folder / name).exists()]
    make_folder(to)
    with _translating(folder), ExitStack() as stack:
        sources = [stack.enter_context(closing(_open(folder / name))) for name in names]
        with _no_new_block(folder):
            for source in sources:
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for name, source in zip(names, sources, strict=True):
            with closing(sqlite3.connect(to / name)) as copy:
                source.backup(copy)
                _release(copy)
                # the embedded chain finds its file in this mode; closing empties the journal
                copy.execute("PRAGMA journal_mode=WAL")
    return names


def require_whole(path: Path) -> None:
    """Raise StoreUnavailable unless the file is a database that SQLite finds no fault in."""
    try:
        with closing(_open(path)) as connection:
            said = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as cause:
        raise StoreUnavailable(f"expected a database in {path.name}, got: {cause}") from cause
    if said != "ok":
        raise StoreUnavailable(f"expected a whole database in {path.name}, got: {said:.200}")


def _release(copy: sqlite3.Connection) -> None:
    """Let no worker have the lease: whoever had it works on the original."""
    lease = schema_queue.lease.name
    if copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (lease,)).fetchone():
        copy.execute(f"UPDATE {lease} SET holder = '', until = 0")  # noqa: S608 - a name of ours
        copy.commit()


@contextmanager
def _no_new_block(folder: Path) -> Iterator[None]:
    if not (folder / DATABASES[0]).exists():
        yield  # a chain elsewhere goes on; the queue's own transaction is one moment
        return
    with EmbeddedStore(folder / DATABASES[0], LIMIT).lock():
        yield


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=LIMIT, isolation_level=None
    )


@contextmanager
def _translating(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as cause:
        raise StoreUnavailable(f"expected to copy the databases in {folder}: {cause}") from cause
