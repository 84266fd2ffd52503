"""The nodes of trees in a table: each complete subtree once, by tree, level and index."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    SmallInteger,
    Table,
    bindparam,
    select,
)

from ..errors import NotFound
from ..tree import Node
from .columns import CLUSTERED, Count
from .database import Database
from .rows import insert_rows

_RUN = 32  # neighbours read at once: a proof's siblings, and its neighbours' proofs, share them


def nodes_table(name: str, metadata: MetaData) -> Table:
    """Return the table; `brought` is the size of the first checkpoint that told of the node."""
    return Table(
        name,
        metadata,
        Column("tree", Count, primary_key=True, autoincrement=False),
        Column("level", SmallInteger, primary_key=True, autoincrement=False),
        Column("place", Count, primary_key=True, autoincrement=False),
        Column("brought", BigInteger, nullable=False),
        Column("hash", LargeBinary(32), nullable=False),
        **CLUSTERED,
    )


@lru_cache
def _neighbours(table: Table) -> Select[Any]:
    columns, first = table.c, bindparam("first", type_=Count)
    return select(columns.place, columns.hash).where(
        columns.tree == bindparam("tree"),
        columns.level == bindparam("level"),
        columns.place >= first,
        columns.place < first + _RUN,
    )


def places(size: int) -> Iterator[tuple[int, int]]:
    """Yield level and index of the complete subtrees of a tree of `size`, left to right."""
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, (size >> level) - 1


class ConnectionNodes:
    """The nodes of one tree within a transaction; what is put must not be there yet."""

    def __init__(self, connection: Connection, table: Table, tree: int, brought: int) -> None:
        self._connection = connection
        self._table = table
        self._tree = tree
        self._brought = brought

    def get(self, level: int, index: int) -> bytes:
        """Return a node; NotFound if it is not here."""
        columns = self._table.c
        found = self._connection.scalar(
            select(columns.hash).where(
                columns.tree == self._tree, columns.level == level, columns.place == index
            )
        )
        if found is None:
            raise NotFound(f"expected the tree's node {index} of level {level}, it is not here")
        return bytes(found)

    def put(self, nodes: Iterable[Node]) -> None:
        """Keep new nodes."""
        rows = [
            {
                "tree": self._tree,
                "level": node.level,
                "place": node.index,
                "brought": self._brought,
                "hash": node.hash,
            }
            for node in nodes
        ]
        insert_rows(self._connection, self._table, rows)


class SqlNodes:
    """The nodes of one tree, to prove from: a handle for one question, not for long.

    What is put stays in this handle: the tables change with a batch, and by nothing else.
    """

    def __init__(self, database: Database, table: Table, tree: int) -> None:
        self._database = database
        self._query = _neighbours(table)
        self._tree = tree
        self._kept: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int) -> bytes:
        """Return a node; NotFound if it is not here."""
        if (level, index) not in self._kept:
            self._read(level, index - index % _RUN)
        try:
            return self._kept[level, index]
        except KeyError as absent:
            raise NotFound(
                f"expected the tree's node {index} of level {level}, it is not here; "
                "the manifest that tells of it may be missing"
            ) from absent

    def put(self, nodes: Iterable[Node]) -> None:
        """Keep the nodes for this handle's own questions."""
        self._kept.update({(node.level, node.index): node.hash for node in nodes})

    def _read(self, level: int, first: int) -> None:
        here = {"tree": self._tree, "level": level, "first": first}
        with self._database.read() as connection:
            for place, value in connection.execute(self._query, here):
                self._kept.setdefault((level, place), bytes(value))
