"""How the index forgets: everything after a block of one chain, and what came with it."""

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, func, or_, select, tuple_, update

from ..chain import BlockRef, ChainIdentity
from ..errors import Conflict
from ..leaf import Kind
from . import schema_index
from .index_disclosures import rank
from .index_rows import block_row, find_chain, read_block
from .nodes import places
from .rows import MANY, where_in


def roll_back(connection: Connection, chain: ChainIdentity, to: BlockRef | None) -> None:
    """Forget what came after the block `to`; all of the chain if None."""
    found = find_chain(connection, chain)
    if found is None:
        return
    row = int(found["id"])
    if to is not None:
        _require_same(connection, row, read_block(found), to)
        if to.number >= found["number"]:
            return
    last = -1 if to is None else to.number
    uncounted = set[bytes]()
    for ledger, size in _cut(connection, row, last):
        uncounted |= _cut_ledger(connection, ledger, size)
    _count_again(connection, row, uncounted)
    events = schema_index.key_events
    connection.execute(delete(events).where(events.c.chain == row, events.c.block > last))
    chains = schema_index.chains
    if to is None:
        connection.execute(delete(chains).where(chains.c.id == row))
    else:
        state = {**block_row(to), **_tallies(connection, row)}
        connection.execute(update(chains).where(chains.c.id == row), state)


def _require_same(connection: Connection, chain: int, reached: BlockRef, to: BlockRef) -> None:
    """Raise Conflict where the block to go back to was itself reorganised."""
    rows, ledgers = schema_index.checkpoints.c, schema_index.ledgers.c
    query = select(rows.block_hash).join(schema_index.ledgers, ledgers.id == rows.ledger)
    here = ledgers.chain == chain, rows.block == to.number
    hashes = [bytes(found) for found in connection.scalars(query.where(*here).limit(1))]
    if reached.number == to.number:
        hashes.append(reached.hash)
    if any(found != to.hash for found in hashes):
        raise Conflict(
            f"expected block {to.number} as it was indexed, got another; roll back to one that "
            "the chain still has"
        )


def _cut(connection: Connection, chain: int, last: int) -> list[tuple[int, int]]:
    """Return the ledgers that have later checkpoints, with the size that each goes back to."""
    rows, ledgers = schema_index.checkpoints.c, schema_index.ledgers.c
    among = select(rows.ledger, func.max(rows.size).label("size")).join(
        schema_index.ledgers, ledgers.id == rows.ledger
    )
    among = among.where(ledgers.chain == chain).group_by(rows.ledger)
    kept = {row.ledger: row.size for row in connection.execute(among.where(rows.block <= last))}
    cut = connection.execute(among.where(rows.block > last))
    return [(ledger, kept.get(ledger, 0)) for ledger, _ in cut]


def _cut_ledger(connection: Connection, ledger: int, size: int) -> set[bytes]:
    """Cut a ledger back to a size; return the typed hashes whose first place is gone."""
    leaves, disclosed = schema_index.leaves, schema_index.disclosed
    later = and_(disclosed.c.ledger == ledger, disclosed.c.brought > size)
    gone = connection.scalars(select(disclosed.c.typed_hash).where(later, disclosed.c.counts))
    uncounted = {bytes(typed_hash) for typed_hash in gone}
    connection.execute(delete(disclosed).where(later))
    connection.execute(delete(leaves).where(leaves.c.ledger == ledger, leaves.c.position >= size))
    _cut_nodes(connection, ledger, size)
    checkpoints, ledgers = schema_index.checkpoints, schema_index.ledgers
    connection.execute(
        delete(checkpoints).where(checkpoints.c.ledger == ledger, checkpoints.c.size > size)
    )
    if size:
        connection.execute(update(ledgers).where(ledgers.c.id == ledger), {"size": size})
    else:
        connection.execute(delete(ledgers).where(ledgers.c.id == ledger))
    return uncounted


def _cut_nodes(connection: Connection, ledger: int, size: int) -> None:
    """Delete the nodes that later leaves completed, and those that later frontiers told of."""
    nodes, rows = schema_index.nodes, schema_index.checkpoints.c
    later = select(rows.start, rows.size).where(rows.ledger == ledger, rows.size > size)
    batches = connection.execute(later).all()
    top = max((end for _, end in batches), default=0).bit_length()
    completed = [
        and_(nodes.c.level == level, nodes.c.place >= size >> level) for level in range(top)
    ]
    connection.execute(delete(nodes).where(nodes.c.tree == ledger, or_(*completed)))
    told = {place for start, _ in batches for place in places(start)}
    where = tuple_(nodes.c.level, nodes.c.place)
    for some in _chunks(sorted(told)):
        connection.execute(
            delete(nodes).where(nodes.c.tree == ledger, nodes.c.brought > size, where.in_(some))
        )


def _chunks(values: list[tuple[int, int]]) -> Iterable[list[tuple[int, int]]]:
    return (values[at : at + MANY] for at in range(0, len(values), MANY))


def _count_again(connection: Connection, chain: int, typed_hashes: set[bytes]) -> None:
    """Let the first of what is left count, of each typed hash."""
    disclosed, ledgers = schema_index.disclosed, schema_index.ledgers
    left = (
        select(disclosed, ledgers.c.ledger.label("ledger_id"))
        .join(ledgers, ledgers.c.id == disclosed.c.ledger)
        .where(disclosed.c.chain == chain, ~disclosed.c.pending)
    )
    first: dict[bytes, tuple[object, ...]] = {}
    places_of: dict[bytes, tuple[int, int, int]] = {}
    for row in where_in(connection, left, disclosed.c.typed_hash, sorted(typed_hashes)):
        key = rank(row._mapping, row.ledger_id)  # noqa: SLF001  (SQLAlchemy's public name)
        if row.typed_hash not in first or key < first[row.typed_hash]:
            first[row.typed_hash] = key
            places_of[row.typed_hash] = (row.ledger, row.position, row.brought)
    where = tuple_(disclosed.c.ledger, disclosed.c.position, disclosed.c.brought)
    chosen = list(places_of.values())
    for at in range(0, len(chosen), MANY):
        some = where.in_(chosen[at : at + MANY])
        connection.execute(update(disclosed).where(some).values(counts=True))


def _tallies(connection: Connection, chain: int) -> dict[str, int]:
    rows = schema_index.disclosed.c
    claims = select(func.count()).where(rows.chain == chain, rows.kind == Kind.CLAIM, rows.counts)
    open_ = select(rows.ledger, rows.position).where(rows.chain == chain, ~rows.pending).distinct()
    opened = select(func.count()).select_from(open_.subquery())
    return {
        "claims": connection.scalar(claims) or 0,
        "opened": connection.scalar(opened) or 0,
    }
