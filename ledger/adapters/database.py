"""A database: an engine by path or URL, its transactions, and every failure of it translated.

SQLite's own ways live here and nowhere else; PostgreSQL needs only its URL. One process writes
through one door: its threads wait here, in order, and not in the database's polling.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    create_engine,
    event,
    exc,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from ..errors import BadSettings, Busy, StoreUnavailable

IN_MEMORY = "sqlite://"
LIMIT = 30.0  # seconds to wait for another process's write
MANY = 1000  # values in one IN (...): PostgreSQL takes 65,535, SQLite 32,766
_MAKING = 0x5EA1B00C  # PostgreSQL's lock, by a number of ours, while tables are made
_NEW_FILE = Lock()
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

# An index or a size. In SQLite only INTEGER, not BIGINT, is the row's own key.
Count = BigInteger().with_variant(Integer, "sqlite")
# Rows kept in the order of their primary key, where the database can.
CLUSTERED: Mapping[str, Any] = {"sqlite_with_rowid": False}


class Uint64(TypeDecorator[int]):
    """What others may set up to 2^64 - 1, where SQL's numbers end at 2^63: 8 bytes, in order."""

    impl = LargeBinary(8)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        """Write the number."""
        del dialect
        return None if value is None else value.to_bytes(8, "big")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> int | None:
        """Read the number."""
        del dialect
        return None if value is None else int.from_bytes(value, "big")


def make_engine(where: Path | str, *, durable: bool, limit: float = LIMIT) -> Engine:
    """Make the engine of a file, or of a URL. The file is made, for its owner alone, if missing.

    `durable`: a commit is on the disk when it returns. Otherwise a power cut may take the last
    commits, never a part of one.
    """
    url = _url(where)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
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


class Database:
    """Some tables in a database, made if they are missing; `schema` holds one row of facts.

    A database whose version or facts are others is BadSettings.
    """

    def __init__(
        self,
        where: Engine | Path | str,
        schema: Table,
        facts: Mapping[str, object],
        *,
        durable: bool,
        limit: float = LIMIT,
    ) -> None:
        self._schema = schema
        self._limit = limit
        self._turn = Lock()
        if not isinstance(where, Engine):
            with self._translated():
                _make_file(_url(where))
        self._engine = (
            where if isinstance(where, Engine) else make_engine(where, durable=durable, limit=limit)
        )
        self._shared = isinstance(self._engine.pool, StaticPool)
        if not self._checked(facts):
            self._create(schema.metadata, facts)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, whatever others write."""
        with (
            self._translated(),
            self._alone() if self._shared else nullcontext(),
            self._connected(reads=True) as connection,
            connection.begin(),
        ):
            yield connection

    def write(self) -> AbstractContextManager[Connection]:
        """Yield a connection whose writes are committed, all or none, at the end.

        One writer at a time; Busy when the wait for another one is over.
        """
        return self._writing(select(self._schema).with_for_update())

    @contextmanager
    def _writing(self, door: Select[Any]) -> Iterator[Connection]:
        """Begin a transaction; where the database has many writers, `door` lets one in."""
        with self._translated(), self._alone(), self._connected(reads=False) as connection:
            try:
                with connection.begin():
                    if not self._sqlite:
                        connection.execute(door)
                    yield connection
            except exc.DBAPIError:
                if not self._shared:
                    connection.invalidate()  # what failed once is opened anew
                raise

    def close(self) -> None:
        """Close what is open; the database opens again when it is asked again."""
        self._engine.dispose()

    def _connected(self, *, reads: bool) -> Connection:
        if self._sqlite:
            return self._engine.connect().execution_options(writes=not reads)
        level = "REPEATABLE READ" if reads else "READ COMMITTED"
        return self._engine.connect().execution_options(isolation_level=level)

    @property
    def _sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _checked(self, facts: Mapping[str, object]) -> bool:
        with self.read() as connection:
            if not inspect(connection).has_table(self._schema.name):
                return False
            row = connection.execute(select(self._schema)).mappings().one_or_none()
        if row is None:
            return False
        if dict(row) != dict(facts):
            raise BadSettings(
                f"expected a database with {_told(facts)}, got {_told(row)}; choose another file "
                "or URL, or the version of Sealbook that made this one"
            )
        return True

    def _create(self, tables: MetaData, facts: Mapping[str, object]) -> None:
        with self._writing(select(func.pg_advisory_xact_lock(_MAKING))) as connection:
            tables.create_all(connection)
            if connection.execute(select(self._schema)).first() is None:
                connection.execute(insert(self._schema), [dict(facts)])
        self._checked(facts)  # another process may have been first

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._limit):
            raise Busy(f"expected the database within {self._limit:g} s, other threads write")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (exc.SQLAlchemyError, sqlite3.Error, OSError) as cause:
            reason = getattr(cause, "orig", None) or cause
            code = getattr(reason, "sqlite_errorcode", 0) & 0xFF  # without the extension
            if code in _BUSY or isinstance(cause, exc.TimeoutError):
                raise Busy(
                    f"expected the database within {self._limit:g} s, another process writes; "
                    "try again"
                ) from cause
            raise StoreUnavailable(
                f"expected a database that reads and writes, got: {reason}; "
                "look at the disk's space and the folder's rights"
            ) from cause


def where_in(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[object]
) -> Iterator[Any]:
    """Yield the query's rows whose column is one of the values, by as many queries as it takes."""
    left = iter(values)
    while some := list(islice(left, MANY)):
        yield from connection.execute(query.where(column.in_(some)))


def _told(facts: Mapping[Any, object]) -> str:
    return ", ".join(
        f"{name} {value.hex() if isinstance(value, bytes) else value}"
        for name, value in facts.items()
    )


def _url(where: Path | str) -> URL:
    if isinstance(where, str) and "://" in where:
        try:
            return make_url(where)
        except exc.ArgumentError as cause:
            raise BadSettings("expected a database URL like postgresql://host/name") from cause
    return URL.create("sqlite", database=str(Path(where).absolute()))


def _in_memory(url: URL) -> bool:
    return url.database in {None, "", ":memory:"}


def _make_file(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and not _in_memory(url):
        path = Path(str(url.database))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only a new file is opened here: to close one that SQLite has open, in whatever thread of
        # this process, drops its locks on it (POSIX), and another process then deletes its WAL.
        with _NEW_FILE, suppress(FileExistsError):
            # SQLite gives the files that it makes beside this one the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
