"""A database: its tables at the version that we know, its transactions, its failures translated.

One process writes through one door: its threads wait here, in order, and not in the database's
polling; on PostgreSQL the door is a row, so that one process writes at a time.
"""

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

from sqlalchemy import (
    Connection,
    Double,
    Engine,
    Select,
    Table,
    cast,
    exc,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateSchema

from ..errors import BadSettings, Busy, LedgerError
from .database_failures import translated
from .engines import IN_MEMORY, LIMIT, SCHEMA, is_sqlite, make_engine, make_file

__all__ = ["IN_MEMORY", "LIMIT", "Database", "Migrate", "make_engine"]

# Bring the tables of a history from one version to another, within a transaction.
Migrate: TypeAlias = Callable[[Connection, str, int, int], None]
_MAKING = 0x5EA1B00C  # PostgreSQL's lock, by a number of ours, while tables are made


class Database:
    """Some tables in a database, made if they are missing; `schema` holds one row of facts.

    An older version is brought up by `migrate`. A database whose version is newer, or whose
    other facts are others, is BadSettings. `anew`: whatever the tables hold is deleted, at once.
    """

    def __init__(
        self,
        where: Engine | Path | str,
        schema: Table,
        facts: Mapping[str, Any],
        *,
        durable: bool,
        limit: float = LIMIT,
        migrate: Migrate | None = None,
        anew: bool = False,
    ) -> None:
        self._schema = schema
        self._facts = dict(facts)
        self._limit = limit
        self._migrate = migrate
        self._turn = Lock()
        if not isinstance(where, Engine):
            with translated(limit):
                make_file(where)
        self._engine = (
            where if isinstance(where, Engine) else make_engine(where, durable=durable, limit=limit)
        )
        self._shared = isinstance(self._engine.pool, StaticPool)
        if not self._shared:  # whoever forgets to close it leaves no connection behind
            weakref.finalize(self, self._engine.dispose)
        if anew:
            self._remake()
        elif not self._ready():
            self._make()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, whatever others write."""
        with (
            self._alone() if self._shared else nullcontext(),
            self._transaction(writes=False) as connection,
        ):
            yield connection

    def write(self) -> AbstractContextManager[Connection]:
        """Yield a connection whose writes are committed, all or none, at the end.

        One writer at a time; Busy when the wait for another one is over.
        """
        return self._writing(select(self._schema).with_for_update())

    def now(self, connection: Connection, here: float) -> float:
        """Return what all who write here call now: the server's clock, where there is a server.

        In a file the clock of this machine, which the caller has read, is everybody's.
        """
        if is_sqlite(connection):
            return here
        clock = func.extract("epoch", func.clock_timestamp())
        return float(connection.scalar(select(cast(clock, Double))) or 0.0)

    def close(self) -> None:
        """Close what is open; the database opens again when it is asked again."""
        self._engine.dispose()

    @contextmanager
    def _writing(self, door: Select[Any]) -> Iterator[Connection]:
        """Begin a transaction; where the database has many writers, `door` lets one in."""
        with self._alone(), self._transaction(writes=True) as connection:
            if not is_sqlite(connection):
                connection.execute(door)
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        with translated(self._limit, self._engine), self._begun(writes=writes) as connection:
            try:
                yield connection
            except LedgerError:
                raise
            except BaseException:
                if not self._shared and not connection.invalidated:
                    connection.invalidate()  # what failed once is opened anew
                raise

    @contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Connection]:
        """Begin on a connection of the pool, or on a new one where that one was lost meanwhile."""
        with self._engine.connect() as plain:
            connection = plain.execution_options(writes=writes)
            try:
                transaction = connection.begin()
            except exc.DBAPIError as cause:
                if not cause.connection_invalidated:
                    raise
            else:
                with transaction:
                    yield connection
                return
        # the pool knows by now that what it held before is lost too
        with self._engine.connect() as plain:
            connection = plain.execution_options(writes=writes)
            with connection.begin():
                yield connection

    def _ready(self) -> bool:
        with self.read() as connection:
            return bool(self._version(connection) == self._facts["version"])

    def _version(self, connection: Connection) -> int | None:
        """Return the version of the tables; None if they are missing.

        BadSettings if it is newer than ours, or if they hold another's.
        """
        if not inspect(connection).has_table(self._schema.name):
            return None
        row = connection.execute(select(self._schema)).mappings().one_or_none()
        if row is None:
            return None
        held = dict(row)
        version, ours = int(held["version"]), int(self._facts["version"])
        if version > ours:
            raise BadSettings(
                f"expected a database of version {ours} at the most, got {version}: a newer "
                "Sealbook made it; install that one, or choose another file or URL"
            )
        if {**held, "version": ours} != self._facts:
            raise BadSettings(
                f"expected a database with {_told(self._facts)}, got {_told(held)}; choose another "
                "file or URL"
            )
        return version

    def _make(self) -> None:
        """Make the tables, or bring them up to our version, whoever else is at it."""
        with self._writing(_lock()) as connection:
            version = self._version(connection)
            if version is None:
                self._create(connection)
            elif version < self._facts["version"]:
                self._bring_up(connection, version)

    def _remake(self) -> None:
        with self._writing(_lock()) as connection:
            self._schema.metadata.drop_all(connection)
            self._create(connection)

    def _create(self, connection: Connection) -> None:
        self._make_schema(connection)
        self._schema.metadata.create_all(connection)
        connection.execute(insert(self._schema), [self._facts])

    def _make_schema(self, connection: Connection) -> None:
        name = connection.get_execution_options().get(SCHEMA)
        if name is not None and not inspect(connection).has_schema(name):
            connection.execute(CreateSchema(name))

    def _bring_up(self, connection: Connection, version: int) -> None:
        ours = int(self._facts["version"])
        if self._migrate is None:
            raise BadSettings(
                f"expected a database of version {ours}, got {version}; open it once with "
                "`sealbook doctor`, which brings it up"
            )
        if not is_sqlite(connection):
            connection.execute(text(f"LOCK TABLE {self._schema.name}"))  # against old writers
        self._migrate(connection, self._schema.name.removesuffix("_schema"), version, ours)
        connection.execute(update(self._schema).values(version=ours))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._limit):
            raise Busy(f"expected the database within {self._limit:g} s, other threads write")
        try:
            yield
        finally:
            self._turn.release()


def holds(engine: Engine, table: str) -> bool:
    """Say whether a database has a table."""
    with translated(LIMIT, engine), engine.connect() as connection, connection.begin():
        return bool(inspect(connection).has_table(table))


def said_of_server(engine: Engine) -> str:
    """Return where a server is, its version, and how long it takes to answer."""
    try:
        with translated(LIMIT, engine), engine.connect() as connection, connection.begin():
            began = time.perf_counter()
            version = connection.scalar(text("SHOW server_version"))
            took = (time.perf_counter() - began) * 1000
    finally:
        engine.dispose()
    return (
        f"PostgreSQL {version} at {engine.url.host}/{engine.url.database} answers in {took:.1f} ms"
    )


def _lock() -> Select[Any]:
    return select(func.pg_advisory_xact_lock(_MAKING))


def _told(facts: Mapping[Any, object]) -> str:
    return ", ".join(
        f"{name} {value.hex() if isinstance(value, bytes) else value}"
        for name, value in facts.items()
    )
