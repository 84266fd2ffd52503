"""The queue in a database: acknowledged leaves, owed disclosures, batches and the lease."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, null, or_, select, update

from ..batch import Batch, Stage
from ..errors import Busy, Conflict, InvalidManifest, LedgerError, NotFound
from ..leaf import Disclosed, Kind, Leaf, Signed
from ..ports import Idempotency
from ..tree import Nodes
from . import schema_queue
from .database import LIMIT, Database, Migrate
from .group_commit import GroupCommit
from .nodes import SqlNodes
from .queue_arrivals import Arrival, ArrivedLeaf, open_leaves, place, size_of
from .queue_batches import TREE, insert_batch, read_batch, require_move, update_batch
from .queue_evidence import SqlEvidence
from .queue_pins import SqlDebts
from .rows import MANY
from .signed_text import read_signed, write_signed

_GROUP = 10_000  # leaves of one group commit: some tens of milliseconds


class SqlQueue:
    """The queue of one ledger, in a file or at a database URL; made if it is missing.

    Busy is raised, beside StoreUnavailable, when another process writes longer than `limit`.
    """

    def __init__(
        self,
        where: Engine | Path | str,
        ledger: bytes,
        limit: float = LIMIT,
        migrate: Migrate | None = None,
    ) -> None:
        facts = {"version": schema_queue.VERSION, "ledger": ledger}
        self._ledger = ledger
        self._database = Database(
            where, schema_queue.schema, facts, durable=True, limit=limit, migrate=migrate
        )
        self._commits = GroupCommit[Arrival, Sequence[int]](self._commit, _GROUP)

    def close(self) -> None:
        """Close the database's connections."""
        self._database.close()

    def add(self, leaves: Sequence[Disclosed], idempotency: Idempotency | None) -> Sequence[int]:
        """Keep the leaves and return their indexes, one each, in the order given."""
        arrived = Arrival(tuple(map(ArrivedLeaf.of, leaves)), idempotency)
        return self._commits.add(arrived, weight=len(arrived.leaves))

    def _commit(self, arrivals: Sequence[Arrival]) -> Sequence[Sequence[int] | LedgerError]:
        with self._database.write() as connection:
            return place(connection, arrivals)

    def size(self) -> int:
        """Return how many leaves have been acknowledged."""
        with self._database.read() as connection:
            return size_of(connection)

    def leaves(self, start: int, end: int) -> Sequence[Disclosed]:
        """Return the leaves start..end (end excluded) in order."""
        rows = schema_queue.leaves.c
        within = select(rows.leaf_hash, rows.kind, rows.signed).where(
            rows.position >= start, rows.position < end
        )
        with self._database.read() as connection:
            found = connection.execute(within.order_by(rows.position)).all()
        return [_disclosed(leaf_hash, kind, signed) for leaf_hash, kind, signed in found]

    def find(self, leaf_hash: bytes) -> int | None:
        """Return the index of a leaf hash; None if it was never acknowledged."""
        rows = schema_queue.leaves.c
        with self._database.read() as connection:
            found: int | None = connection.scalar(
                select(rows.position).where(rows.leaf_hash == leaf_hash)
            )
        return found

    def owe_disclosure(self, index: int, signed: Signed) -> None:
        """Keep what was signed at an opaque leaf; nothing changes where it is known already."""
        leaf, rows = Leaf.of(signed), schema_queue.leaves.c
        claim_id = leaf.typed_hash if leaf.kind is Kind.CLAIM else None
        with self._database.write() as connection:
            found = connection.execute(
                select(rows.leaf_hash, rows.kind).where(rows.position == index)
            ).first()
            if found is None:
                raise NotFound(f"expected an acknowledged leaf, there is none at index {index}")
            if found.leaf_hash != leaf.hash:
                raise InvalidManifest(f"expected what was signed at leaf {index}, got another's")
            if found.kind is not None:
                return
            if claim_id is not None and connection.scalar(
                select(rows.position).where(rows.claim_id == claim_id)
            ) not in {None, index}:
                raise Conflict("expected one leaf a claim, it is here already at another index")
            row = {"position": index, "kind": int(leaf.kind), "claim_id": claim_id}
            open_leaves(connection, [{**row, "signed": write_signed(signed)}])

    def owed_disclosures(self, most: int | None = None) -> Sequence[tuple[int, Disclosed]]:
        """Return the disclosures that no batch has taken along yet, by index; `most` of them.

        Only of leaves that are in a batch: the others' own manifest can show them.
        """
        rows, owed = schema_queue.leaves.c, schema_queue.disclosures.c
        waiting = (
            select(rows.position, rows.leaf_hash, rows.kind, rows.signed)
            .join(schema_queue.disclosures, owed.position == rows.position)
            .where(owed.taken.is_(null()))
            .order_by(rows.position)
        )
        with self._database.read() as connection:
            last = _last(connection, self._ledger)
            end = 0 if last is None else last.end
            found = connection.execute(waiting.where(rows.position < end).limit(most)).all()
        return [
            (position, _disclosed(leaf_hash, kind, signed))
            for position, leaf_hash, kind, signed in found
        ]

    def prepare(
        self,
        batch: Batch,
        manifest: bytes,
        disclosures: Sequence[int],
        *,
        holder: str | None = None,
    ) -> None:
        """Keep a new batch with its manifest; the disclosures of those indexes go with it.

        InvalidTree if its root is not that of the leaves here; Busy unless the lease is the
        `holder`'s (if one is named).
        """
        if batch.checkpoint.ledger != self._ledger or batch.stage is not Stage.PREPARED:
            raise Conflict("expected a batch of this queue's ledger that is just prepared")
        with self._database.write() as connection:
            _require_lease(connection, holder)
            last = _last(connection, self._ledger)
            end, size = 0 if last is None else last.end, size_of(connection)
            if batch.start != end or batch.end > size:
                raise Conflict(
                    f"expected a batch from {end} to {size} at the most, "
                    f"got {batch.start} to {batch.end}"
                )
            insert_batch(connection, batch, manifest)
            _take(connection, sorted(set(disclosures)), batch.end)

    def advance(self, batch: Batch, *, holder: str | None = None) -> None:
        """Keep what became of a batch, by its end; Conflict if it is no legal move.

        Legal: to stay; forward (over stages too, but only a final batch is published); and back
        to prepared or sent from anywhere, after a reorganisation. Busy unless the lease is the
        `holder`'s (if one is named).
        """
        rows = schema_queue.batches
        with self._database.write() as connection:
            _require_lease(connection, holder)
            row = connection.execute(select(rows).where(rows.c.size == batch.end)).mappings()
            found = row.first()
            if found is None:
                raise NotFound(f"expected a prepared batch, there is none that ends at {batch.end}")
            require_move(read_batch(found, self._ledger), batch)
            update_batch(connection, batch)

    def batches(self, stages: Sequence[Stage]) -> Sequence[Batch]:
        """Return the batches in those stages, oldest first."""
        rows, wanted = schema_queue.batches, [stage.value for stage in stages]
        query = select(rows).where(rows.c.stage.in_(wanted)).order_by(rows.c.size)
        with self._database.read() as connection:
            found = connection.execute(query).mappings().all()
        return [read_batch(row, self._ledger) for row in found]

    def last_batch(self) -> Batch | None:
        """Return the newest batch, whatever its stage."""
        with self._database.read() as connection:
            return _last(connection, self._ledger)

    def batch_of(self, index: int) -> Batch | None:
        """Return the batch that holds a leaf; None while no batch does."""
        rows = schema_queue.batches
        query = select(rows).where(rows.c.size > index, rows.c.start <= index)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(rows.c.size).limit(1)).mappings().first()
        return None if found is None else read_batch(found, self._ledger)

    def manifest(self, end: int) -> bytes:
        """Return the manifest of the batch that ends there; NotFound if none does."""
        rows = schema_queue.manifests.c
        with self._database.read() as connection:
            found = connection.scalar(select(rows.bytes).where(rows.size == end))
        if found is None:
            raise NotFound(f"expected a prepared batch, there is none that ends at {end}")
        return bytes(found)

    def nodes(self) -> Nodes:
        """Return the stored nodes of the tree over all batches' leaves."""
        return SqlNodes(self._database, schema_queue.nodes, TREE)

    def debts(self) -> SqlDebts:
        """Return what the pinning targets are owed for the published manifests."""
        return SqlDebts(self._database)

    def evidence(self) -> SqlEvidence:
        """Return the state proofs that are kept of the batches' anchors."""
        return SqlEvidence(self._database, self._ledger)

    def lease(self, holder: str, now: float, seconds: float) -> bool:
        """Take or renew the right to anchor, until now + seconds; False while another has it.

        On PostgreSQL "now" is the server's: the clocks of several machines differ.
        """
        rows = schema_queue.lease
        with self._database.write() as connection:
            now = self._database.now(connection, now)
            free = or_(rows.c.holder == holder, rows.c.until <= now)
            taken = connection.execute(
                update(rows).where(rows.c.one == 1, free),
                {"holder": holder, "until": now + seconds},
            )
            if taken.rowcount == 1:
                return True
            if connection.execute(select(rows.c.one)).first() is not None:
                return False
            row = {"one": 1, "holder": holder, "until": now + seconds}
            connection.execute(insert(rows), row)
            return True

    def release(self, holder: str) -> None:
        """Give the right to anchor back, if this holder has it."""
        rows = schema_queue.lease
        with self._database.write() as connection:
            connection.execute(
                update(rows).where(rows.c.holder == holder), {"holder": "", "until": 0.0}
            )


def _disclosed(leaf_hash: bytes, kind: int | None, signed: str | None) -> Disclosed:
    if kind is None or signed is None:
        return Disclosed(bytes(leaf_hash))
    return Disclosed(bytes(leaf_hash), read_signed(kind, signed))


def _last(connection: Connection, ledger: bytes) -> Batch | None:
    rows = schema_queue.batches
    newest = select(rows).order_by(rows.c.size.desc()).limit(1)
    found = connection.execute(newest).mappings().first()
    return None if found is None else read_batch(found, ledger)


def _require_lease(connection: Connection, holder: str | None) -> None:
    """Raise Busy unless the lease is the holder's: it may have run out while they were at it."""
    has = select(schema_queue.lease.c.holder)
    if holder is not None and connection.scalar(has) != holder:
        raise Busy("another worker took the ledger's lease over meanwhile; it goes on")


def _take(connection: Connection, indexes: Sequence[int], end: int) -> None:
    """Mark the owed disclosures as taken along; Conflict if one of them is not owed."""
    owed, taken = schema_queue.disclosures, 0
    for at in range(0, len(indexes), MANY):
        some = owed.c.position.in_(indexes[at : at + MANY]) & owed.c.taken.is_(null())
        taken += connection.execute(update(owed).where(some), {"taken": end}).rowcount
    if taken != len(indexes):
        raise Conflict(f"expected {len(indexes)} owed disclosures to take along, got {taken}")
