"""The queue's batches: rows and values, the moves that a batch may make, the tree's growth."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from ..anchor import Anchor
from ..batch import Batch, Stage
from ..checkpoint import Checkpoint
from ..encoding import canonical, parse_canonical
from ..errors import Conflict, InvalidTree
from ..tree import Tree
from . import schema_queue
from .nodes import ConnectionNodes

TREE = 0  # the queue has one tree
_STEP = 4096  # leaves appended at once: it bounds the nodes in memory
_MOST_ANCHOR = 4096

_BEGUN = (Stage.PREPARED, Stage.SENT)
# Forward, over stages too: what went on while nobody watched is found on the chain. Back to the
# beginning from anywhere: after a reorganisation the batch is anchored again. Only what is final
# is published.
_MOVES: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.PREPARED: (*_BEGUN, Stage.INCLUDED, Stage.FINAL),
    Stage.SENT: (*_BEGUN, Stage.INCLUDED, Stage.FINAL),
    Stage.INCLUDED: (*_BEGUN, Stage.INCLUDED, Stage.FINAL),
    Stage.FINAL: (*_BEGUN, Stage.FINAL, Stage.PUBLISHED),
    Stage.PUBLISHED: (*_BEGUN, Stage.PUBLISHED),
}


def require_move(old: Batch, new: Batch) -> None:
    """Raise Conflict unless the new state may follow the old one."""
    if (old.start, old.checkpoint, old.manifest) != (new.start, new.checkpoint, new.manifest):
        raise Conflict(f"expected the batch that ends at {old.end} as it was prepared, got another")
    if new.stage not in _MOVES[old.stage]:
        raise Conflict(
            f"expected a batch that is {old.stage.value} to become "
            f"{' or '.join(stage.value for stage in _MOVES[old.stage])}, got {new.stage.value}"
        )
    if new.stage is Stage.SENT and (new.signed is None or new.transaction is None):
        raise Conflict("expected a sent batch with its signed transaction and the hash")
    if new.stage not in _BEGUN and new.anchor is None:
        raise Conflict(f"expected a batch that is {new.stage.value} to have its anchor")


def read_batch(row: RowMapping, ledger: bytes) -> Batch:
    """Return the batch of a row."""
    anchor = row["anchor"]
    return Batch(
        start=row["start"],
        checkpoint=Checkpoint(ledger, row["size"], bytes(row["root"])),
        manifest=bytes(row["manifest_cid"]),
        stage=Stage(row["stage"]),
        transaction=row["transaction_hash"],
        signed=row["signed_transaction"],
        anchor=None
        if anchor is None
        else Anchor.from_json(parse_canonical(anchor.encode(), _MOST_ANCHOR)),
    )


def insert_batch(connection: Connection, batch: Batch, manifest: bytes) -> None:
    """Write a new batch, its manifest, and the nodes that its leaves complete.

    InvalidTree unless those leaves lead to its root.
    """
    tree = Tree(
        batch.start, ConnectionNodes(connection, schema_queue.nodes, TREE, brought=batch.end)
    )
    leaves = schema_queue.leaves.c
    for start in range(batch.start, batch.end, _STEP):
        some = (leaves.position >= start) & (leaves.position < min(start + _STEP, batch.end))
        hashes = select(leaves.leaf_hash).where(some).order_by(leaves.position)
        tree = tree.append(connection.scalars(hashes).all())
    if (tree.size, tree.root()) != (batch.end, batch.checkpoint.root):
        raise InvalidTree(
            f"expected the root of the {batch.end} leaves that the queue holds, got another"
        )
    connection.execute(
        insert(schema_queue.batches),
        {
            "size": batch.end,
            "start": batch.start,
            "root": batch.checkpoint.root,
            "manifest_cid": batch.manifest,
            **_progress(batch),
        },
    )
    connection.execute(insert(schema_queue.manifests), {"size": batch.end, "bytes": manifest})


def update_batch(connection: Connection, batch: Batch) -> None:
    """Write how far a batch has got."""
    connection.execute(
        update(schema_queue.batches).where(schema_queue.batches.c.size == batch.end),
        _progress(batch),
    )


def write_anchor(anchor: Anchor | None) -> str | None:
    """Return the anchor as its row holds it."""
    return None if anchor is None else canonical(anchor.to_json()).decode()


def _progress(batch: Batch) -> dict[str, Any]:
    return {
        "stage": batch.stage.value,
        "transaction_hash": batch.transaction,
        "signed_transaction": batch.signed,
        "anchor": write_anchor(batch.anchor),
    }
