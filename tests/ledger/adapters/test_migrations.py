"""Tables of an older version are brought up when they are opened; newer ones are left alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, insert, inspect, select, text, update
from sqlalchemy.schema import CreateSchema

from ledger.adapters import schema_index, schema_queue
from ledger.adapters.engines import SCHEMA, is_sqlite, make_engine
from ledger.adapters.index import SqlIndex
from ledger.adapters.migrations import migrate
from ledger.adapters.queue import SqlQueue
from ledger.errors import BadSettings
from ledger.ports import Idempotency
from tests.ledger.factories import LEDGER, word

from .queues import leaves, prepared

HISTORIES: dict[str, tuple[MetaData, int]] = {
    "queue": (schema_queue.tables, schema_queue.VERSION),
    "index": (schema_index.tables, schema_index.VERSION),
}
Row = dict[str, object]
NEWER = "queue_pins", "queue_evidence", "queue_histories"
OLD = "queue_leaves", "queue_requests", "queue_batches", "queue_manifests", "queue_nodes"


@pytest.fixture
def empty(engine: Engine) -> Iterator[Connection]:
    """A transaction in an empty database, in a schema of its own on PostgreSQL."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if not is_sqlite(connection):
            connection.execute(CreateSchema(connection.get_execution_options()[SCHEMA]))
        yield connection


@pytest.mark.parametrize("history", HISTORIES)
def test_a_history_ends_in_the_tables_that_a_new_database_gets(
    empty: Connection, history: str
) -> None:
    tables, version = HISTORIES[history]
    migrate(empty, history, 0, version)
    context = MigrationContext.configure(empty, opts={"compare_type": True})
    assert compare_metadata(context, tables) == []
    for table in tables.sorted_tables:
        held = {column["name"]: column for column in inspect(empty).get_columns(table.name)}
        assert list(held) == [column.name for column in table.columns]
        assert [held[one.name]["nullable"] for one in table.columns] == [
            bool(one.nullable) for one in table.columns
        ]
        keys = inspect(empty).get_pk_constraint(table.name)["constrained_columns"]
        assert keys == [column.name for column in table.primary_key]


def old_queue(engine: Engine) -> list[list[Row]]:
    """Make a queue of version 1 with leaves and a batch; return what its tables hold."""
    newest = SqlQueue(engine, LEDGER)
    newest.add(leaves(0, 5), Idempotency("k", word("r")))
    newest.prepare(prepared(leaves(0, 3)), b"manifest", [])
    assert newest.lease("a worker", 5.0, 10.0)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        names = [table.name for table in schema_queue.tables.sorted_tables]
        kept = {name: _all(connection, name) for name in names if name not in NEWER}
        schema_queue.tables.drop_all(connection)
        migrate(connection, "queue", 0, 1)
        for name, rows in kept.items():
            if rows:
                connection.execute(insert(schema_queue.tables.tables[name]), rows)
        connection.execute(update(schema_queue.schema).values(version=1))
        assert not any(map(inspect(connection).has_table, NEWER))
        return [_all(connection, name) for name in OLD]


def _all(connection: Connection, name: str) -> list[Row]:
    table = schema_queue.tables.tables[name]
    return [
        dict(row)
        for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
    ]


def test_an_old_queue_is_brought_up_without_loss(engine: Engine) -> None:
    held = old_queue(engine)
    queue = SqlQueue(engine, LEDGER, migrate=migrate)
    with engine.connect() as connection, connection.begin():
        assert [_all(connection, name) for name in OLD] == held
        assert all(map(inspect(connection).has_table, NEWER))
        assert connection.scalar(select(schema_queue.schema.c.version)) == schema_queue.VERSION
    assert queue.leaves(0, 5) == leaves(0, 5)
    assert queue.add(leaves(0, 5), Idempotency("k", word("r"))) == [0, 1, 2, 3, 4]
    assert queue.last_batch() == prepared(leaves(0, 3))


def test_an_old_queue_of_another_ledger_is_left_alone(engine: Engine) -> None:
    old_queue(engine)
    with pytest.raises(BadSettings, match="choose another"):
        SqlQueue(engine, word("another ledger"), migrate=migrate)
    with pytest.raises(BadSettings, match="doctor"):
        SqlQueue(engine, LEDGER)
    with engine.connect() as connection, connection.begin():
        assert connection.scalar(select(schema_queue.schema.c.version)) == 1


def test_a_migration_that_fails_changes_nothing(engine: Engine) -> None:
    held = old_queue(engine)

    def fails(connection: Connection, history: str, version: int, to: int) -> None:
        migrate(connection, history, version, to)
        raise BadSettings("on the way")

    with pytest.raises(BadSettings, match="on the way"):
        SqlQueue(engine, LEDGER, migrate=fails)
    with engine.connect() as connection, connection.begin():
        assert [_all(connection, name) for name in OLD] == held
        assert not any(map(inspect(connection).has_table, NEWER))


def test_a_newer_database_is_left_alone_and_says_what_to_do(engine: Engine) -> None:
    SqlIndex(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(schema_index.schema).values(version=99))
    with pytest.raises(BadSettings, match="a newer Sealbook made it; install that one"):
        SqlIndex(engine, migrate=migrate)


OPEN = """
import sys
from pathlib import Path
from ledger.adapters.engines import make_engine
from ledger.adapters.migrations import migrate
from ledger.adapters.queue import SqlQueue
where, schema = sys.argv[1:]
engine = make_engine(where if "://" in where else Path(where), durable=True, schema=schema)
queue = SqlQueue(engine, bytes.fromhex("{ledger}"), migrate=migrate)
print(queue.size(), flush=True)
"""


@pytest.mark.parametrize("engine", ["file", "postgres"], indirect=True)
def test_processes_that_open_an_old_queue_at_once_all_get_it(engine: Engine) -> None:
    old_queue(engine)
    named = [str(engine.url.database), ""]
    if not is_sqlite(engine):
        where = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        named = [where, engine.get_execution_options()[SCHEMA]]
    code = OPEN.format(ledger=LEDGER.hex())
    opening = [
        subprocess.Popen([sys.executable, "-c", code, *named], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in opening] == ["5\n"] * 4


def test_alembic_is_imported_only_where_something_is_to_be_migrated(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "queue.db", durable=True)
    SqlQueue(engine, LEDGER).close()
    code = (
        "import sys; from pathlib import Path\n"
        "from ledger.wiring.databases import migrate\n"
        "from ledger.adapters.queue import SqlQueue\n"
        "SqlQueue(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), migrate=migrate).size()\n"
        "print('alembic' in sys.modules, 'pg8000' in sys.modules)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "queue.db"), LEDGER.hex()]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "False False\n"
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for name in NEWER:
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(update(schema_queue.schema).values(version=1))
    engine.dispose()
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "True False\n"
