"""State proofs of a receipt's anchor, as the product asks them of a real node."""

from ledger.anchor import ClockRule
from ledger.receipt import Receipt
from ledger.services.known_chain import KnownChain
from ledger.services.proving import Proving
from tests.worlds import World


def proving(world: World) -> Proving:
    """Return the proving on a world's chain."""
    return Proving(KnownChain("court", world.reader, ClockRule(60, 15), "a node"), world.contracts)


def with_evidence(world: World, receipt: Receipt) -> Receipt:
    """Return the receipt with a state proof of its anchor's block."""
    (attempt,) = proving(world).attach([receipt])
    assert attempt.why is None
    return attempt.receipt
