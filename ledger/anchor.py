"""Where and when a checkpoint is on a chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self

from .chain import ADDRESS_BYTES, HASH_BYTES, ChainIdentity
from .checkpoint import Checkpoint
from .encoding import MAX_NUMBER, Json, hex_of
from .errors import InvalidReceipt
from .fields import Fields
from .keccak import keccak256

NO_ACCUMULATOR = bytes(HASH_BYTES)
MAX_MANIFEST_CID = 64  # bytes of a manifest's binary CID: Ledgers.sol takes 1 to 64


@dataclass(frozen=True, slots=True)
class Anchor:
    """The log by which a contract says that it took a checkpoint, by its place on a chain."""

    chain_id: int
    genesis: bytes
    contract: bytes
    block_number: int
    block_hash: bytes
    transaction: bytes
    log_index: int

    def __post_init__(self) -> None:
        for name in ("chain_id", "block_number", "log_index"):
            if not 0 <= getattr(self, name) <= MAX_NUMBER:
                raise InvalidReceipt(f"expected an anchor's {name} from 0 to 2^53")
        for name in ("genesis", "block_hash", "transaction"):
            if len(getattr(self, name)) != HASH_BYTES:
                raise InvalidReceipt(f"expected an anchor's {name} to have 32 bytes")
        if len(self.contract) != ADDRESS_BYTES:
            raise InvalidReceipt("expected an anchor's contract to have 20 bytes")

    def on(self, identity: ChainIdentity) -> bool:
        """Say whether it is on that chain: the id *and* the genesis hash."""
        return (self.chain_id, self.genesis) == (identity.chain_id, identity.genesis)

    def to_json(self) -> Mapping[str, Json]:
        """Return the anchor as its JSON object."""
        return {
            "block_hash": hex_of(self.block_hash),
            "block_number": self.block_number,
            "chain_id": self.chain_id,
            "contract": hex_of(self.contract),
            "genesis": hex_of(self.genesis),
            "log_index": self.log_index,
            "transaction": hex_of(self.transaction),
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the anchor from its JSON object."""
        fields = Fields(value, "anchor", InvalidReceipt)
        anchor = cls(
            chain_id=fields.number("chain_id"),
            genesis=fields.binary("genesis", HASH_BYTES),
            contract=fields.binary("contract", ADDRESS_BYTES),
            block_number=fields.number("block_number"),
            block_hash=fields.binary("block_hash", HASH_BYTES),
            transaction=fields.binary("transaction", HASH_BYTES),
            log_index=fields.number("log_index"),
        )
        fields.done()
        return anchor


@dataclass(frozen=True, slots=True)
class AnchoredCheckpoint:
    """A checkpoint as the contract took it: with its manifest's CID, accumulator and block time."""

    checkpoint: Checkpoint
    manifest: bytes
    accumulator: bytes
    anchor: Anchor
    timestamp: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A time that is known from both sides: Unix seconds, both ends included."""

    not_before: int
    not_after: int

    def __post_init__(self) -> None:
        if not 0 <= self.not_before <= self.not_after:
            raise InvalidReceipt("expected an interval of time that ends after it begins")


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How far a chain's block times may be from the true time: seconds behind, seconds ahead."""

    behind: int
    ahead: int

    def interval(self, timestamp: int) -> Interval:
        """Return the interval in which a block of that timestamp was made."""
        return Interval(max(0, timestamp - self.ahead), timestamp + self.behind)


class Order(Enum):
    """How one anchor stands to another in time."""

    EARLIER = "earlier"
    LATER = "later"
    SAME_BLOCK = "same_block"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was anchored, as far as a chain can tell."""

    chain: ChainIdentity
    block_number: int
    interval: Interval

    def order(self, other: "Moment") -> Order:
        """Return how this moment stands to the other: by block on one chain, else by interval.

        In one block neither is earlier: whoever submits orders within it.
        """
        if (self.chain.chain_id, self.chain.genesis) == (other.chain.chain_id, other.chain.genesis):
            if self.block_number == other.block_number:
                return Order.SAME_BLOCK
            return Order.EARLIER if self.block_number < other.block_number else Order.LATER
        if self.chain.local or other.chain.local:
            return Order.UNKNOWN  # a local chain proves order on its own machine alone
        if self.interval.not_after < other.interval.not_before:
            return Order.EARLIER
        if other.interval.not_after < self.interval.not_before:
            return Order.LATER
        return Order.UNKNOWN


def accumulate(before: bytes, checkpoint: Checkpoint, manifest: bytes, timestamp: int) -> bytes:
    """Return the ledger's accumulator after an anchor, as Ledgers.sol computes it.

    A node that leaves out a log can't hide it from whoever folds the rest and reads one slot.
    """
    return keccak256(
        before
        + checkpoint.ledger
        + checkpoint.size.to_bytes(32, "big")
        + checkpoint.root
        + keccak256(manifest)
        + timestamp.to_bytes(32, "big")
    )
