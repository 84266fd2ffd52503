"""What a chain says: which one it is, its blocks, its logs, what became of a transaction."""

from dataclasses import dataclass
from typing import Literal

from .errors import InvalidChainAnswer

ADDRESS_BYTES = 20
HASH_BYTES = 32
MAX_TOPICS = 4
MAX_UINT64 = 2**64 - 1
MAX_TIMESTAMP = 221_845_219_200  # the year 9000: later ones are no times, and no calendar has them

Tag = Literal["latest", "safe", "finalized"]


def _need(name: str, value: bytes, length: int) -> None:
    if len(value) != length:
        raise InvalidChainAnswer(f"expected {length} bytes of {name}, got {len(value)}")


def _number(name: str, value: int, most: int = MAX_UINT64) -> None:
    if not 0 <= value <= most:
        raise InvalidChainAnswer(f"expected {name} from 0 to {most}, got {value}")


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """A chain is its id *and* its genesis hash; `local` when one machine makes its blocks."""

    chain_id: int
    genesis: bytes
    local: bool = False

    def __post_init__(self) -> None:
        # EIP-2294 bounds chain ids; 2^53 keeps them exact in every JSON reader
        _number("a chain id", self.chain_id, 2**53 - 1)
        _need("a genesis hash", self.genesis, HASH_BYTES)


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash, with its parent's hash and its time in Unix seconds."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int

    def __post_init__(self) -> None:
        _number("a block number", self.number)
        _number("a timestamp", self.timestamp, MAX_TIMESTAMP)
        _need("a block hash", self.hash, HASH_BYTES)
        _need("a parent hash", self.parent, HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Log:
    """An event that a contract emitted, and where: `index` counts logs within the block."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    transaction: bytes
    index: int

    def __post_init__(self) -> None:
        _need("an address", self.address, ADDRESS_BYTES)
        if len(self.topics) > MAX_TOPICS:
            raise InvalidChainAnswer(f"expected at most 4 topics, got {len(self.topics)}")
        for topic in self.topics:
            _need("a topic", topic, HASH_BYTES)
        _number("a block number", self.block_number)
        _need("a block hash", self.block_hash, HASH_BYTES)
        _need("a transaction hash", self.transaction, HASH_BYTES)
        _number("a log index", self.index)


@dataclass(frozen=True, slots=True)
class TransactionReceipt:
    """A transaction that is in a block: whether it succeeded and the gas that it used."""

    transaction: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int

    def __post_init__(self) -> None:
        _need("a transaction hash", self.transaction, HASH_BYTES)
        _number("a block number", self.block_number)
        _need("a block hash", self.block_hash, HASH_BYTES)
        _number("gas used", self.gas_used)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a transaction will cost at the most: gas, wei a gas, and what a rollup takes beside.

    `extra_wei` is the fee for the parent chain's data, where the chain takes one.
    """

    gas: int
    wei_per_gas: int
    extra_wei: int = 0

    @property
    def wei(self) -> int:
        """The most that it can cost, in wei."""
        return self.gas * self.wei_per_gas + self.extra_wei
