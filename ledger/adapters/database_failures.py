"""What a database's failures mean: a wait that is over, or a store that cannot be used now.

One line each, without a password, and without a payload.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine, exc

from ..errors import Busy, LedgerError, StoreUnavailable

MOVED = "moved: "  # how a queue's file begins its refusal after it was moved to a database
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# Lock time-out, deadlock, serialization, too many connections, cancelled, starting up.
_BUSY_STATES = {"55P03", "40P01", "40001", "53300", "57014", "57P03"}
_REFUSED = {"28000", "28P01", "3D000", "42501"}
_SHOWN = 300


@contextmanager
def translated(limit: float, engine: Engine | None = None) -> Iterator[None]:
    """Raise Busy or StoreUnavailable for whatever the database raises."""
    dbapi = None if engine is None else engine.dialect.dbapi
    driver: type[Exception] = sqlite3.Error if dbapi is None else dbapi.Error
    try:
        yield
    except (exc.SQLAlchemyError, driver, sqlite3.Error, OSError) as cause:
        if engine is None or engine.dialect.name == "sqlite":
            raise _sqlite(cause, limit) from cause
        raise _postgres(cause, engine, limit) from cause


def _busy(limit: float) -> Busy:
    return Busy(f"expected the database within {limit:g} s, another process writes; try again")


def _sqlite(cause: Exception, limit: float) -> LedgerError:
    reason = getattr(cause, "orig", None) or cause
    code = getattr(reason, "sqlite_errorcode", 0) & 0xFF  # without the extension
    if code in _BUSY or isinstance(cause, exc.TimeoutError):
        return _busy(limit)
    if str(reason).startswith(MOVED):
        return StoreUnavailable(str(reason).removeprefix(MOVED))
    return StoreUnavailable(
        f"expected a database that reads and writes, got: {reason}; "
        "look at the disk's space and the folder's rights"
    )


def _postgres(cause: Exception, engine: Engine, limit: float) -> LedgerError:
    where = f"{engine.url.host or 'localhost'}/{engine.url.database}"
    reason = getattr(cause, "orig", None) or cause
    told = reason.args[0] if reason.args and isinstance(reason.args[0], Mapping) else {}
    state, message = str(told.get("C", "")), str(told.get("M", ""))[:_SHOWN]
    if state in _BUSY_STATES or isinstance(cause, exc.TimeoutError):
        return _busy(limit)
    if not told:
        return StoreUnavailable(
            f"expected PostgreSQL at {where}, the connection failed; look whether it runs, "
            "and try again"
        )
    if state in _REFUSED:
        return StoreUnavailable(
            f"expected PostgreSQL at {where} to let us in, got: {message}; look at [database] "
            "in config.toml, PGPASSWORD, and the rights of its user"
        )
    return StoreUnavailable(
        f"expected PostgreSQL at {where} to read and write, got: {message} ({state}); "
        "look at the server, and try again"
    )
