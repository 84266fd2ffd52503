"""Database engines, by path or URL: how SQLite and PostgreSQL begin a transaction, and wait.

The ways of each database live here, in `rows` and in `database_failures`, and nowhere else.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from ..errors import BadSettings

IN_MEMORY = "sqlite://"
LIMIT = 30.0  # seconds to wait for another process's write
SCHEMA = "sealbook_schema"  # the execution option that names the PostgreSQL schema of an engine
_NEW_FILE = Lock()
_IDLE = 60  # seconds that a transaction may stand still: whoever froze in it must not stop others

registry.register("postgresql.sealbook", f"{__package__}.postgres", "PostgresDialect")


def make_engine(
    where: Path | str,
    *,
    durable: bool,
    limit: float = LIMIT,
    schema: str | None = None,
    password: str | None = None,
) -> Engine:
    """Make the engine of a file, or of a URL and one of its schemas.

    The password is a URL's that has none.

    `durable`: a commit is on the disk when it returns. Otherwise a power cut may take the last
    commits, never a part of one.
    """
    url = database_url(where)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, durable=durable, limit=limit)
    if url.password is None and password:
        url = url.set(password=password)
    return _postgres(url, schema, durable=durable, limit=limit)


def database_url(where: Path | str) -> URL:
    """Return the URL of a file, or a URL's own value; BadSettings if it is none of ours."""
    if not isinstance(where, str) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).absolute()))
    try:
        url = make_url(where)
    except (exc.ArgumentError, ValueError) as cause:
        raise BadSettings("expected a database URL like postgresql://user@host/name") from cause
    if url.drivername not in {"sqlite", "postgresql"}:
        raise BadSettings(
            f"expected a database URL like postgresql://user@host/name, got {url.drivername!r:.40}"
        )
    return url


def make_file(where: Path | str) -> None:
    """Make a database's file, for its owner alone, if it is one and missing."""
    url = database_url(where)
    if url.get_backend_name() != "sqlite" or _in_memory(url):
        return
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only a new file is opened here: to close one that SQLite has open, in whatever thread of
    # this process, drops its locks on it (POSIX), and another process then deletes its WAL.
    with _NEW_FILE, suppress(FileExistsError):
        # SQLite gives the files that it makes beside this one the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def is_sqlite(connection: Connection | Engine) -> bool:
    """Say whether it is SQLite, or else PostgreSQL."""
    return connection.dialect.name == "sqlite"


def _in_memory(url: URL) -> bool:
    return url.database in {None, "", ":memory:"}


def _sqlite(url: URL, *, durable: bool, limit: float) -> Engine:
    settings: dict[str, Any] = {"connect_args": {"timeout": limit, "check_same_thread": False}}
    if _in_memory(url):
        settings["poolclass"] = StaticPool
    else:
        settings |= {"pool_size": 16, "max_overflow": 48, "pool_timeout": limit}
    engine = create_engine(url, hide_parameters=True, **settings)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute(f"PRAGMA fullfsync={int(durable)}")  # macOS: to the platter
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that begins to read and then writes can't wait for another writer.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(url: URL, schema: str | None, *, durable: bool, limit: float) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+sealbook"),
        hide_parameters=True,
        paramstyle="numeric_dollar",  # the server's own: pg8000 would rewrite each statement
        pool_size=8,
        max_overflow=24,
        pool_timeout=limit,
        execution_options={SCHEMA: schema or "public"},
    )
    # One message begins a transaction and says all of its ways; they end with it, so that a
    # pooler between us and the server may give each transaction another of its connections.
    path = engine.dialect.identifier_preparer.quote_identifier(schema or "public")
    reading = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {path}"
    kept = "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    kept += "ELSE current_setting('synchronous_commit') END"
    waiting = {
        "search_path": f"'{path}'",
        "lock_timeout": f"'{max(1, round(limit * 1000))}ms'",
        "idle_in_transaction_session_timeout": f"'{_IDLE}s'",
        "synchronous_commit": kept if durable else "'off'",
    }
    said = ", ".join(f"set_config('{name}', {value}, true)" for name, value in waiting.items())
    writing = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT {said}"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(writing if writes else reading)

    return engine
