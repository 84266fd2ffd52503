"""What a node's JSON says, read strictly: quantities, bytes, blocks, logs, receipts.

Every function raises InvalidChainAnswer for anything else; the reader says which node said it.
"""

import re

from ..chain import (
    ADDRESS_BYTES,
    HASH_BYTES,
    MAX_UINT64,
    BlockRef,
    Log,
    Tag,
    TransactionReceipt,
)
from ..errors import InvalidChainAnswer

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_BYTES = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_SHOWN = 60
_MAX_WORD_DIGITS = 2 * HASH_BYTES


def quantity(value: object, most: int = MAX_UINT64) -> int:
    """Read a quantity: `0x`, hexadecimal, no leading zero."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value) or int(value, 16) > most:
        raise InvalidChainAnswer(f"expected a quantity up to {most}, got {_shown(value)}")
    return int(value, 16)


def octets(value: object, length: int | None = None) -> bytes:
    """Read bytes: `0x` and pairs of hexadecimal digits; of that length, if one is given."""
    if not isinstance(value, str) or not _BYTES.fullmatch(value):
        raise InvalidChainAnswer(f"expected bytes as 0x-hexadecimal, got {_shown(value)}")
    read = bytes.fromhex(value[2:])
    if length is not None and len(read) != length:
        raise InvalidChainAnswer(f"expected {length} bytes, got {len(read)}")
    return read


def word(value: object) -> bytes:
    """Read a storage word; some nodes leave the zeros in front away."""
    if (
        not isinstance(value, str)
        or not re.fullmatch(r"0x[0-9a-fA-F]+", value)
        or len(value) - 2 > _MAX_WORD_DIGITS
    ):
        raise InvalidChainAnswer(f"expected a word of 32 bytes, got {_shown(value)}")
    return bytes.fromhex(value[2:].rjust(_MAX_WORD_DIGITS, "0"))


def block(value: object) -> BlockRef:
    """Read a block's number, hash, parent and time."""
    fields = _object(value)
    return BlockRef(
        quantity(fields.get("number")),
        octets(fields.get("hash"), HASH_BYTES),
        octets(fields.get("parentHash"), HASH_BYTES),
        quantity(fields.get("timestamp")),
    )


def log(value: object) -> Log:
    """Read a log that is in a block."""
    fields = _object(value)
    topics = fields.get("topics")
    if not isinstance(topics, list):
        raise InvalidChainAnswer(f"expected a list of topics, got {_shown(topics)}")
    if fields.get("removed", False) is not False:
        raise InvalidChainAnswer("expected a log of a canonical block, got a removed one")
    return Log(
        octets(fields.get("address"), ADDRESS_BYTES),
        tuple(octets(topic, HASH_BYTES) for topic in topics),
        octets(fields.get("data")),
        quantity(fields.get("blockNumber")),
        octets(fields.get("blockHash"), HASH_BYTES),
        octets(fields.get("transactionHash"), HASH_BYTES),
        quantity(fields.get("logIndex")),
    )


def logs(value: object) -> list[Log]:
    """Read a list of logs."""
    if not isinstance(value, list):
        raise InvalidChainAnswer(f"expected a list of logs, got {_shown(value)}")
    return [log(item) for item in value]


def receipt(value: object) -> TransactionReceipt:
    """Read the receipt of a transaction that is in a block."""
    fields = _object(value)
    return TransactionReceipt(
        octets(fields.get("transactionHash"), HASH_BYTES),
        quantity(fields.get("blockNumber")),
        octets(fields.get("blockHash"), HASH_BYTES),
        quantity(fields.get("status"), 1) == 1,
        quantity(fields.get("gasUsed")),
    )


def block_parameter(at: int | Tag) -> str:
    """Write a block number or tag as a node takes it."""
    return at if isinstance(at, str) else hex(at)


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidChainAnswer(f"expected an object, got {_shown(value)}")
    return value


def _shown(value: object) -> str:
    return repr(value)[:_SHOWN] if isinstance(value, str | int | None) else type(value).__name__
