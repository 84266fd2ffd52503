"""Tables copied from one database into another, and compared: nothing lost, nothing added."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, MetaData, Row, Table, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import REGCLASS

from .engines import is_sqlite
from .rows import copy_rows

Advance = Callable[[int, int], None]
_PAGE = 5000
_MODULUS = 1 << 256


def copy_tables(
    source: Connection, target: Connection, tables: MetaData, advance: Advance = lambda *_: None
) -> None:
    """Copy all rows into a PostgreSQL database's empty tables, except the facts it has itself."""
    counts = count_rows(source, tables)
    total, before = sum(counts.values()), 0
    for table in _copied(tables):

        def told(table: Table = table, before: int = before) -> Iterator[Row[Any]]:
            for done, row in enumerate(_rows(source, table), 1):
                if done % _PAGE == 0:
                    advance(before + done, total)
                yield row

        copy_rows(target, table, [column.name for column in table.columns], told())
        before += counts[table.name]
        advance(before, total)
        _count_on(target, table)


def count_rows(connection: Connection, tables: MetaData) -> Mapping[str, int]:
    """Return how many rows each table has that would be copied."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in _copied(tables)
    }


def fingerprint(connection: Connection, tables: MetaData) -> Mapping[str, tuple[int, int]]:
    """Return each table's number of rows and the sum of their digests, in whatever order."""
    told = {}
    for table in _copied(tables):
        count = total = 0
        for row in _rows(connection, table):
            digest = hashlib.sha256(repr(tuple(row)).encode()).digest()
            total = (total + int.from_bytes(digest, "big")) % _MODULUS
            count += 1
        told[table.name] = count, total
    return told


def _copied(tables: MetaData) -> list[Table]:
    """Return the tables that are copied: all but the row of facts, which each database has."""
    return [table for table in tables.sorted_tables if not table.name.endswith("_schema")]


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    """Yield all rows by their keys, some at a time: no driver of ours reads by the piece."""
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(_PAGE)
    last: tuple[Any, ...] | None = None
    while True:
        page = query if last is None else query.where(tuple_(*keys) > tuple_(*last))
        found = connection.execute(page).all()
        yield from found
        if len(found) < _PAGE:
            return
        last = tuple(found[-1]._mapping[key] for key in keys)  # noqa: SLF001  (a public name)


def _count_on(target: Connection, table: Table) -> None:
    """Let the next row's own key follow those that were copied."""
    key = table.autoincrement_column
    if key is None or is_sqlite(target):
        return
    last = func.coalesce(select(func.max(key)).scalar_subquery(), 1)
    sequence = func.pg_get_serial_sequence(table.name, key.name)
    target.execute(select(func.setval(cast(sequence, REGCLASS), last)))
