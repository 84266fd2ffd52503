"""The index's tables as they were first."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_UINT64 = sa.LargeBinary(8)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "index_schema",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    )
    _make_chains()
    _make_leaves()
    op.create_table(
        "index_nodes",
        sa.Column("tree", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("place", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("brought", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "index_key_events",
        sa.Column("chain", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("block", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("log_index", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("contract", sa.LargeBinary(20), nullable=False),
        sa.Column("author", sa.LargeBinary(20), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("purposes", sa.SmallInteger),
        sa.Column("not_before", _UINT64),
        sa.Column("not_after", _UINT64),
        sa.Column("timestamp", _UINT64, nullable=False),
        sa.Column("history", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("index_key_events_by_author", "index_key_events", ["author"])


def _make_chains() -> None:
    op.create_table(
        "index_chains",
        sa.Column("id", _COUNT, primary_key=True),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("genesis", sa.LargeBinary(32), nullable=False),
        sa.Column("local", sa.Boolean, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("parent", sa.LargeBinary(32), nullable=False),
        sa.Column("timestamp", _UINT64, nullable=False),
        sa.Column("claims", sa.BigInteger, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "index_chains_by_identity", "index_chains", ["chain_id", "genesis"], unique=True
    )
    op.create_table(
        "index_ledgers",
        sa.Column("id", _COUNT, primary_key=True),
        sa.Column("chain", _COUNT, sa.ForeignKey("index_chains.id"), nullable=False),
        sa.Column("ledger", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index("index_ledgers_by_ledger", "index_ledgers", ["chain", "ledger"], unique=True)
    op.create_table(
        "index_checkpoints",
        sa.Column(
            "ledger",
            _COUNT,
            sa.ForeignKey("index_ledgers.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("known", sa.Boolean, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("manifest_cid", sa.LargeBinary(64), nullable=False),
        sa.Column("accumulator", sa.LargeBinary(32), nullable=False),
        sa.Column("timestamp", _UINT64, nullable=False),
        sa.Column("contract", sa.LargeBinary(20), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.BigInteger, nullable=False),
    )
    op.create_index("index_checkpoints_by_block", "index_checkpoints", ["block"])
    op.create_index("index_checkpoints_by_known", "index_checkpoints", ["known"])


def _make_leaves() -> None:
    op.create_table(
        "index_leaves",
        sa.Column("ledger", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("position", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.BigInteger, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "index_leaves_by_leaf_hash", "index_leaves", ["leaf_hash", "chain", "block", "position"]
    )
    op.create_table(
        "index_disclosed",
        sa.Column("ledger", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("position", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("brought", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("chain", sa.BigInteger, nullable=False),
        sa.Column("batch", sa.BigInteger),
        sa.Column("block", sa.BigInteger),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("typed_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("bare", sa.Boolean, nullable=False),
        sa.Column("signed", sa.Text, nullable=False),
    )
    op.create_index(
        "index_disclosed_by_typed_hash", "index_disclosed", ["typed_hash", "chain", "counts"]
    )
    op.create_index(
        "index_disclosed_by_subject",
        "index_disclosed",
        ["subject", "chain", "counts", "block", "position"],
    )
