"""A claim's place as JSON: its chain, and by when it existed."""

from ledger.chain import ChainIdentity
from ledger.encoding import Json, hex_of
from ledger.placed import PlacedClaim
from ledger.report import ExistedBy

from .served import Served


def chain_json(chain: ChainIdentity) -> Json:
    """Return a chain as its JSON object."""
    return {"chain_id": chain.chain_id, "genesis": hex_of(chain.genesis), "local": chain.local}


def existed_by(at: Served, placed: PlacedClaim) -> ExistedBy:
    """Return by when a placed claim existed; without times where no clock rule is known."""
    known = at.gathering().chains.get(placed.chain.chain_id)
    interval = None if known is None else known.rule.interval(placed.anchored.timestamp)
    return ExistedBy(placed.chain.chain_id, placed.anchored.anchor.block_number, interval)
