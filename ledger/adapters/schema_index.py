"""The tables of the index: what chains and manifests say. All of it can be made again."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from .columns import CLUSTERED, Count, Uint64
from .nodes import nodes_table

VERSION = 1

tables = MetaData()

schema = Table(
    "index_schema",
    tables,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

# A chain, the block that was reached, and two tallies that every look-up asks for: claims that
# count, and leaves that are open.
chains = Table(
    "index_chains",
    tables,
    Column("id", Count, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("genesis", LargeBinary(32), nullable=False),
    Column("local", Boolean, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("parent", LargeBinary(32), nullable=False),
    Column("timestamp", Uint64, nullable=False),
    Column("claims", BigInteger, nullable=False, default=0),
    Column("opened", BigInteger, nullable=False, default=0),
    Index("index_chains_by_identity", "chain_id", "genesis", unique=True),
)

ledgers = Table(
    "index_ledgers",
    tables,
    Column("id", Count, primary_key=True),
    Column("chain", ForeignKey(chains.c.id), nullable=False),
    Column("ledger", LargeBinary(32), nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("index_ledgers_by_ledger", "chain", "ledger", unique=True),
)

# Anchored checkpoints; `known` where the manifest gave the leaves start..size.
checkpoints = Table(
    "index_checkpoints",
    tables,
    Column("ledger", ForeignKey(ledgers.c.id), primary_key=True, autoincrement=False),
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("manifest_cid", LargeBinary(64), nullable=False),
    Column("accumulator", LargeBinary(32), nullable=False),
    Column("timestamp", Uint64, nullable=False),
    Column("contract", LargeBinary(20), nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("transaction_hash", LargeBinary(32), nullable=False),
    Column("log_index", BigInteger, nullable=False),
    Index("index_checkpoints_by_block", "block"),
    Index("index_checkpoints_by_known", "known"),
)

# `batch` is the size of the first checkpoint that holds the leaf, `block` the one it is in.
leaves = Table(
    "index_leaves",
    tables,
    Column("ledger", Count, primary_key=True, autoincrement=False),
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("batch", BigInteger, nullable=False),
    Column("chain", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False),
    Index("index_leaves_by_leaf_hash", "leaf_hash", "chain", "block", "position"),
    **CLUSTERED,
)

# What was signed at a leaf, once for each batch that `brought` it. `subject` is a claim's work
# or a process checkpoint's log. It `counts` where its typed hash comes first on the chain.
# While the leaf's own manifest is missing it is `pending`: nobody can say yet whether it fits.
disclosed = Table(
    "index_disclosed",
    tables,
    Column("ledger", Count, primary_key=True, autoincrement=False),
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("brought", BigInteger, primary_key=True, autoincrement=False),
    Column("chain", BigInteger, nullable=False),
    Column("batch", BigInteger),
    Column("block", BigInteger),
    Column("pending", Boolean, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("typed_hash", LargeBinary(32), nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
    Column("bare", Boolean, nullable=False),
    Column("signed", Text, nullable=False),
    Index("index_disclosed_by_typed_hash", "typed_hash", "chain", "counts"),
    Index("index_disclosed_by_subject", "subject", "chain", "counts", "block", "position"),
)

nodes = nodes_table("index_nodes", tables)

key_events = Table(
    "index_key_events",
    tables,
    Column("chain", Count, primary_key=True, autoincrement=False),
    Column("block", Count, primary_key=True, autoincrement=False),
    Column("log_index", Count, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("contract", LargeBinary(20), nullable=False),
    Column("author", LargeBinary(20), nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
    Column("purposes", SmallInteger),
    Column("not_before", Uint64),
    Column("not_after", Uint64),
    Column("timestamp", Uint64, nullable=False),
    Column("history", LargeBinary(32), nullable=False),
    Index("index_key_events_by_author", "author"),
)
