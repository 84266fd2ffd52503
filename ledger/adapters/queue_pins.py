"""Owed pins in the queue's database: published batches without a row that says they are paid.

A row is written where something was asked. The rows of a target reach from the first published
batch to one of the newer ones, without a gap: what is newer is owed, and has no row yet. The row
of size 0, which no batch has, is the target's own: it could not be asked, and rests.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from ..batch import Stage
from ..ports.debts import Account, Debt, DebtState
from . import schema_queue
from .database import Database

_PINS, _BATCHES = schema_queue.pins, schema_queue.batches
_PAID = DebtState.PINNED.value
_REST = 0  # the size of the row that says how a target rests
_MOST_SAID = 300  # characters: one line


class SqlDebts:
    """The `Debts` of one queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, target: str, now: float, most: int) -> Sequence[Debt]:
        """Return what a target lacks and may be asked for now, oldest first."""
        ready = (_PINS.c.target == target) & (_PINS.c.state != _PAID) & (_PINS.c.due <= now)
        begun = _joined(target).where(ready).order_by(_PINS.c.size).limit(most)
        with self._database.read() as connection:
            rest = _rest(connection, target)
            if rest is not None and rest["due"] > now:
                return []
            found = [_debt(target, row) for row in connection.execute(begun)]
            if len(found) < most:
                newer = _joined(target).where(_newer(target)).order_by(_BATCHES.c.size)
                rows = connection.execute(newer.limit(most - len(found)))
                found += [_debt(target, row) for row in rows]
        return found

    def after(self, target: str, end: int, most: int) -> Sequence[Debt]:
        """Return the pins, paid or not, of the published batches that end after `end`."""
        published = (_BATCHES.c.stage == Stage.PUBLISHED.value) & (_BATCHES.c.size > end)
        query = _joined(target).where(published).order_by(_BATCHES.c.size).limit(most)
        with self._database.read() as connection:
            return [_debt(target, row) for row in connection.execute(query)]

    def keep(self, debts: Sequence[Debt]) -> None:
        """Keep what became of pins."""
        if not debts:
            return
        with self._database.write() as connection:
            for target in sorted({debt.target for debt in debts}):
                _open(connection, target)
            changed = update(_PINS).where(
                _PINS.c.target == bindparam("of"), _PINS.c.size == bindparam("at")
            )
            connection.execute(changed, [_row(debt) for debt in debts])
            for target in {debt.target for debt in debts}:
                connection.execute(delete(_PINS).where(_own(target)))

    def rest(self, target: str, failures: int, until: float, said: str) -> None:
        """Ask nothing of a target before then."""
        row = {"size": _REST, "target": target, "state": DebtState.OWED.value}
        with self._database.write() as connection:
            connection.execute(delete(_PINS).where(_own(target)))
            connection.execute(
                insert(_PINS),
                {**row, "tries": failures, "due": until, "said": said[:_MOST_SAID]},
            )

    def account(self, target: str) -> Account:
        """Count what a target lacks and has."""
        of_batches = (_PINS.c.target == target) & (_PINS.c.size > _REST)
        states = (
            select(_PINS.c.state, func.count().label("many"))
            .where(of_batches)
            .group_by(_PINS.c.state)
        )
        newer = select(func.count()).select_from(_BATCHES).where(_newer(target))
        lacking = of_batches & (_PINS.c.state != _PAID)
        oldest = select(_PINS.c.said).where(lacking).order_by(_PINS.c.size).limit(1)
        with self._database.read() as connection:
            found: dict[str, int] = {row.state: row.many for row in connection.execute(states)}
            rest = _rest(connection, target)
            return Account(
                owed=found.get(DebtState.OWED.value, 0) + (connection.scalar(newer) or 0),
                asked=found.get(DebtState.ASKED.value, 0),
                pinned=found.get(_PAID, 0),
                failures=0 if rest is None else rest["tries"],
                until=0.0 if rest is None else rest["due"],
                said=connection.scalar(oldest) if rest is None else rest["said"],
            )


def _own(target: str) -> ColumnElement[bool]:
    return (_PINS.c.target == target) & (_PINS.c.size == _REST)


def _rest(connection: Connection, target: str) -> RowMapping | None:
    return (
        connection.execute(select(_PINS.c.tries, _PINS.c.due, _PINS.c.said).where(_own(target)))
        .mappings()
        .first()
    )


def _newer(target: str) -> ColumnElement[bool]:
    """Return the condition that a batch is published and newer than every row of a target."""
    last = select(func.coalesce(func.max(_PINS.c.size), 0)).where(_PINS.c.target == target)
    return (_BATCHES.c.stage == Stage.PUBLISHED.value) & (_BATCHES.c.size > last.scalar_subquery())


def _open(connection: Connection, target: str) -> None:
    """Give each published batch its row."""
    owed = select(
        _BATCHES.c.size, literal(target), literal(DebtState.OWED.value), literal(0), literal(0.0)
    ).where(_newer(target))
    columns = ["size", "target", "state", "tries", "due"]
    connection.execute(insert(_PINS).from_select(columns, owed))


def _joined(target: str) -> Select[Any]:
    same = and_(_PINS.c.size == _BATCHES.c.size, _PINS.c.target == target)
    pin = (_PINS.c[name] for name in ("state", "request", "tries", "due", "seen", "said"))
    batch = (_BATCHES.c.size, _BATCHES.c.manifest_cid)
    return select(*batch, *pin).select_from(_BATCHES.outerjoin(_PINS, same))


def _debt(target: str, row: Row[Any]) -> Debt:
    end, manifest = row.size, bytes(row.manifest_cid)
    if row.state is None:
        return Debt(target, end, manifest)
    return Debt(
        target,
        end,
        manifest,
        state=DebtState(row.state),
        request=row.request,
        tries=row.tries,
        due=row.due,
        seen=row.seen,
        said=row.said,
    )


def _row(debt: Debt) -> Mapping[str, object]:
    return {
        "of": debt.target,
        "at": debt.end,
        "state": debt.state.value,
        "request": debt.request,
        "tries": debt.tries,
        "due": debt.due,
        "seen": debt.seen,
        "said": None if debt.said is None else debt.said[:_MOST_SAID],
    }
