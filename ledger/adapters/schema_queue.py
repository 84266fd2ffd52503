"""The tables of the queue: leaves in order, requests, owed disclosures, batches, the lease."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from .columns import Count
from .nodes import nodes_table

VERSION = 3

tables = MetaData()

schema = Table(
    "queue_schema",
    tables,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("ledger", LargeBinary(32), nullable=False),
)

# `position` is the leaf's index in the tree; the word itself is SQL's. What was signed is
# canonical JSON, null while the leaf is opaque; a process checkpoint has no claim id.
leaves = Table(
    "queue_leaves",
    tables,
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("kind", SmallInteger),
    Column("claim_id", LargeBinary(32)),
    Column("signed", Text),
    Index("queue_leaves_by_leaf_hash", "leaf_hash", unique=True),
    Index("queue_leaves_by_claim_id", "claim_id", unique=True),
)

# The answer to a request that may be sent again: its indexes, 8 bytes each.
requests = Table(
    "queue_requests",
    tables,
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary(32), nullable=False),
    Column("positions", LargeBinary, nullable=False),
)

# Leaves that were opened after they came in; `taken` is the end of the batch that says so.
disclosures = Table(
    "queue_disclosures",
    tables,
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("taken", BigInteger),
    Index("queue_disclosures_by_taken", "taken"),
)

batches = Table(
    "queue_batches",
    tables,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("manifest_cid", LargeBinary(64), nullable=False),
    Column("stage", Text, nullable=False),
    Column("transaction_hash", LargeBinary(32)),
    Column("signed_transaction", LargeBinary),
    Column("anchor", Text),
    Index("queue_batches_by_stage", "stage"),
)

manifests = Table(
    "queue_manifests",
    tables,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
)

# What is owed to a pinning target (a node, a service) for the manifest of a batch, and was paid.
# `target` is its name in the settings, `state` owed, asked or pinned; `request` the service's own
# name for what was asked; `due` and `seen` are Unix seconds: not before when to try again, and
# when it was last seen pinned. The row of size 0, which no batch has, is the target's own: it could
# not be asked `tries` times, and rests until `due`.
pins = Table(
    "queue_pins",
    tables,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("request", Text),
    Column("tries", Integer, nullable=False),
    Column("due", Double, nullable=False),
    Column("seen", Double),
    Column("said", Text),
    Index("queue_pins_by_state", "target", "state", "due"),
)

# What a node proved of a batch's anchor while it still had that block's state. `anchor` is the one
# that was asked about, as in the batch's row; `opened` is how many of the batch's leaves had been
# opened by then; `due` is when to ask, not before (Unix seconds), null for never. `shared` is the
# part of a state proof that all receipts of the batch have, as canonical JSON.
evidence = Table(
    "queue_evidence",
    tables,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("anchor", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", Double),
    Column("shared", Text),
    Column("said", Text),
)

# The other part, an author's each: the nodes that lead to the history, 2 bytes of length and node.
histories = Table(
    "queue_histories",
    tables,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("author", LargeBinary(20), primary_key=True),
    Column("nodes", LargeBinary, nullable=False),
)

nodes = nodes_table("queue_nodes", tables)

# One row, or none before anybody anchored.
lease = Table(
    "queue_lease",
    tables,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)
