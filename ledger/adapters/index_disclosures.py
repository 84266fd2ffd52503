"""How the index places what was signed: at its leaf, and counted once, where it comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, select

from ..leaf import Kind, Leaf, Signed
from ..placed import AnchoredBatch
from ..signed import SignedClaim
from . import schema_index
from .index_rows import Held, Row
from .rows import insert_rows, update_rows, where_in
from .signed_text import kind_of, read_signed, write_signed

# Block, index, ledger; then, at one leaf, the first manifest that gives the details too.
_Rank = tuple[int, int, bytes, bool, int]


@dataclass(slots=True)
class Tally:
    """How many claims count, and how many leaves are open, more than before."""

    claims: int = 0
    opened: int = 0


def rank(row: Held, ledger: bytes) -> _Rank:
    """Return where a disclosed leaf stands among those of the same typed hash."""
    return row["block"], row["position"], ledger, bool(row["bare"]), row["brought"]


def disclose_own(
    connection: Connection,
    chain: int,
    ledger: bytes,
    ledger_row: int,
    batch: AnchoredBatch,
    tally: Tally,
) -> None:
    """Place what a batch's manifest shows of its own leaves."""
    size = batch.anchored.checkpoint.size
    shared = {
        "ledger": ledger_row,
        "chain": chain,
        "brought": size,
        "batch": size,
        "block": batch.anchored.anchor.block_number,
        "pending": False,
    }
    rows = [
        {"position": batch.start + at, **shared, **_signed_row(leaf.signed)}
        for at, leaf in enumerate(batch.leaves or ())
        if leaf.signed is not None
    ]
    tally.opened += len(rows)
    _insert_counted(connection, chain, ledger, rows, tally)


def disclose_earlier(
    connection: Connection,
    chain: int,
    ledger: bytes,
    ledger_row: int,
    batch: AnchoredBatch,
    tally: Tally,
) -> None:
    """Place what a batch's manifest discloses of earlier leaves; what doesn't fit is ignored."""
    given = _best(batch)
    if not given:
        return
    leaves, checkpoints = schema_index.leaves.c, schema_index.checkpoints.c
    query = select(leaves.position, leaves.leaf_hash, leaves.batch, checkpoints.block).join(
        schema_index.checkpoints,
        and_(checkpoints.ledger == leaves.ledger, checkpoints.size == leaves.batch),
    )
    query = query.where(leaves.ledger == ledger_row)
    held = {row.position: row for row in where_in(connection, query, leaves.position, given)}
    shared = {"ledger": ledger_row, "chain": chain, "brought": batch.anchored.checkpoint.size}
    rows: list[Row] = []
    waiting: list[Row] = []
    for position, (leaf_hash, signed) in given.items():
        row = {"position": position, **shared, **_signed_row(signed)}
        leaf = held.get(position)
        if leaf is None:
            unknown = {"batch": None, "block": None, "pending": True, "counts": False}
            waiting.append({**row, **unknown})
        elif leaf.leaf_hash == leaf_hash:
            rows.append({**row, "batch": leaf.batch, "block": leaf.block, "pending": False})
    insert_rows(connection, schema_index.disclosed, waiting)
    tally.opened += _closed(connection, ledger_row, [row["position"] for row in rows])
    _insert_counted(connection, chain, ledger, rows, tally)


def settle_pending(
    connection: Connection,
    chain: int,
    ledger: bytes,
    ledger_row: int,
    batch: AnchoredBatch,
    tally: Tally,
) -> None:
    """Place the disclosures that came before the leaves of this batch, which are known now."""
    rows, size = schema_index.disclosed, batch.anchored.checkpoint.size
    theirs = and_(
        rows.c.ledger == ledger_row,
        rows.c.position >= batch.start,
        rows.c.position < size,
        rows.c.pending,
    )
    waiting = connection.execute(select(rows).where(theirs)).mappings().all()
    if not waiting:
        return
    connection.execute(delete(rows).where(theirs))
    leaves = batch.leaves or ()
    block = batch.anchored.anchor.block_number
    fitting = [
        {**row, "batch": size, "block": block, "pending": False}
        for row in waiting
        if Leaf.of(read_signed(row["kind"], row["signed"])).hash
        == leaves[row["position"] - batch.start].leaf_hash
    ]
    positions = sorted({row["position"] for row in fitting})
    tally.opened += _closed(connection, ledger_row, positions)
    _insert_counted(connection, chain, ledger, fitting, tally)


def _best(batch: AnchoredBatch) -> dict[int, tuple[bytes, Signed]]:
    """Return what is disclosed of each earlier leaf: the first that gives the details too."""
    best: dict[int, tuple[bytes, Signed]] = {}
    for position, leaf in batch.disclosures:
        if leaf.signed is None or not 0 <= position < batch.start:
            continue
        held = best.get(position)
        if held is None or (_bare(held[1]) and not _bare(leaf.signed)):
            best[position] = leaf.leaf_hash, leaf.signed
    return best


def _closed(connection: Connection, ledger: int, positions: Sequence[int]) -> int:
    """Return how many of these leaves nobody has opened yet."""
    rows = schema_index.disclosed.c
    query = select(rows.position).where(rows.ledger == ledger, ~rows.pending).distinct()
    opened = where_in(connection, query, rows.position, positions)
    return len(positions) - sum(1 for _ in opened)


def _insert_counted(
    connection: Connection, chain: int, ledger: bytes, rows: Sequence[Row], tally: Tally
) -> None:
    """Write disclosed leaves; of one typed hash on one chain, only the first counts."""
    if not rows:
        return
    disclosed, ledgers = schema_index.disclosed, schema_index.ledgers
    query = (
        select(disclosed, ledgers.c.ledger.label("ledger_id"))
        .join(ledgers, ledgers.c.id == disclosed.c.ledger)
        .where(disclosed.c.chain == chain, disclosed.c.counts)
    )
    hashes = {row["typed_hash"] for row in rows}
    held: dict[bytes, Held] = {
        row.typed_hash: row._mapping  # noqa: SLF001  (SQLAlchemy's public name for it)
        for row in where_in(connection, query, disclosed.c.typed_hash, hashes)
    }
    best: dict[bytes, _Rank] = {
        typed_hash: rank(row, row["ledger_id"]) for typed_hash, row in held.items()
    }
    first: dict[bytes, Row] = {}
    for row in rows:
        row["counts"], own = False, rank(row, ledger)
        if row["typed_hash"] not in best or own < best[row["typed_hash"]]:
            best[row["typed_hash"]], first[row["typed_hash"]] = own, row
    for row in first.values():
        row["counts"] = True
    _uncount(connection, [held[typed_hash] for typed_hash in first if typed_hash in held])
    tally.claims += sum(
        row["kind"] == Kind.CLAIM for typed_hash, row in first.items() if typed_hash not in held
    )
    insert_rows(connection, disclosed, rows)


def _uncount(connection: Connection, rows: Sequence[Held]) -> None:
    keys = ("ledger", "position", "brought")
    changed = [{**{name: row[name] for name in keys}, "counts": False} for row in rows]
    update_rows(connection, schema_index.disclosed, keys, changed)


def _bare(signed: Signed) -> bool:
    return isinstance(signed, SignedClaim) and signed.details is None


def _signed_row(signed: Signed) -> Row:
    subject = signed.claim.work if isinstance(signed, SignedClaim) else signed.checkpoint.process_id
    return {
        "kind": int(kind_of(signed)),
        "typed_hash": signed.id,
        "subject": subject,
        "bare": _bare(signed),
        "signed": write_signed(signed),
    }
