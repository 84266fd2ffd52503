"""The queue's move from its file to a database, for good; the index's copy, as a cache.

There is never a moment at which both queues take leaves. The file refuses first: triggers, which
connections that are open obey too, in the transaction that saw what was copied. Then the database
commits. Whoever is killed in between runs it again: the file can still be read.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from ..errors import Busy, Conflict, StoreUnavailable
from . import schema_index, schema_queue
from .database import Database, Migrate
from .database_failures import MOVED
from .durable_files import sync_folder
from .table_copies import Advance, copy_tables, count_rows, fingerprint

_REFUSAL = (
    f"{MOVED}this queue was moved to a database; set [database] url in config.toml and start "
    "again (if the move was interrupted, run `sealbook queue migrate --to URL` again)"
)


def move_queue(
    file: Path,
    target: Engine,
    ledger: bytes,
    now: float,
    migrate: Migrate,
    advance: Advance = lambda *_: None,
) -> int:
    """Move a queue from its file to a database; return how many leaves it has.

    Busy while a worker has the lease. Conflict if the database holds another queue of this
    ledger already. The file is kept, under another name, and takes nothing any more.
    """
    facts = {"version": schema_queue.VERSION, "ledger": ledger}
    schema, tables = schema_queue.schema, schema_queue.tables
    old = Database(file, schema, facts, durable=True, migrate=migrate)
    new = Database(target, schema, facts, durable=True, migrate=migrate)
    try:
        with new.write() as there, old.write() as here:  # the file's commit comes first
            _require_idle(here, now)
            held = fingerprint(here, tables)
            if any(count_rows(there, tables).values()):
                if fingerprint(there, tables) != held:
                    raise Conflict(
                        "expected an empty queue in the database, it holds leaves that this home "
                        "does not; nothing was changed"
                    )
            else:
                copy_tables(here, there, tables, advance)
                if fingerprint(there, tables) != held:
                    raise StoreUnavailable("expected the copy to equal the queue, it differs")
            _refuse_more(here)
    finally:
        old.close()
        new.close()
    _rename(file)
    return held[schema_queue.leaves.name][0]


def copy_index(
    file: Path, target: Engine, migrate: Migrate, advance: Advance = lambda *_: None
) -> int:
    """Copy the index from its file to a database, whole or not at all; return its rows.

    Conflict if the database holds another index already.
    """
    facts = {"version": schema_index.VERSION}
    schema, tables = schema_index.schema, schema_index.tables
    old = Database(file, schema, facts, durable=False, migrate=migrate)
    new = Database(target, schema, facts, durable=False, migrate=migrate)
    try:
        with new.write() as there, old.read() as here:
            counts = count_rows(here, tables)
            if any(count_rows(there, tables).values()):
                if fingerprint(there, tables) != fingerprint(here, tables):
                    raise Conflict(
                        "expected an empty index in the database, it holds another; "
                        "`sealbook sync` brings that one up to date"
                    )
            else:
                copy_tables(here, there, tables, advance)
                if count_rows(there, tables) != counts:
                    raise StoreUnavailable("expected the copy to equal the index, it differs")
    finally:
        old.close()
        new.close()
    return sum(counts.values())


def _require_idle(here: Connection, now: float) -> None:
    rows = schema_queue.lease.c
    held = select(rows.holder).where(rows.holder != "", rows.until > now)
    if here.scalar(held) is not None:
        raise Busy(
            "expected a queue that nobody anchors from, a worker has its lease; stop it "
            "(after a crash the lease ends by itself within a minute), then try again"
        )


def _refuse_more(here: Connection) -> None:
    """Let the file refuse every write from now on, whoever has it open."""
    said = _REFUSAL.replace("'", "''")
    for table in schema_queue.tables.sorted_tables:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            here.execute(
                text(
                    f"CREATE TRIGGER IF NOT EXISTS moved_{table.name}_{verb.lower()} BEFORE {verb} "
                    f"ON {table.name} BEGIN SELECT RAISE(ABORT, '{said}'); END"
                )
            )


def _rename(file: Path) -> None:
    """Give the file, with all that is written in it, its new name."""
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for ending in ("-wal", "-shm", ""):
            path = file.with_name(file.name + ending)
            if path.exists():
                path.replace(file.with_name(f"{file.name}.moved{ending}"))
        sync_folder(file.parent)
    except (OSError, sqlite3.Error) as cause:
        raise StoreUnavailable(
            f"the queue is in the database, but {file} could not be renamed: {cause}; "
            "run `sealbook queue migrate --to URL` again"
        ) from cause
