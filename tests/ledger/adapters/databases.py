"""The databases that the queue and the index are tried on: files, memory, a real PostgreSQL."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.adapters.engines import IN_MEMORY, make_engine
from tests.postgres import PostgresServer

DATABASES = ("file", "memory", "postgres")
_SHARED: dict[int, str] = {}


def open_database(request: pytest.FixtureRequest, folder: Path, *, durable: bool = True) -> Engine:
    """Return an empty database of that kind; on PostgreSQL, a schema of its own."""
    if request.param == "file":
        return make_engine(folder / "kept.db", durable=durable)
    if request.param == "memory":
        return make_engine(IN_MEMORY, durable=durable)
    return own_schema(request.getfixturevalue("postgres"), durable=durable)


def own_schema(server: PostgresServer, *, durable: bool = True) -> Engine:
    """Return an empty schema in a database that the tests of this process share."""
    if server.port not in _SHARED:
        _SHARED[server.port] = server.new_database()
    schema = f"own_{secrets.token_hex(8)}"
    return make_engine(_SHARED[server.port], durable=durable, schema=schema)
