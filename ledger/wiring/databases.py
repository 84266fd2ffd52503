"""Queue and index, chosen by the settings: files of the home, or PostgreSQL by its URL.

In a database each ledger's queue has a schema of its own, and so has the index, so that several
homes, and several machines of one ledger, share one database.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import ChainSettings, DatabaseSettings, Settings, read_database_url
from ..errors import BadSettings, StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from ..adapters.index import SqlIndex
    from ..adapters.queue import SqlQueue

VARIABLE = "SEALBOOK_DATABASE_URL"
PASSWORD = "PGPASSWORD"  # noqa: S105  (the variable that PostgreSQL's own programs read)
INDEX_SCHEMA = "sealbook_index"
MOVED = ".moved"  # ends the name of a queue's file that was moved to a database


def queue_url(settings: Settings) -> str | None:
    """Return the database of the queues; None: files of the home."""
    return _databases(settings).url


def index_url(settings: Settings) -> str | None:
    """Return the database of the index; None: a file of the home."""
    return _databases(settings).index


def queue_schema(ledger: bytes) -> str:
    """Return the schema of a ledger's queue: PostgreSQL's names end at 63 bytes."""
    return f"sealbook_{ledger.hex()[:40]}"


def queue_engine(url: str, ledger: bytes) -> "Engine":
    """Return the engine of a ledger's queue in a database."""
    return _engine(url, queue_schema(ledger), durable=True)


def index_engine(url: str) -> "Engine":
    """Return the engine of the index in a database."""
    return _engine(url, INDEX_SCHEMA, durable=False)


def queue_file(settings: Settings, chain: ChainSettings) -> Path:
    """Return the file of a chain's queue."""
    return settings.folder(chain) / "queue.db"


def moved_file(settings: Settings, chain: ChainSettings) -> Path:
    """Return what the file of a chain's queue is called once it was moved to a database."""
    return settings.folder(chain) / f"queue.db{MOVED}"


def index_file(settings: Settings) -> Path:
    """Return the file of the index."""
    return settings.home / "index.db"


def has_queue(settings: Settings, chain: ChainSettings) -> bool:
    """Say whether anything was ever acknowledged for a chain here."""
    if queue_file(settings, chain).exists() or moved_file(settings, chain).exists():
        return True
    url, ledger = queue_url(settings), _ledger(settings, chain)
    if url is None or ledger is None:
        return False
    from ..adapters import schema_queue

    return _holds(queue_engine(url, ledger), schema_queue.schema.name)


def open_queue(settings: Settings, chain: ChainSettings, ledger: bytes) -> "SqlQueue":
    """Return the queue of a ledger on a chain, made if it is missing.

    BadSettings where it lies elsewhere than the settings say: a queue is state, and a second one
    of the same ledger would anchor against it.
    """
    from ..adapters.queue import SqlQueue

    url, file = queue_url(settings), queue_file(settings, chain)
    if url is None:
        if moved_file(settings, chain).exists():
            raise BadSettings(
                f"expected [database] url in config.toml (or {VARIABLE}): the queue of "
                f"{chain.name} was moved to a database"
            )
        return SqlQueue(file, ledger, migrate=migrate)
    if file.exists():
        raise BadSettings(
            f"expected the queue of {chain.name} in the database, it is in {file}; "
            "run `sealbook queue migrate --to URL`"
        )
    return SqlQueue(queue_engine(url, ledger), ledger, migrate=migrate)


def require_whole_queue(settings: Settings, chain: ChainSettings) -> None:
    """Raise StoreUnavailable where the queue's file is damaged, or its database can't be asked."""
    from ..adapters.snapshot import require_whole

    file, ledger = queue_file(settings, chain), _ledger(settings, chain)
    if file.exists():
        require_whole(file)
    elif ledger is not None:
        queue = open_queue(settings, chain, ledger)
        try:
            queue.size()
        finally:
            queue.close()


def has_index(settings: Settings) -> bool:
    """Say whether there is an index already."""
    url = index_url(settings)
    if url is None:
        return index_file(settings).exists()
    from ..adapters import schema_index

    return _holds(index_engine(url), schema_index.schema.name)


def open_index(settings: Settings) -> "SqlIndex":
    """Return the index, made if it is missing: a cache, remade by `sync --rebuild`."""
    from ..adapters.files import make_folder
    from ..adapters.index import SqlIndex

    url = index_url(settings)
    if url is not None:
        return SqlIndex(index_engine(url), migrate=migrate)
    make_folder(settings.home)
    return SqlIndex(index_file(settings), migrate=migrate)


def delete_index(settings: Settings) -> None:
    """Delete the index, so that the next sync remakes it.

    In a database its tables are empty at once for all who use it.
    """
    url = index_url(settings)
    if url is not None:
        from ..adapters.index import SqlIndex

        SqlIndex(index_engine(url), anew=True).close()
        return
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        try:
            (settings.home / name).unlink(missing_ok=True)
        except OSError as cause:
            raise StoreUnavailable(
                f"expected to delete {name} in {settings.home}, got: {cause.strerror}"
            ) from cause


def reach_databases(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what lies in a database, and how to ask that database how it is."""
    from ..adapters.database import said_of_server

    urls = {"queue": queue_url(settings), "index": index_url(settings)}
    for what, url in urls.items():
        if url is not None:
            yield what, partial(said_of_server, _engine(url, "public", durable=False))


def migrate(connection: "Connection", history: str, version: int, to: int) -> None:
    """Bring a database's tables up; Alembic is imported only where there is something to do."""
    from ..adapters.migrations import migrate as bring_up

    bring_up(connection, history, version, to)


def _databases(settings: Settings) -> DatabaseSettings:
    named = os.environ.get(VARIABLE)
    if not named:
        return settings.database
    return replace(settings.database, url=read_database_url(VARIABLE, named))


def _engine(url: str, schema: str, *, durable: bool) -> "Engine":
    from ..adapters.engines import make_engine

    password = os.environ.get(PASSWORD)
    return make_engine(url, durable=durable, schema=schema, password=password)


def _holds(engine: "Engine", table: str) -> bool:
    from ..adapters.database import holds

    try:
        return holds(engine, table)
    finally:
        engine.dispose()


def _ledger(settings: Settings, chain: ChainSettings) -> bytes | None:
    from ..adapters.ledger_files import LedgerFiles

    founded = LedgerFiles(settings.folder(chain)).founded()
    return None if founded is None else founded.ledger
