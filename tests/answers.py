"""Everything that an index answers about a world, as canonical bytes: to be compared."""

from collections.abc import Sequence

from ledger.encoding import canonical
from ledger.errors import LedgerError
from ledger.leaf import Leaf, Signed
from ledger.ports import Index
from ledger.secp256k1 import address_of_key
from ledger.services.receipts import place_of_leaf, receipt_from_index
from ledger.signed import SignedClaim
from tests.ledger.adapters.histories import plain
from tests.ledger.factories import author_key
from tests.worlds import World


def answers(world: World, index: Index, about: Sequence[Signed], names: Sequence[object]) -> bytes:
    """Return what an index says of these claims, of the authors of these names, and of the chain.

    With the receipts that it gives, which need its stored nodes.
    """
    chain = world.identity
    told: list[object] = [index.cursor(chain), index.counts(chain), index.missing(chain)]
    ledgers = index.ledgers(chain)
    told += [ledgers, *(index.checkpoints(chain, ledger) for ledger in ledgers)]
    told += [index.key_events(world.home, address_of_key(author_key(name))) for name in names]
    for signed in about:
        told += [index.find_leaf(Leaf.of(signed).hash), place_of_leaf(index, Leaf.of(signed).hash)]
        if isinstance(signed, SignedClaim):
            placed = index.claim(signed.id)
            told += [placed, index.claims_on(signed.claim.work, 100)]
            told.append(None if placed is None else _encoded(index, signed))
        else:
            told.append(index.process_checkpoints(signed.checkpoint.process_id, 100))
    return canonical([plain(value) for value in told])


def _encoded(index: Index, signed: SignedClaim) -> bytes | None:
    placed = index.claim(signed.id)
    assert placed is not None
    try:
        return receipt_from_index(index, placed).encode()
    except LedgerError:
        return None  # disclosed without its details
