"""Owning: what the owner of a ledger does with it on its chain, and how it stands there."""

from dataclasses import dataclass

from ..abi_words import read_address
from ..contract import Deployment, closed_of_word, owner_slot, size_of_word, size_slot
from ..contract import submitter_of_word as submitter_of
from ..errors import Conflict, NotFound
from ..ownership import pending_owner_slot, successor_slot
from ..ports import Chain, ChainReader, Clock, Queue
from .founding import transact

MOVED_AT_ONCE = 1_000  # leaves in one commit of the queue that takes them


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ledger stands: addresses of 20 bytes, zero for nobody; `successor` zero for none."""

    owner: bytes
    pending_owner: bytes
    submitter: bytes
    size: int
    closed: bool
    successor: bytes


def standing(reader: ChainReader, contracts: Deployment, ledger: bytes) -> Standing:
    """Return how a ledger stands now; NotFound where there is none."""

    def word(slot: bytes) -> bytes:
        return reader.storage(contracts.ledgers, slot, "latest")

    owner = read_address(word(owner_slot(ledger)))
    if not any(owner):
        raise NotFound(f"expected the ledger 0x{ledger.hex()} on the chain, it is not there")
    packed = word(size_slot(ledger))
    return Standing(
        owner=owner,
        pending_owner=read_address(word(pending_owner_slot(ledger))),
        submitter=submitter_of(packed),
        size=size_of_word(packed),
        closed=closed_of_word(packed),
        successor=word(successor_slot(ledger)),
    )


def require_owner(stands: Standing, address: bytes) -> None:
    """Raise Conflict unless the address is the owner's and the ledger still open."""
    if stands.closed:
        raise Conflict(f"expected an open ledger, it is closed{_succeeded(stands)}")
    if stands.owner != address:
        raise Conflict(
            f"expected the owner's key (0x{stands.owner.hex()}), got that of 0x{address.hex()}; "
            "give --key NAME"
        )


def order(chain: Chain, contracts: Deployment, data: bytes, clock: Clock, wait: float) -> bytes:
    """Send what the owner orders and wait until it is in a block; return its hash."""
    return transact(chain, contracts.ledgers, data, clock, wait)


def waiting_after(stands: Standing, queue: Queue) -> int:
    """Return how many acknowledged leaves the ledger does not hold on its chain."""
    return max(0, queue.size() - stands.size)


def move_waiting(
    reader: ChainReader, contracts: Deployment, ledger: bytes, queue: Queue, to: Queue
) -> int:
    """Acknowledge in another ledger's queue what a closed ledger will never hold; say how many.

    Safe to repeat and to be killed: a leaf that is there already keeps its index. Conflict unless
    the ledger is closed in the chain's final block: before that it may hold them yet.
    """
    packed = reader.storage(contracts.ledgers, size_slot(ledger), "finalized")
    if not closed_of_word(packed):
        raise Conflict(
            "expected a ledger that is closed in a final block, it is open there; close it with "
            "`sealbook ledger close`, or wait until that is final"
        )
    held, end = size_of_word(packed), queue.size()
    for start in range(held, end, MOVED_AT_ONCE):
        to.add(queue.leaves(start, min(start + MOVED_AT_ONCE, end)), None)
    return max(0, end - held)


def _succeeded(stands: Standing) -> str:
    return f"; 0x{stands.successor.hex()} goes on" if any(stands.successor) else ""
