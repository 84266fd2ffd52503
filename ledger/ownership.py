"""What a ledger's owner says to the contract: who anchors, who owns it next, and that it ends.

The interface is contracts/src/ILedgers.sol; a test holds each selector and slot against it.
"""

from .abi_words import address, call
from .contract import owner_slot

_NOBODY = bytes(32)
# Ledgers.sol keeps the owner, the pending owner and the successor in words that follow each other
_PENDING_AFTER_OWNER = 1
_SUCCESSOR_AFTER_OWNER = 2


def submitter_call(ledger: bytes, submitter: bytes) -> bytes:
    """Return the calldata by which the owner lets another account anchor, and the old one no more.

    `ledger` 32 bytes, `submitter` 20.
    """
    return call("setSubmitter(bytes32,address)", ledger, address(submitter))


def offer_call(ledger: bytes, to: bytes) -> bytes:
    """Return the calldata by which the owner offers the ledger to an account of 20 bytes."""
    return call("offerOwnership(bytes32,address)", ledger, address(to))


def take_call(ledger: bytes) -> bytes:
    """Return the calldata by which the account that was offered the ledger takes it."""
    return call("takeOwnership(bytes32)", ledger)


def close_call(ledger: bytes, successor: bytes | None) -> bytes:
    """Return the calldata by which the owner ends the ledger and names the one that goes on."""
    return call("close(bytes32,bytes32)", ledger, successor or _NOBODY)


def pending_owner_slot(ledger: bytes) -> bytes:
    """Return the storage slot of the account that may take the ledger: zero where none may."""
    return _after_owner(ledger, _PENDING_AFTER_OWNER)


def successor_slot(ledger: bytes) -> bytes:
    """Return the storage slot of the ledger that goes on after this one: zero for none."""
    return _after_owner(ledger, _SUCCESSOR_AFTER_OWNER)


def _after_owner(ledger: bytes, words: int) -> bytes:
    return (int.from_bytes(owner_slot(ledger), "big") + words).to_bytes(32, "big")
