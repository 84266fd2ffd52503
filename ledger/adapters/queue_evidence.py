"""Kept evidence in the queue's database: one row a batch, and one an author.

What the batch's receipts share is kept once. A row is of one anchor: where the batch has another
one now, the row is as if it were not there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select

from ..batch import Batch, Stage
from ..encoding import canonical, parse_canonical
from ..errors import LedgerError
from ..ports import BatchEvidence, DueEvidence
from ..receipt import MAX_BYTES, StateProof
from . import schema_queue
from .database import Database
from .queue_batches import read_batch, write_anchor
from .rows import insert_rows, where_in

# A full node has the state of some 128 blocks, and a ledger seldom two anchors in one.
NEWEST = 256
_IN_A_BLOCK = tuple(stage.value for stage in (Stage.INCLUDED, Stage.FINAL, Stage.PUBLISHED))
_LENGTH = 2  # bytes before each node: a node has 1,024 at the most
_MOST_SAID = 300  # characters: one line

_BATCHES, _EVIDENCE = schema_queue.batches, schema_queue.evidence
_HISTORIES, _DISCLOSURES = schema_queue.histories, schema_queue.disclosures


class SqlEvidence:
    """The `Evidence` of one queue."""

    def __init__(self, database: Database, ledger: bytes) -> None:
        self._database = database
        self._ledger = ledger

    def due(self, now: float) -> DueEvidence | None:
        """Return the newest batch of which evidence may be asked for now."""
        with self._database.read() as connection:
            row = connection.execute(_due(now)).first()
            if row is None:
                return None
            batch = read_batch(row._mapping, self._ledger)  # noqa: SLF001  (a public name)
            due = DueEvidence(batch, row.known)
            if row.asked != row.anchor:
                return due
            authors = select(_HISTORIES.c.author).where(_HISTORIES.c.size == batch.end)
            return replace(
                due,
                tries=row.tries,
                shared=_read_shared(row.shared),
                authors=frozenset(map(bytes, connection.scalars(authors))),
            )

    def keep(self, due: DueEvidence, evidence: BatchEvidence, *, more: bool = False) -> None:
        """Keep evidence beside what is kept of that anchor."""
        shared = due.shared if evidence.shared is None else evidence.shared
        row = {"tries": due.tries if more else 0, "due": 0.0 if more else None, "said": None}
        with self._database.write() as connection:
            if _write(connection, due, {**row, "shared": _write_shared(shared)}):
                _add(connection, due.batch.end, evidence)

    def put_off(self, due: DueEvidence, until: float | None, said: str) -> None:
        """Ask nothing before then."""
        row = {"tries": due.tries + 1, "due": until, "said": said[:_MOST_SAID]}
        with self._database.write() as connection:
            _write(connection, due, {**row, "shared": _write_shared(due.shared)})

    def of(self, batch: Batch, authors: Iterable[bytes]) -> BatchEvidence:
        """Return what is kept of the batch's very anchor, with those authors' histories."""
        shared = select(_EVIDENCE.c.shared).where(
            _EVIDENCE.c.size == batch.end, _EVIDENCE.c.anchor == write_anchor(batch.anchor)
        )
        nodes = select(_HISTORIES.c.author, _HISTORIES.c.nodes)
        ours = nodes.where(_HISTORIES.c.size == batch.end)
        with self._database.read() as connection:
            found = _read_shared(connection.scalar(shared))
            if found is None:
                return BatchEvidence()
            rows = where_in(connection, ours, _HISTORIES.c.author, authors)
            return BatchEvidence(found, {bytes(row.author): _unpack(row.nodes) for row in rows})


def _due(now: float) -> Select[Any]:
    newest = (
        select(_BATCHES)
        .where(_BATCHES.c.stage.in_(_IN_A_BLOCK))
        .order_by(_BATCHES.c.size.desc())
        .limit(NEWEST)
        .subquery()
    )
    opened = (
        select(func.count())
        .select_from(_DISCLOSURES)
        .where(_DISCLOSURES.c.position >= newest.c.start, _DISCLOSURES.c.position < newest.c.size)
        .correlate(newest)
        .scalar_subquery()
    )
    asked = _EVIDENCE.c
    wanted = or_(
        asked.anchor.is_(None),
        asked.anchor != newest.c.anchor,
        asked.opened != opened,
        asked.due <= now,
    )
    kept = (asked.anchor.label("asked"), asked.tries, asked.shared)
    return (
        select(newest, opened.label("known"), *kept)
        .select_from(newest.outerjoin(_EVIDENCE, asked.size == newest.c.size))
        .where(wanted)
        .order_by(newest.c.size.desc())
        .limit(1)
    )


def _write(connection: Connection, due: DueEvidence, row: dict[str, object]) -> bool:
    """Write the row of a batch; False if the batch has another anchor by now."""
    end, anchor = due.batch.end, write_anchor(due.batch.anchor)
    now = connection.scalar(select(_BATCHES.c.anchor).where(_BATCHES.c.size == end))
    if now is None or now != anchor:
        return False
    same = and_(_EVIDENCE.c.size == end, _EVIDENCE.c.anchor == anchor)
    if connection.scalar(select(_EVIDENCE.c.size).where(same)) is None:
        connection.execute(delete(_HISTORIES).where(_HISTORIES.c.size == end))
    connection.execute(delete(_EVIDENCE).where(_EVIDENCE.c.size == end))
    placed = {"size": end, "anchor": anchor, "opened": due.opened}
    connection.execute(insert(_EVIDENCE), {**placed, **row})
    return True


def _add(connection: Connection, end: int, evidence: BatchEvidence) -> None:
    """Add authors' histories; one that another worker kept meanwhile is as good."""
    held = select(_HISTORIES.c.author).where(_HISTORIES.c.size == end)
    authors = where_in(connection, held, _HISTORIES.c.author, evidence.histories)
    kept = {bytes(row.author) for row in authors}
    rows = [
        {"size": end, "author": author, "nodes": _pack(nodes)}
        for author, nodes in evidence.histories.items()
        if author not in kept
    ]
    insert_rows(connection, _HISTORIES, rows)


def _write_shared(shared: StateProof | None) -> str | None:
    return None if shared is None else canonical(shared.to_json()).decode()


def _read_shared(text: str | None) -> StateProof | None:
    """Read what is shared; what can't be read is as if it were not there."""
    try:
        said = None if text is None else parse_canonical(text.encode(), MAX_BYTES)
        return None if said is None else StateProof.from_json(said)
    except LedgerError:
        return None


def _pack(nodes: Iterable[bytes]) -> bytes:
    return b"".join(len(node).to_bytes(_LENGTH, "big") + node for node in nodes)


def _unpack(packed: bytes) -> tuple[bytes, ...]:
    return tuple(_nodes(bytes(packed)))


def _nodes(packed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(packed):
        start = at + _LENGTH
        at = start + int.from_bytes(packed[at:start], "big")
        yield packed[start:at]
