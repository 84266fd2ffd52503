"""PostgreSQL by pg8000, as SQLAlchemy should see it: lost is lost, and closing never fails.

Loaded by SQLAlchemy when a URL asks for it: what stays with SQLite does not import pg8000.
"""

import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from getpass import getuser
from typing import Any

from pg8000 import InterfaceError  # type: ignore[import-untyped] # pg8000 has no types
from pg8000.legacy import Connection  # type: ignore[import-untyped]
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000
from sqlalchemy.engine import URL, ConnectArgsType
from sqlalchemy.engine.interfaces import DBAPIConnection

from ..errors import BadSettings

TIMEOUT = 60.0  # seconds that one answer may take: twice as long as a statement waits for a lock
_KNOWN = {"host", "sslmode", "sslrootcert"}
_SSL = {"disable": False, "prefer": None, "require": True}


class PostgresConnection(Connection):  # type: ignore[misc]
    """A connection whose every failure of the network is an InterfaceError that says so.

    Transactions begin where we say (autocommit), so commit and rollback are one message each.
    """

    def __init__(self, **settings: object) -> None:
        with _lost():
            super().__init__(**settings)
        self.autocommit = True

    def execute_simple(self, statement: str) -> object:
        """Send a statement that has no values."""
        with _lost():
            return super().execute_simple(statement)

    def execute_unnamed(self, statement: str, **given: object) -> object:
        """Send a statement with its values, or with the rows of a COPY."""
        with _lost():
            return super().execute_unnamed(statement, **given)

    def commit(self) -> None:
        """Commit."""
        self.execute_simple("COMMIT")

    def rollback(self) -> None:
        """Roll back, where there is something to."""
        if self._in_transaction:
            self.execute_simple("ROLLBACK")

    def close(self) -> None:
        """Close; of a connection that is lost, nothing is left to close."""
        with suppress(InterfaceError, OSError, ValueError, AttributeError):
            super().close()


class PostgresDialect(PGDialect_pg8000):
    """SQLAlchemy's dialect of pg8000, on these connections."""

    supports_statement_cache = True

    def connect(self, *_: object, **settings: object) -> DBAPIConnection:
        """Open a connection."""
        opened: DBAPIConnection = PostgresConnection(**settings)
        return opened

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        """Return what a URL says, as libpq reads it: host, sslmode and sslrootcert as options."""
        left = set(url.query) - _KNOWN
        if left:
            raise BadSettings(
                f"expected {', '.join(sorted(_KNOWN))} as options of a database URL, "
                f"got {min(left)!r:.40}"
            )
        options = {name: str(value) for name, value in url.query.items()}
        settings: dict[str, Any] = {
            "user": url.username or getuser(),
            "password": url.password or "",
            "host": url.host or "localhost",
            "port": url.port or 5432,
            "database": url.database,
            "timeout": TIMEOUT,
            "application_name": "sealbook",
            "ssl_context": _ssl(options),
        }
        if options.get("host", "").startswith("/"):
            settings["unix_sock"] = f"{options['host']}/.s.PGSQL.{settings['port']}"
            settings["ssl_context"] = False
        return [], settings


def _ssl(options: Mapping[str, str]) -> ssl.SSLContext | bool | None:
    """Return how to encrypt; None: if the server can."""
    mode = options.get("sslmode", "prefer")
    if mode in _SSL:
        return _SSL[mode]
    if mode != "verify-full":
        raise BadSettings(f"expected sslmode verify-full or {', '.join(_SSL)}, got {mode!r:.40}")
    try:
        return ssl.create_default_context(cafile=options.get("sslrootcert"))
    except OSError as cause:
        raise BadSettings(f"expected certificates in sslrootcert, got: {cause.strerror}") from cause


@contextmanager
def _lost() -> Iterator[None]:
    """Give every way in which pg8000 stumbles over a dead connection its one name."""
    try:
        yield
    except (OSError, ValueError, struct.error) as cause:
        raise InterfaceError("network error") from cause
    except AttributeError as cause:
        raise InterfaceError("connection is closed") from cause
