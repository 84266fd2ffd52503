"""The index's questions as SQL, built once: building one takes as long as asking it."""

from sqlalchemy import and_, bindparam, func, select

from ..leaf import Kind
from .schema_index import chains, checkpoints, disclosed, key_events, leaves, ledgers

_CHAIN = ledgers.c.chain == bindparam("chain")
_IDENTITY = (chains.c.chain_id, chains.c.genesis, chains.c.local)
_LEDGER = ledgers.c.ledger.label("ledger_id")
# The first anchored checkpoint that holds a leaf, and the ledger and chain that it is on.
_WITH_CHECKPOINTS = ledgers.c.id == checkpoints.c.ledger

CHAINS = select(chains.c.id).order_by(chains.c.chain_id, chains.c.genesis)

LEDGERS = select(ledgers.c.ledger).where(_CHAIN).order_by(ledgers.c.ledger)

TREE = select(ledgers.c.id).where(_CHAIN, ledgers.c.ledger == bindparam("ledger"))

CHECKPOINTS = (
    select(checkpoints)
    .where(checkpoints.c.ledger == bindparam("tree"))
    .order_by(checkpoints.c.size)
)

BLOCK_HASH = (
    select(checkpoints.c.block_hash)
    .join(ledgers, _WITH_CHECKPOINTS)
    .where(_CHAIN, checkpoints.c.block == bindparam("number"))
    .limit(1)
)

MISSING = (
    select(checkpoints, _LEDGER)
    .join(ledgers, _WITH_CHECKPOINTS)
    .where(_CHAIN, ~checkpoints.c.known)
    .order_by(checkpoints.c.block, ledgers.c.ledger, checkpoints.c.size)
)

LEDGERS_AND_LEAVES = select(func.count(), func.coalesce(func.sum(ledgers.c.size), 0)).where(_CHAIN)

MISSING_COUNT = (
    select(func.count())
    .select_from(checkpoints)
    .join(ledgers, _WITH_CHECKPOINTS)
    .where(_CHAIN, ~checkpoints.c.known)
)

_PLACED = (
    select(disclosed.c.kind, disclosed.c.signed, disclosed.c.position, _LEDGER)
    .add_columns(checkpoints, *_IDENTITY)
    .join(ledgers, ledgers.c.id == disclosed.c.ledger)
    .join(chains, chains.c.id == disclosed.c.chain)
    .join(
        checkpoints,
        and_(
            checkpoints.c.ledger == disclosed.c.ledger,
            checkpoints.c.size == disclosed.c.batch,
        ),
    )
    .where(disclosed.c.counts)
)

CLAIM = (
    _PLACED.where(disclosed.c.typed_hash == bindparam("claim"), disclosed.c.kind == int(Kind.CLAIM))
    .order_by(chains.c.local, checkpoints.c.timestamp, *_IDENTITY[:2])
    .limit(1)
)

# Asked chain by chain: so the database's own index gives the order.
ABOUT = (
    _PLACED.where(
        disclosed.c.subject == bindparam("subject"),
        disclosed.c.kind == bindparam("kind"),
        disclosed.c.chain == bindparam("chain"),
    )
    .order_by(disclosed.c.block, disclosed.c.position, ledgers.c.ledger)
    .limit(bindparam("most"))
)

LEAF = (
    select(leaves.c.position, _LEDGER, checkpoints)
    .add_columns(*_IDENTITY)
    .join(ledgers, ledgers.c.id == leaves.c.ledger)
    .join(chains, chains.c.id == leaves.c.chain)
    .join(
        checkpoints,
        and_(checkpoints.c.ledger == leaves.c.ledger, checkpoints.c.size == leaves.c.batch),
    )
    .where(leaves.c.leaf_hash == bindparam("leaf_hash"), leaves.c.chain == bindparam("chain"))
    .order_by(leaves.c.block, leaves.c.position, ledgers.c.ledger)
    .limit(1)
)

KEY_EVENTS = (
    select(key_events)
    .join(chains, chains.c.id == key_events.c.chain)
    .where(
        key_events.c.author == bindparam("author"),
        key_events.c.contract == bindparam("contract"),
        chains.c.chain_id == bindparam("chain_id"),
    )
    .order_by(chains.c.genesis, key_events.c.block, key_events.c.log_index)
)
