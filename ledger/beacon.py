"""A beacon: a block that a step cannot be older than; and seeds drawn from blocks."""

import math
import re
from dataclasses import dataclass
from typing import Literal, Self

from .chain import HASH_BYTES, MAX_UINT64
from .digest import DIGEST_BYTES, sha256
from .encoding import MAX_NUMBER
from .errors import InvalidProcessLog

TAG_SEED = b"sealbook/seeds/1"

# The seed block is the k-th after the block of the anchor that holds the log's opening checkpoint.
# Fixed, so that nobody chooses among blocks (a free choice matched 200 old 32-bit seeds in 5 s).
# Not the next one, because whoever proposes the anchor's block may hold the next few as well and
# so pick the pair: with a third of the stake, nine in a row come once in 20,000 tries. Not much
# later, because the creator waits for it: 8 blocks are 96 s on Ethereum, 16 s where a block takes
# 2 s. A sequencer that makes every block can still choose; docs/process-log.md says so.
SEED_BLOCK_DISTANCE = 8

SeedBits = Literal[32, 64]

_WHOLE = r"(0|[1-9][0-9]{0,19})"
_WRITTEN = re.compile(rf"{_WHOLE}:{_WHOLE}:0x([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class Beacon:
    """A block by chain id, number and hash; written `CHAINID:NUMBER:0xHASH`.

    Nobody knows a block's hash before the block is made, so what holds it is younger.
    """

    chain_id: int
    number: int
    hash: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.chain_id <= MAX_NUMBER:
            raise InvalidProcessLog(f"expected a beacon's chain id from 0 to {MAX_NUMBER}")
        if not 0 <= self.number <= MAX_UINT64:
            raise InvalidProcessLog(f"expected a beacon's block number from 0 to {MAX_UINT64}")
        if len(self.hash) != HASH_BYTES:
            raise InvalidProcessLog(f"expected a block hash of 32 bytes, got {len(self.hash)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `CHAINID:NUMBER:0xHASH`: decimals without leading zeros, lower-case hex."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InvalidProcessLog(
                f"expected a beacon written CHAINID:NUMBER:0xHASH, got {text[:80]!r}"
            )
        chain_id, number, block_hash = found.groups()
        return cls(int(chain_id), int(number), bytes.fromhex(block_hash))

    def __str__(self) -> str:
        return f"{self.chain_id}:{self.number}:0x{self.hash.hex()}"


def drawn_seed(chain_id: int, block_hash: bytes, log_id: bytes, step: int, bits: SeedBits) -> int:
    """Return the seed that a step of a log draws from its seed block.

    The first `bits` of SHA-256(tag ‖ chain id u64 ‖ block hash ‖ log id ‖ step u64), big-endian.
    The log id is committed before the block exists, and each step draws once: no choice is left.
    """
    if bits not in (32, 64):
        raise InvalidProcessLog(f"expected a seed of 32 or 64 bits, got {bits}")
    if len(block_hash) != HASH_BYTES or len(log_id) != DIGEST_BYTES:
        raise InvalidProcessLog("expected a block hash and a log id of 32 bytes each")
    if not (0 <= chain_id <= MAX_NUMBER and 0 <= step <= MAX_UINT64):
        raise InvalidProcessLog("expected a chain id within 2^53 and a step within 2^64")
    drawn = sha256(
        TAG_SEED + chain_id.to_bytes(8, "big") + block_hash + log_id + step.to_bytes(8, "big")
    )
    return int.from_bytes(drawn[: bits // 8], "big")


def chance_of_accident(bits: int, steps: int) -> float:
    """Return the chance that one of `steps` seeds fixed beforehand equals the seed drawn for it.

    Whoever opens m logs, or tries n old images at each step, has m·n times as many `steps`.
    """
    if bits <= 0 or steps < 0:
        raise InvalidProcessLog("expected a positive number of bits and a number of steps")
    # 1 - (1 - 2^-bits)^steps, without losing the small numbers to rounding
    return -math.expm1(steps * math.log1p(-(2.0**-bits)))
