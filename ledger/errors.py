"""Every deliberate failure, drawn as a tree: what a caller may catch, and why.

    LedgerError
    ├── InvalidInput              what was handed over is not what it should be
    │   ├── NotCanonical          bytes that are not the one encoding of their value
    │   ├── LimitExceeded         larger than a stranger may make us read
    │   ├── InvalidDigest
    │   ├── InvalidCid
    │   ├── InvalidBlock          bytes that are not the CID's, or no node or archive of ours
    │   ├── InvalidTree           sizes, indexes or nodes that no tree has
    │   ├── InvalidStateProof     RLP or trie nodes that prove nothing
    │   ├── InvalidSignature
    │   ├── InvalidClaim
    │   ├── InvalidProcessLog
    │   ├── InvalidManifest
    │   ├── InvalidReceipt
    │   ├── UnreadableFile        a file of the user's that is missing or unreadable
    │   └── BadSettings
    ├── NotFound                  the question was fine; the thing is not here
    │   ├── BlockMissing
    │   ├── ClaimMissing
    │   └── KeyMissing
    ├── Conflict                  it collides with what is already there
    │   ├── KeyExists
    │   └── IdempotencyConflict
    ├── Refused                   somebody with the right to say no said no
    │   ├── WrongPassphrase
    │   ├── TransactionReverted
    │   ├── CostRefused
    │   ├── PinRefused            the token, the account or the name is not accepted
    │   ├── NotFinal              commit before you show: what is shown must be fixed first
    │   └── BindRefused
    └── Unavailable               an engine cannot be asked now; asking again may work
        ├── ChainUnreachable
        ├── InvalidChainAnswer    a node that leaves out, or makes up: ask another
        ├── StoreUnavailable
        │   └── StoreBusy         it says when to ask again
        ├── ServerUnreachable
        ├── Busy                  another process holds the lock or the lease
        └── TimedOut

A verdict is an answer, not an exception: these are for questions that could not be asked.
"""


class LedgerError(Exception):
    """The root: everything that Sealbook raises on purpose."""


class InvalidInput(LedgerError):
    """What was handed over is not what it should be."""


class NotCanonical(InvalidInput):
    """Bytes that are not the one encoding of their value."""


class LimitExceeded(InvalidInput):
    """Larger than a stranger may make us read."""


class InvalidDigest(InvalidInput):
    """Not a SHA-256 digest."""


class InvalidCid(InvalidInput):
    """Not a CID that this system writes."""


class InvalidBlock(InvalidInput):
    """Bytes that are not the CID's, or no node or archive that this system writes."""


class InvalidTree(InvalidInput):
    """Sizes, indexes or nodes that no tree has."""


class InvalidStateProof(InvalidInput):
    """RLP or trie nodes that prove nothing."""


class InvalidSignature(InvalidInput):
    """Not a signature in the one accepted form."""


class InvalidClaim(InvalidInput):
    """A claim or its details break a rule of their format."""


class InvalidProcessLog(InvalidInput):
    """Steps, fields or a disclosure break a rule of their format."""


class InvalidManifest(InvalidInput):
    """Not the manifest of the batch that it names."""


class InvalidReceipt(InvalidInput):
    """Not a receipt of version 1."""


class UnreadableFile(InvalidInput):
    """A file of the user's that is missing or cannot be read."""


class BadSettings(InvalidInput):
    """The settings name something that does not exist or contradict each other."""


class NotFound(LedgerError):
    """The question was fine; the thing is not here."""


class BlockMissing(NotFound):
    """The block store does not hold this CID."""


class ClaimMissing(NotFound):
    """No disclosed claim of this id or on this work."""


class KeyMissing(NotFound):
    """The keystore has no such key."""


class Conflict(LedgerError):
    """It collides with what is already there."""


class KeyExists(Conflict):
    """A key of that name or address is already kept."""


class IdempotencyConflict(Conflict):
    """The idempotency key was used before, for something else."""


class Refused(LedgerError):
    """Somebody with the right to say no said no."""


class WrongPassphrase(Refused):
    """The passphrase does not open the key."""


class TransactionReverted(Refused):
    """The contract refused the transaction."""


class CostRefused(Refused):
    """The price was not agreed to, or is over the limit."""


class PinRefused(Refused):
    """A node or a pinning service will not pin this until a person changes something."""


class NotFinal(Refused):
    """A claim would be shown before its commitment is final: commit before you show."""


class BindRefused(Refused):
    """The server does not bind an address that strangers reach."""


class Unavailable(LedgerError):
    """An engine cannot be asked now; asking again may work."""


class ChainUnreachable(Unavailable):
    """The node cannot be asked."""


class InvalidChainAnswer(Unavailable):
    """A node leaves out, or answers what no chain holds: ask another."""


class StoreUnavailable(Unavailable):
    """The disk, the database, a node or a service that keeps blocks cannot be asked."""


class StoreBusy(StoreUnavailable):
    """It asks for patience: `seconds` is how long, None if it does not say."""

    def __init__(self, message: str = "", seconds: int | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class ServerUnreachable(Unavailable):
    """The Sealbook server cannot be asked."""


class Busy(Unavailable):
    """Another process holds the lock or the lease."""


class TimedOut(Unavailable):
    """It did not happen within the time given."""
