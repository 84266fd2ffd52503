"""The index's rows and the values that they hold."""

from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from ..anchor import Anchor, AnchoredCheckpoint
from ..chain import BlockRef, ChainIdentity
from ..checkpoint import Checkpoint
from ..key import Delegated, KeyEvent, Place, Revoked, Withdrawn
from ..signing import Home
from . import schema_index

Row = dict[str, Any]
Held = RowMapping | Row
_CHAIN = select(schema_index.chains).where(
    schema_index.chains.c.chain_id == bindparam("chain_id"),
    schema_index.chains.c.genesis == bindparam("genesis"),
)
_KINDS: tuple[type[KeyEvent], ...] = (Delegated, Revoked, Withdrawn)


def find_chain(connection: Connection, chain: ChainIdentity) -> RowMapping | None:
    """Return the row of a chain: by its id *and* its genesis hash."""
    here = {"chain_id": chain.chain_id, "genesis": chain.genesis}
    return connection.execute(_CHAIN, here).mappings().first()


def read_chain(row: Held) -> ChainIdentity:
    """Return a chain's identity from its row."""
    return ChainIdentity(row["chain_id"], bytes(row["genesis"]), bool(row["local"]))


def block_row(block: BlockRef) -> Row:
    """Return the columns of a block that was reached."""
    return {
        "number": block.number,
        "hash": block.hash,
        "parent": block.parent,
        "timestamp": block.timestamp,
    }


def read_block(row: Held) -> BlockRef:
    """Return the block that a chain's row has reached."""
    return BlockRef(row["number"], bytes(row["hash"]), bytes(row["parent"]), row["timestamp"])


def checkpoint_row(anchored: AnchoredCheckpoint) -> Row:
    """Return the columns of an anchored checkpoint."""
    anchor = anchored.anchor
    return {
        "size": anchored.checkpoint.size,
        "root": anchored.checkpoint.root,
        "manifest_cid": anchored.manifest,
        "accumulator": anchored.accumulator,
        "timestamp": anchored.timestamp,
        "contract": anchor.contract,
        "block": anchor.block_number,
        "block_hash": anchor.block_hash,
        "transaction_hash": anchor.transaction,
        "log_index": anchor.log_index,
    }


def read_checkpoint(row: Held, chain: ChainIdentity, ledger: bytes) -> AnchoredCheckpoint:
    """Return an anchored checkpoint from its row."""
    return AnchoredCheckpoint(
        checkpoint=Checkpoint(ledger, row["size"], bytes(row["root"])),
        manifest=bytes(row["manifest_cid"]),
        accumulator=bytes(row["accumulator"]),
        anchor=Anchor(
            chain_id=chain.chain_id,
            genesis=chain.genesis,
            contract=bytes(row["contract"]),
            block_number=row["block"],
            block_hash=bytes(row["block_hash"]),
            transaction=bytes(row["transaction_hash"]),
            log_index=row["log_index"],
        ),
        timestamp=row["timestamp"],
    )


def event_row(event: KeyEvent, chain: int) -> Row:
    """Return the row of a key event."""
    terms: tuple[int | None, ...] = (None, None, None)
    if isinstance(event, Delegated):
        terms = event.purposes, event.not_before, event.not_after
    return {
        "chain": chain,
        "block": event.place.block_number,
        "log_index": event.place.log_index,
        "kind": _KINDS.index(type(event)),
        "contract": event.home.contract,
        "author": event.author,
        "subject": event.claim if isinstance(event, Withdrawn) else event.delegate,
        "purposes": terms[0],
        "not_before": terms[1],
        "not_after": terms[2],
        "timestamp": event.place.timestamp,
        "history": event.history,
    }


def read_event(row: Held, home: Home) -> KeyEvent:
    """Return a key event from its row."""
    author, subject, history = bytes(row["author"]), bytes(row["subject"]), bytes(row["history"])
    place = Place(row["block"], row["log_index"], row["timestamp"])
    kind = _KINDS[row["kind"]]
    if kind is Withdrawn:
        return Withdrawn(home, author, subject, place, history)
    if kind is Revoked:
        return Revoked(home, author, subject, place, history)
    return Delegated(
        home=home,
        author=author,
        delegate=subject,
        purposes=row["purposes"],
        not_before=row["not_before"],
        not_after=row["not_after"],
        place=place,
        history=history,
    )
