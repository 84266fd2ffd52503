"""State proofs of a receipt's anchor, as the product asks them of a real node."""

from ledger.ports import ChainReader
from ledger.receipt import Receipt
from ledger.services.proving import Proving
from tests.worlds import World


def proving(world: World, reader: ChainReader | None = None) -> Proving:
    """Return the proving on a world's chain, by any node."""
    return Proving(world.known(reader), world.contracts)


def with_evidence(world: World, receipt: Receipt) -> Receipt:
    """Return the receipt with a state proof of its anchor's block."""
    (attempt,) = proving(world).attach([receipt])
    assert attempt.why is None
    return attempt.receipt
