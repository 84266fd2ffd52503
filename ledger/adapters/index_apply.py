"""How the index takes in what blocks changed: checkpoints, leaves, nodes, disclosures, events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, delete, insert, select, tuple_, update

from ..chain import BlockRef, ChainIdentity
from ..errors import Conflict, InvalidChainAnswer, InvalidManifest, LedgerError
from ..key import KeyEvent
from ..placed import AnchoredBatch, Changes
from ..tree import Node, Tree
from . import schema_index
from .index_disclosures import Tally, disclose_earlier, disclose_own, settle_pending
from .index_rows import (
    Row,
    block_row,
    checkpoint_row,
    event_row,
    find_chain,
    read_block,
    read_checkpoint,
)
from .nodes import ConnectionNodes, places
from .rows import insert_rows

_STEP = 4096  # leaves appended at once: it bounds the nodes in memory


def apply_changes(
    connection: Connection,
    chain: ChainIdentity,
    changes: Changes,
    reached: BlockRef,
    follows: BlockRef | None = None,
) -> None:
    """Write what the blocks up to `reached` changed; Conflict if it does not follow."""
    _require_on_chain(chain, changes, reached)
    chain_row = _begin(connection, chain, reached, follows)
    taking = _Taking(connection, chain, chain_row)
    for batch in changes.batches:
        taking.take(batch)
    _insert_events(connection, chain_row, changes.key_events)
    rows = schema_index.chains
    tallies = {
        "claims": rows.c.claims + taking.tally.claims,
        "opened": rows.c.opened + taking.tally.opened,
    }
    connection.execute(update(rows).where(rows.c.id == chain_row).values(tallies))
    connection.execute(
        update(rows).where(rows.c.id == chain_row, rows.c.number < reached.number),
        block_row(reached),
    )


def _require_on_chain(chain: ChainIdentity, changes: Changes, reached: BlockRef) -> None:
    blocks = [reached.number]
    for batch in changes.batches:
        blocks.append(batch.anchored.anchor.block_number)
        if not batch.anchored.anchor.on(chain):
            raise InvalidChainAnswer("expected anchors on the chain that is applied, got another's")
    for event in changes.key_events:
        blocks.append(event.place.block_number)
        if event.home.chain_id != chain.chain_id:
            raise InvalidChainAnswer("expected events of the chain that is applied, got another's")
    if max(blocks) > min(reached.number, 2**63 - 1):
        raise InvalidChainAnswer(f"expected changes up to block {reached.number}, got later ones")


def _begin(
    connection: Connection, chain: ChainIdentity, reached: BlockRef, follows: BlockRef | None
) -> int:
    """Return the chain's row id, made if it is new."""
    found = find_chain(connection, chain)
    if follows is not None and (found is None or read_block(found) != follows):
        raise Conflict(
            f"expected the index at block {follows.number}, another process took it on or back "
            "meanwhile; read again"
        )
    if found is None:
        identity = {"chain_id": chain.chain_id, "genesis": chain.genesis, "local": chain.local}
        made = connection.execute(
            insert(schema_index.chains).values(**identity, **block_row(reached))
        )
        return int(made.inserted_primary_key[0])  # type: ignore[index]
    held = read_block(found)
    if held.number == reached.number and held.hash != reached.hash:
        raise Conflict(
            f"expected block {held.number} as it was indexed, it was reorganised; "
            "roll the index back first"
        )
    return int(found["id"])


def _insert_events(connection: Connection, chain: int, events: Sequence[KeyEvent]) -> None:
    """Write the events that are not here yet."""
    if not events:
        return
    rows = schema_index.key_events.c
    first = min(event.place.block_number for event in events)
    here = select(rows.block, rows.log_index).where(rows.chain == chain, rows.block >= first)
    held = {(block, log_index) for block, log_index in connection.execute(here)}
    new: dict[tuple[int, int], Row] = {}
    for event in events:
        at = event.place.block_number, event.place.log_index
        if at not in held:
            new.setdefault(at, event_row(event, chain))
    insert_rows(connection, schema_index.key_events, list(new.values()))


@dataclass(slots=True)
class _Taking:
    """The batches of one chain as they are taken in."""

    connection: Connection
    chain: ChainIdentity
    chain_row: int
    tally: Tally = field(default_factory=Tally)
    _ledgers: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def take(self, batch: AnchoredBatch) -> None:
        """Take a batch in, or the leaves of one that is here without them."""
        checkpoint = batch.anchored.checkpoint
        if not 0 <= batch.start < checkpoint.size:
            raise InvalidManifest(f"expected a batch that ends after {batch.start}")
        ledger, size = self._ledger(checkpoint.ledger)
        if checkpoint.size > size:
            self._insert(batch, ledger, size)
            known = False
        else:
            known = self._known(batch, ledger)
        if not known and batch.leaves is not None:
            self._fill(batch, ledger, again=checkpoint.size <= size)

    def _ledger(self, ledger: bytes) -> tuple[int, int]:
        """Return the ledger's row id and its size, made if it is new."""
        if ledger not in self._ledgers:
            rows = schema_index.ledgers
            found = self.connection.execute(
                select(rows.c.id, rows.c.size).where(
                    rows.c.chain == self.chain_row, rows.c.ledger == ledger
                )
            ).first()
            if found is None:
                made = self.connection.execute(
                    insert(rows).values(chain=self.chain_row, ledger=ledger, size=0)
                )
                self._ledgers[ledger] = (int(made.inserted_primary_key[0]), 0)  # type: ignore[index]
            else:
                self._ledgers[ledger] = (found.id, found.size)
        return self._ledgers[ledger]

    def _insert(self, batch: AnchoredBatch, ledger: int, size: int) -> None:
        if batch.start != size:
            raise Conflict(
                f"expected a batch that begins at {size}, where the ledger's last one ended, "
                f"got {batch.start}; sync again"
            )
        row = checkpoint_row(batch.anchored)
        self.connection.execute(
            insert(schema_index.checkpoints),
            {**row, "ledger": ledger, "start": batch.start, "known": batch.leaves is not None},
        )
        rows = schema_index.ledgers
        self.connection.execute(
            update(rows).where(rows.c.id == ledger), {"size": batch.anchored.checkpoint.size}
        )
        self._ledgers[batch.anchored.checkpoint.ledger] = ledger, batch.anchored.checkpoint.size

    def _known(self, batch: AnchoredBatch, ledger: int) -> bool:
        """Say whether the leaves of a batch that should be here are; Conflict if it is not."""
        rows, checkpoint = schema_index.checkpoints, batch.anchored.checkpoint
        here = select(rows).where(rows.c.ledger == ledger, rows.c.size == checkpoint.size)
        row = self.connection.execute(here).mappings().first()
        if (
            row is None
            or row["start"] != batch.start
            or read_checkpoint(row, self.chain, checkpoint.ledger) != batch.anchored
        ):
            raise Conflict(
                f"expected the checkpoint of size {checkpoint.size} as it was indexed, got "
                "another; roll the index back first"
            )
        return bool(row["known"])

    def _fill(self, batch: AnchoredBatch, ledger: int, *, again: bool) -> None:
        size, leaves = batch.anchored.checkpoint.size, batch.leaves or ()
        if len(leaves) != size - batch.start:
            raise InvalidManifest(f"expected {size - batch.start} leaves, got {len(leaves)}")
        self._grow(batch, ledger, again=again)
        block = batch.anchored.anchor.block_number
        shared = {"ledger": ledger, "batch": size, "chain": self.chain_row, "block": block}
        rows = [
            {"position": batch.start + at, "leaf_hash": leaf.leaf_hash, **shared}
            for at, leaf in enumerate(leaves)
        ]
        insert_rows(self.connection, schema_index.leaves, rows)
        if again:
            batches = schema_index.checkpoints
            here = and_(batches.c.ledger == ledger, batches.c.size == size)
            self.connection.execute(update(batches).where(here), {"known": True})
        place = (self.connection, self.chain_row, batch.anchored.checkpoint.ledger, ledger)
        disclose_own(*place, batch, self.tally)
        if again:
            settle_pending(*place, batch, self.tally)
        disclose_earlier(*place, batch, self.tally)

    def _grow(self, batch: AnchoredBatch, ledger: int, *, again: bool) -> None:
        """Write the nodes that the leaves complete; InvalidManifest unless they lead to the root.

        A node is kept with the first checkpoint that told of it, in the tree's order, so that
        the same nodes are here whatever the order in which the manifests came.
        """
        size = batch.anchored.checkpoint.size
        nodes = ConnectionNodes(self.connection, schema_index.nodes, ledger, brought=size)
        if again:
            _forget_between(self.connection, ledger, batch.start, size)
        try:
            _put_frontier(self.connection, nodes, ledger, batch)
            tree, leaves = Tree(batch.start, nodes), batch.leaves or ()
            for at in range(0, len(leaves), _STEP):
                tree = tree.append(leaf.leaf_hash for leaf in leaves[at : at + _STEP])
            root = tree.root()
        except (InvalidManifest, Conflict):
            raise
        except LedgerError as cause:
            raise InvalidManifest(f"expected a frontier and leaves of a tree: {cause}") from cause
        if root != batch.anchored.checkpoint.root:
            raise InvalidManifest(f"expected leaves that lead to the root of {size}, got others")


def _forget_between(connection: Connection, ledger: int, start: int, size: int) -> None:
    """Delete the nodes that these leaves complete: later frontiers told of some of them."""
    rows = schema_index.nodes
    for level in range(size.bit_length()):
        completed = and_(
            rows.c.tree == ledger,
            rows.c.level == level,
            rows.c.place >= start >> level,
            rows.c.place < size >> level,
        )
        connection.execute(delete(rows).where(completed))


def _put_frontier(
    connection: Connection, nodes: ConnectionNodes, ledger: int, batch: AnchoredBatch
) -> None:
    """Keep the nodes to the left of a batch that nobody told of yet."""
    if not batch.frontier:
        return
    rows, size = schema_index.nodes.c, batch.anchored.checkpoint.size
    told = dict(zip(places(batch.start), batch.frontier, strict=False))
    if not len(told) == len(batch.frontier) == batch.start.bit_count():
        raise InvalidManifest(f"expected the frontier of {batch.start} leaves, got another")
    among = and_(rows.tree == ledger, tuple_(rows.level, rows.place).in_(list(told)))
    held = connection.execute(select(rows.level, rows.place, rows.brought).where(among)).all()
    later = [(level, place) for level, place, brought in held if brought > size]
    if later:
        connection.execute(
            update(schema_index.nodes).where(
                rows.tree == ledger, tuple_(rows.level, rows.place).in_(later)
            ),
            {"brought": size},
        )
    here = {(level, place) for level, place, _ in held}
    nodes.put(_missing(told.items(), here))


def _missing(
    told: Iterable[tuple[tuple[int, int], bytes]], here: set[tuple[int, int]]
) -> Iterable[Node]:
    return [Node(*place, node) for place, node in told if place not in here]
