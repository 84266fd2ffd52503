"""The queue's tables as they were first: leaves, requests, disclosures, batches, the lease."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "queue_schema",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ledger", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "queue_leaves",
        sa.Column("position", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.SmallInteger),
        sa.Column("claim_id", sa.LargeBinary(32)),
        sa.Column("signed", sa.Text),
    )
    op.create_index("queue_leaves_by_leaf_hash", "queue_leaves", ["leaf_hash"], unique=True)
    op.create_index("queue_leaves_by_claim_id", "queue_leaves", ["claim_id"], unique=True)
    op.create_table(
        "queue_requests",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary(32), nullable=False),
        sa.Column("positions", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "queue_disclosures",
        sa.Column("position", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.BigInteger),
    )
    op.create_index("queue_disclosures_by_taken", "queue_disclosures", ["taken"])
    op.create_table(
        "queue_batches",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("manifest_cid", sa.LargeBinary(64), nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(32)),
        sa.Column("signed_transaction", sa.LargeBinary),
        sa.Column("anchor", sa.Text),
    )
    op.create_index("queue_batches_by_stage", "queue_batches", ["stage"])
    op.create_table(
        "queue_manifests",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "queue_nodes",
        sa.Column("tree", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("place", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("brought", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "queue_lease",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
