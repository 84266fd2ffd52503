"""Many rows at once: SQLite prepares a statement once; PostgreSQL takes rows by COPY.

pg8000 sends one statement a row where many are executed, so that nothing here asks it to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    column,
    insert,
    update,
    values,
)
from sqlalchemy.types import TypeEngine

from .columns import Uint64
from .engines import is_sqlite

MANY = 1000  # values in one IN (...): PostgreSQL takes 65,535, SQLite 32,766
_BLOCK = 1 << 18  # characters of a COPY that are sent at once
_PARAMETERS = 32_000  # of one statement: PostgreSQL counts them in 16 bits
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"

Row = Mapping[str, Any]


def where_in(
    connection: Connection, query: Select[Any], among: ColumnElement[Any], sought: Iterable[object]
) -> Iterator[Any]:
    """Yield the query's rows whose column is one of the values, by as many queries as it takes."""
    left = iter(sought)
    while some := list(islice(left, MANY)):
        yield from connection.execute(query.where(among.in_(some)))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns, and no others; a default is not filled in."""
    if not rows:
        return
    if is_sqlite(connection) or len(rows) == 1:
        connection.execute(insert(table), list(rows))
        return
    copy_rows(connection, table, list(rows[0]), (row.values() for row in _same(rows)))


def copy_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Iterable[object]]
) -> None:
    """Send rows to a PostgreSQL table by COPY."""
    quote = connection.dialect.identifier_preparer.quote
    listed = ", ".join(quote(name) for name in names)
    writers = _writers(table, tuple(names))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(  # type: ignore[call-arg] # pg8000's own way
            f"COPY {quote(table.name)} ({listed}) FROM STDIN",
            stream=_blocks(writers, rows),
        )
    finally:
        cursor.close()


def update_rows(
    connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set the other columns that each row names, where its `keys` are."""
    if not rows:
        return
    names = list(rows[0])
    if is_sqlite(connection):
        given = {name: f"to_{name}" for name in names}
        same = (table.c[name] == bindparam(given[name]) for name in keys)
        changed: dict[str, Any] = {
            name: bindparam(given[name]) for name in names if name not in keys
        }
        connection.execute(
            update(table).where(and_(*same)).values(changed),
            [{given[name]: row[name] for name in names} for row in rows],
        )
        return
    step = _PARAMETERS // len(names)
    for at in range(0, len(rows), step):
        given_rows = values(*(column(name, table.c[name].type) for name in names), name="given")
        new = given_rows.data([tuple(row[name] for name in names) for row in rows[at : at + step]])
        same = (table.c[name] == new.c[name] for name in keys)
        # without the cast, a column of which all values are null would be text
        changed_to = {
            name: cast(new.c[name], table.c[name].type) for name in names if name not in keys
        }
        connection.execute(update(table).where(and_(*same)).values(changed_to))


def _same(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows, each with its columns in the first one's order."""
    names = list(rows[0])
    for row in rows:
        if len(row) != len(names):
            raise ValueError("expected rows of the same columns")
        yield row if list(row) == names else {name: row[name] for name in names}


def _blocks(
    writers: Sequence[Callable[[Any], str]], rows: Iterable[Iterable[object]]
) -> Iterator[str]:
    lines: list[str] = []
    held = 0
    for row in rows:
        line = "\t".join([write(value) for write, value in zip(writers, row, strict=True)])
        lines.append(line)
        held += len(line)
        if held >= _BLOCK:
            yield "\n".join(lines) + "\n"
            lines, held = [], 0
    if lines:
        yield "\n".join(lines) + "\n"


@lru_cache
def _writers(table: Table, names: tuple[str, ...]) -> Sequence[Callable[[Any], str]]:
    return [_writer(table.c[name].type) for name in names]


def _writer(of: TypeEngine[Any]) -> Callable[[Any], str]:
    kind = of.python_type
    if isinstance(of, Uint64):
        return lambda value: _NULL if value is None else f"\\\\x{value:016x}"
    if kind is bytes:
        return lambda value: _NULL if value is None else "\\\\x" + value.hex()
    if kind is str:
        return lambda value: _NULL if value is None else value.translate(_ESCAPES)
    if kind is bool:
        return lambda value: _NULL if value is None else "ft"[value]
    return lambda value: _NULL if value is None else str(value)
