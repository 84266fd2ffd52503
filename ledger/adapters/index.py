"""The index in a database: what chains and manifests say, ready to be asked."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine

from ..anchor import AnchoredCheckpoint
from ..chain import BlockRef, ChainIdentity
from ..errors import InvalidClaim
from ..key import KeyEvent
from ..leaf import Kind
from ..placed import AnchoredBatch, Changes, Counts, PlacedCheckpoint, PlacedClaim
from ..signed import SignedClaim, SignedProcessCheckpoint
from ..signing import Home
from ..tree import Nodes
from . import index_queries as queries
from . import schema_index
from .database import LIMIT, Database, Migrate
from .index_apply import apply_changes
from .index_rollback import roll_back
from .index_rows import (
    Held,
    find_chain,
    read_block,
    read_chain,
    read_checkpoint,
    read_event,
)
from .nodes import SqlNodes
from .signed_text import read_signed

_NO_TREE = 0  # no ledger has this row id


class SqlIndex:
    """The index, in a file or at a database URL; made if it is missing, or if it is asked `anew`.

    Raises StoreUnavailable when the disk or database fails, Busy when another process writes
    longer than `limit`. Answers depend on the chain and the manifests alone.
    """

    def __init__(
        self,
        where: Engine | Path | str,
        limit: float = LIMIT,
        migrate: Migrate | None = None,
        *,
        anew: bool = False,
    ) -> None:
        facts = {"version": schema_index.VERSION}
        # A cache: what a power cut takes of it, `sync` reads again.
        self._database = Database(
            where,
            schema_index.schema,
            facts,
            durable=False,
            limit=limit,
            migrate=migrate,
            anew=anew,
        )

    def close(self) -> None:
        """Close the database's connections."""
        self._database.close()

    def cursor(self, chain: ChainIdentity) -> BlockRef | None:
        """Return the block that the index has reached on that chain."""
        with self._database.read() as connection:
            found = find_chain(connection, chain)
        return None if found is None else read_block(found)

    def apply(
        self,
        chain: ChainIdentity,
        changes: Changes,
        reached: BlockRef,
        *,
        follows: BlockRef | None = None,
    ) -> None:
        """Take in what the blocks up to `reached` changed, in one transaction.

        What is here already is passed over. Conflict if a batch does not follow the ledger's
        last one, or if the chain was reorganised: then the index must be rolled back first; and
        unless the index is at `follows`, if that is named.
        InvalidManifest if leaves do not lead to their checkpoint's root.
        """
        with self._database.write() as connection:
            apply_changes(connection, chain, changes, reached, follows)

    def roll_back(self, chain: ChainIdentity, to: BlockRef | None) -> None:
        """Forget everything after that block (all of the chain if None).

        Conflict if that block was itself reorganised since it was indexed.
        """
        with self._database.write() as connection:
            roll_back(connection, chain, to)

    def block_hash(self, chain: ChainIdentity, number: int) -> bytes | None:
        """Return the hash of a block as it was indexed; None where nothing was anchored in it."""
        with self._database.read() as connection:
            here = {"chain": _row_of(connection, chain), "number": number}
            found = connection.scalar(queries.BLOCK_HASH, here)
        return None if found is None else bytes(found)

    def claim(self, claim_id: bytes) -> PlacedClaim | None:
        """Return a disclosed claim by its id.

        On several chains: the public one's before a local one's, then by the blocks' times.
        """
        with self._database.read() as connection:
            found = connection.execute(queries.CLAIM, {"claim": claim_id}).mappings().first()
        return None if found is None else _claim(found)

    def claims_on(self, work: bytes, most: int) -> Sequence[PlacedClaim]:
        """Return the first disclosed claims on a work on each chain, by chain, block, then index.

        At most so many a chain: whoever anchors many on one hides none on another.
        """
        return [_claim(row) for row in self._about(Kind.CLAIM, work, most)]

    def process_checkpoints(self, process_id: bytes, most: int) -> Sequence[PlacedCheckpoint]:
        """Return the first checkpoints of a process log on each chain, by block, then index."""
        rows = self._about(Kind.PROCESS_CHECKPOINT, process_id, most)
        return [_process_checkpoint(row) for row in rows]

    def _about(self, kind: Kind, subject: bytes, most: int) -> list[Held]:
        found: list[Held] = []
        about = {"subject": subject, "kind": int(kind)}
        with self._database.read() as connection:
            for chain in connection.scalars(queries.CHAINS).all():
                here = {**about, "chain": chain, "most": most}
                found.extend(connection.execute(queries.ABOUT, here).mappings())
        return found

    def find_leaf(self, leaf_hash: bytes) -> tuple[ChainIdentity, int, AnchoredCheckpoint] | None:
        """Return where a leaf hash is anchored (first): chain, index, checkpoint that holds it."""
        with self._database.read() as connection:
            for chain in connection.scalars(queries.CHAINS).all():
                here = {"leaf_hash": leaf_hash, "chain": chain}
                row = connection.execute(queries.LEAF, here).mappings().first()
                if row is not None:
                    identity = read_chain(row)
                    anchored = read_checkpoint(row, identity, bytes(row["ledger_id"]))
                    return identity, row["position"], anchored
        return None

    def checkpoints(self, chain: ChainIdentity, ledger: bytes) -> Sequence[AnchoredCheckpoint]:
        """Return a ledger's anchored checkpoints in order of size."""
        with self._database.read() as connection:
            here = {"tree": _tree_of(connection, chain, ledger)}
            found = connection.execute(queries.CHECKPOINTS, here).mappings().all()
        return [read_checkpoint(row, chain, ledger) for row in found]

    def ledgers(self, chain: ChainIdentity) -> Sequence[bytes]:
        """Return the ids of the ledgers followed on a chain, in their own order."""
        with self._database.read() as connection:
            here = {"chain": _row_of(connection, chain)}
            found = connection.scalars(queries.LEDGERS, here).all()
        return [bytes(ledger) for ledger in found]

    def missing(self, chain: ChainIdentity) -> Sequence[AnchoredBatch]:
        """Return the batches whose manifests are missing, by block, ledger, then size."""
        with self._database.read() as connection:
            here = {"chain": _row_of(connection, chain)}
            found = connection.execute(queries.MISSING, here).mappings().all()
        return [
            AnchoredBatch(row["start"], read_checkpoint(row, chain, bytes(row["ledger_id"])), None)
            for row in found
        ]

    def nodes(self, chain: ChainIdentity, ledger: bytes) -> Nodes:
        """Return the stored nodes of a ledger's tree (those that its manifests gave)."""
        with self._database.read() as connection:
            tree = _tree_of(connection, chain, ledger)
        return SqlNodes(self._database, schema_index.nodes, tree)

    def key_events(self, home: Home, author: bytes) -> Sequence[KeyEvent]:
        """Return an author's key events in the chain's order."""
        of = {"author": author, "contract": home.contract, "chain_id": home.chain_id}
        with self._database.read() as connection:
            found = connection.execute(queries.KEY_EVENTS, of).mappings().all()
        return [read_event(row, home) for row in found]

    def counts(self, chain: ChainIdentity) -> Counts:
        """Return how much is known of a chain; all leaves are counted, missing ones too."""
        with self._database.read() as connection:
            found = find_chain(connection, chain)
            if found is None:
                return Counts(0, 0, 0, 0, 0)
            here = {"chain": found["id"]}
            many, leaves = connection.execute(queries.LEDGERS_AND_LEAVES, here).one()
            unknown = connection.scalar(queries.MISSING_COUNT, here) or 0
        return Counts(many, int(leaves), found["claims"], int(leaves) - found["opened"], unknown)


def _row_of(connection: Connection, chain: ChainIdentity) -> int:
    found = find_chain(connection, chain)
    return 0 if found is None else int(found["id"])


def _tree_of(connection: Connection, chain: ChainIdentity, ledger: bytes) -> int:
    here = {"chain": _row_of(connection, chain), "ledger": ledger}
    found: int | None = connection.scalar(queries.TREE, here)
    return _NO_TREE if found is None else found


def _claim(row: Held) -> PlacedClaim:
    signed = read_signed(row["kind"], row["signed"])
    if not isinstance(signed, SignedClaim):
        raise InvalidClaim("expected a signed claim in the index, got a process checkpoint")
    chain = read_chain(row)
    anchored = read_checkpoint(row, chain, bytes(row["ledger_id"]))
    return PlacedClaim(signed, row["position"], anchored, chain)


def _process_checkpoint(row: Held) -> PlacedCheckpoint:
    signed = read_signed(row["kind"], row["signed"])
    if not isinstance(signed, SignedProcessCheckpoint):
        raise InvalidClaim("expected a process checkpoint in the index, got a signed claim")
    chain = read_chain(row)
    anchored = read_checkpoint(row, chain, bytes(row["ledger_id"]))
    return PlacedCheckpoint(signed, row["position"], anchored, chain)
