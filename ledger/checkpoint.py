"""A checkpoint: the state of a ledger at one size, named by its root."""

from dataclasses import dataclass

from .digest import DIGEST_BYTES
from .errors import InvalidTree
from .keccak import keccak256

# The contract grows by at most 2^20 leaves a checkpoint; sizes are uint64 there.
MAX_SIZE = 2**63 - 1
MAX_GROWTH = 2**20


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A ledger's id, its size in leaves, and the RFC 9162 root of the tree of that size.

    A root does not bind its size, so the three are only ever stated, signed and anchored together.
    """

    ledger: bytes
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if len(self.ledger) != DIGEST_BYTES:
            raise InvalidTree(f"expected a ledger id of 32 bytes, got {len(self.ledger)}")
        if len(self.root) != DIGEST_BYTES:
            raise InvalidTree(f"expected a root of 32 bytes, got {len(self.root)}")
        if not 0 < self.size <= MAX_SIZE:
            raise InvalidTree(f"expected a size from 1 to {MAX_SIZE}, got {self.size}")


def ledger_id(chain_id: int, contract: bytes, creator: bytes, salt: bytes) -> bytes:
    """Return the 32-byte id of a ledger: keccak(chain id, contract, creator, salt).

    It can't be squatted, nor taken on another chain to frame somebody. Each argument is one
    ABI word, as `keccak256(abi.encode(...))` in Ledgers.sol.
    """
    words = (chain_id.to_bytes(32, "big"), contract.rjust(32, b"\0"), creator.rjust(32, b"\0"))
    return keccak256(b"".join((*words, salt)))
