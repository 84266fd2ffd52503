"""What arrives at the queue: requests to keep leaves, placed and written in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from ..errors import Conflict, IdempotencyConflict, InvalidInput, LedgerError
from ..leaf import Disclosed, Kind
from ..ports import Idempotency
from . import schema_queue
from .rows import insert_rows, update_rows, where_in
from .signed_text import kind_of, write_signed

_LEAVES, _REQUESTS = schema_queue.leaves.c, schema_queue.requests.c
# Nobody has what is behind it; alone in a ledger it would be the root, and the contract takes no
# zero root: that batch could never be anchored.
_NO_LEAF = bytes(32)
_LAST = select(func.max(_LEAVES.position))
_PLACES = select(_LEAVES.leaf_hash, _LEAVES.position, _LEAVES.kind)
_CLAIMS = select(_LEAVES.claim_id, _LEAVES.leaf_hash)
_ANSWERED = select(_REQUESTS.key, _REQUESTS.request, _REQUESTS.positions)


@dataclass(frozen=True, slots=True)
class ArrivedLeaf:
    """A leaf as its row holds it."""

    leaf_hash: bytes
    kind: int | None = None
    claim_id: bytes | None = None
    signed: str | None = None

    @classmethod
    def of(cls, leaf: Disclosed) -> "ArrivedLeaf":
        """Encode a leaf; done by the thread that brings it, before anybody waits for it."""
        if leaf.leaf_hash == _NO_LEAF:
            raise InvalidInput("expected a leaf hash, got 32 zero bytes")
        if leaf.signed is None:
            return cls(leaf.leaf_hash)
        kind = kind_of(leaf.signed)
        claim_id = leaf.signed.id if kind is Kind.CLAIM else None
        return cls(leaf.leaf_hash, int(kind), claim_id, write_signed(leaf.signed))


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: its leaves, and the caller's key for it."""

    leaves: tuple[ArrivedLeaf, ...]
    idempotency: Idempotency | None = None


def place(connection: Connection, arrivals: Sequence[Arrival]) -> list[Sequence[int] | LedgerError]:
    """Give every leaf its index and write what is new; a request that collides writes nothing."""
    group = _Group.read(connection, arrivals)
    answers: list[Sequence[int] | LedgerError] = []
    for arrival in arrivals:
        try:
            answers.append(group.take(arrival))
        except Conflict as refusal:
            answers.append(refusal)
    group.write(connection)
    return answers


@dataclass(slots=True)
class _Group:
    """What the tables hold of these requests, and what is to be written."""

    size: int
    positions: dict[bytes, int] = field(default_factory=dict)
    opaque: set[bytes] = field(default_factory=set)
    claims: dict[bytes, bytes] = field(default_factory=dict)
    answered: dict[str, tuple[bytes, Sequence[int]]] = field(default_factory=dict)
    new: dict[bytes, ArrivedLeaf] = field(default_factory=dict)
    opened: dict[bytes, ArrivedLeaf] = field(default_factory=dict)
    requests: list[Mapping[str, object]] = field(default_factory=list)

    @classmethod
    def read(cls, connection: Connection, arrivals: Sequence[Arrival]) -> "_Group":
        brought = [leaf for arrival in arrivals for leaf in arrival.leaves]
        group = cls(size_of(connection))
        hashes = (leaf.leaf_hash for leaf in brought)
        for leaf_hash, position, kind in where_in(connection, _PLACES, _LEAVES.leaf_hash, hashes):
            group.positions[leaf_hash] = position
            if kind is None:
                group.opaque.add(leaf_hash)
        ids = (leaf.claim_id for leaf in brought if leaf.claim_id is not None)
        for claim_id, leaf_hash in where_in(connection, _CLAIMS, _LEAVES.claim_id, ids):
            group.claims[claim_id] = leaf_hash
        keys = (one.idempotency.key for one in arrivals if one.idempotency is not None)
        for key, request, positions in where_in(connection, _ANSWERED, _REQUESTS.key, keys):
            group.answered[key] = request, _unpack(positions)
        return group

    def take(self, arrival: Arrival) -> Sequence[int]:
        """Return the indexes of a request's leaves; Conflict before anything is changed."""
        key = arrival.idempotency
        if key is not None and key.key in self.answered:
            request, indexes = self.answered[key.key]
            if request != key.request:
                raise IdempotencyConflict(
                    "expected the request that this idempotency key came with first, got another; "
                    "use a new key"
                )
            return indexes
        claims: dict[bytes, bytes] = {}
        for leaf in arrival.leaves:
            if leaf.claim_id is not None:
                held = self.claims.get(leaf.claim_id)
                held = held or claims.setdefault(leaf.claim_id, leaf.leaf_hash)
                if held != leaf.leaf_hash:
                    raise Conflict(
                        f"expected one leaf a claim, 0x{leaf.claim_id.hex()} is here already with "
                        "another signature"
                    )
        self.claims |= claims
        indexes = [self._place(leaf) for leaf in arrival.leaves]
        if key is not None:
            self.answered[key.key] = key.request, indexes
            self.requests.append(
                {"key": key.key, "request": key.request, "positions": _pack(indexes)}
            )
        return indexes

    def _place(self, leaf: ArrivedLeaf) -> int:
        position = self.positions.get(leaf.leaf_hash)
        if position is None:
            position = self.positions[leaf.leaf_hash] = self.size
            self.size += 1
            self.new[leaf.leaf_hash] = leaf
        elif leaf.signed is not None and leaf.leaf_hash in self.opaque:
            self.opaque.remove(leaf.leaf_hash)
            self.opened[leaf.leaf_hash] = leaf
        elif leaf.signed is not None and leaf.leaf_hash in self.new:
            self.new[leaf.leaf_hash] = leaf
        return position

    def write(self, connection: Connection) -> None:
        """Write the new leaves, what was opened, and the answers to be given again."""
        new = [self._row(leaf) for leaf in self.new.values()]
        insert_rows(connection, schema_queue.leaves, new)
        open_leaves(connection, [self._row(leaf) for leaf in self.opened.values()])
        insert_rows(connection, schema_queue.requests, self.requests)

    def _row(self, leaf: ArrivedLeaf) -> dict[str, object]:
        return {
            "position": self.positions[leaf.leaf_hash],
            "leaf_hash": leaf.leaf_hash,
            "kind": leaf.kind,
            "claim_id": leaf.claim_id,
            "signed": leaf.signed,
        }


def open_leaves(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Keep what was signed at opaque leaves, and owe it to a manifest.

    A batch that is being prepared may have read the leaf while it was opaque: so it is owed
    even where its own manifest will show it. To disclose twice does no harm.
    """
    columns = ("position", "kind", "claim_id", "signed")
    opened = [{name: row[name] for name in columns} for row in rows]
    update_rows(connection, schema_queue.leaves, ("position",), opened)
    owed = [{"position": row["position"]} for row in rows]
    insert_rows(connection, schema_queue.disclosures, owed)


def size_of(connection: Connection) -> int:
    """Return how many leaves are kept: they have no gaps."""
    last: int | None = connection.scalar(_LAST)
    return 0 if last is None else last + 1


def _pack(indexes: Sequence[int]) -> bytes:
    return b"".join(index.to_bytes(8, "big") for index in indexes)


def _unpack(packed: bytes) -> Sequence[int]:
    return [int.from_bytes(packed[at : at + 8], "big") for at in range(0, len(packed), 8)]
