"""PostgreSQL by pg8000, as SQLAlchemy should see it: lost is lost, and closing never fails.

Loaded by SQLAlchemy when a URL asks for it: what stays with SQLite does not import pg8000.
"""

import socket
import ssl
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from getpass import getuser
from typing import Any

from pg8000 import InterfaceError  # type: ignore[import-untyped] # pg8000 has no types
from pg8000.core import make_params  # type: ignore[import-untyped]
from pg8000.legacy import Connection, Cursor  # type: ignore[import-untyped]
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000
from sqlalchemy.engine import URL, ConnectArgsType
from sqlalchemy.engine.interfaces import DBAPIConnection

from ..errors import BadSettings

TIMEOUT = 60.0  # seconds that one answer may take: twice as long as a statement waits for a lock
CONNECT = 10.0  # seconds until a host that says nothing is given up
_FEW = 24  # values of a statement that is worth keeping; longer ones are lists of any length
_KEPT = 100  # statements that a connection keeps
_KNOWN = {"host", "sslmode", "sslrootcert"}
_SSL = {"disable": False, "prefer": None, "require": True}


class PostgresCursor(Cursor):  # type: ignore[misc]
    """A cursor that takes statements in the server's own words ($1), and prepares short ones."""

    def execute(
        self, operation: str, args: Sequence[object] = (), stream: Iterable[str] | None = None
    ) -> "PostgresCursor":
        """Send a statement, with its values, or with the rows of a COPY."""
        if args and stream is None and len(args) <= _FEW:
            self._context = self._c.execute_prepared(operation, args)
        elif args or stream is not None:
            self._context = self._c.execute_unnamed(operation, vals=args, stream=stream)
        else:
            self._context = self._c.execute_simple(operation)
        self._row_iter = iter(self._context.rows or ())
        return self


class PostgresConnection(Connection):  # type: ignore[misc]
    """A connection whose every failure of the network is an InterfaceError that says so.

    Transactions begin where we say (autocommit), so commit and rollback are one message each.
    """

    def __init__(self, **settings: object) -> None:
        host, port, unix = settings.pop("host"), settings.pop("port"), settings.pop("unix_sock")
        with _lost():
            sock = _socket(str(host), int(str(port)), unix)
            try:
                super().__init__(sock=sock, host=host, **settings)
            except BaseException:
                sock.close()
                raise
        self.autocommit = True
        self._prepared: dict[str, tuple[object, ...]] = {}

    def cursor(self) -> PostgresCursor:
        """Return a cursor."""
        return PostgresCursor(self)

    def execute_simple(self, statement: str) -> object:
        """Send a statement that has no values."""
        with _lost():
            return super().execute_simple(statement)

    def execute_prepared(self, statement: str, values: Sequence[object]) -> object:
        """Send the values of a statement that the server keeps: one message and its answer."""
        with _lost():
            held = self._prepared.pop(statement, None)
            if held is None:
                if len(self._prepared) >= _KEPT:
                    oldest = self._prepared.pop(next(iter(self._prepared)))
                    self.close_prepared_statement(oldest[0])
                held = self.prepare_statement(statement, ())
            self._prepared[statement] = held
            name, columns, readers = held
            params = make_params(self.py_types, values)
            return self.execute_named(name, params, columns, readers, statement)

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
            "application_name": "sealbook",
            "ssl_context": _ssl(options),
            "unix_sock": None,
        }
        if (folder := options.get("host", "")).startswith("/"):
            unix = f"{folder}/.s.PGSQL.{settings['port']}"
            settings |= {"unix_sock": unix, "ssl_context": False}
        return [], settings


def _socket(host: str, port: int, unix: object) -> socket.socket:
    """Open a socket that sends at once: pg8000 sends a COPY's last words by themselves."""
    if unix is not None:
        local = socket.socket(socket.AF_UNIX)
        try:
            local.settimeout(TIMEOUT)
            local.connect(str(unix))
        except OSError:
            local.close()
            raise
        return local
    opened = socket.create_connection((host, port), CONNECT)
    opened.settimeout(TIMEOUT)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return opened


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
