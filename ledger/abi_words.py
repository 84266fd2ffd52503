"""ABI words: the 32-byte pieces of which calldata and event data are made.

By hand, because eth_abi takes 0.4 s to import and this reads six shapes (Solidity ABI spec).
"""

from .errors import InvalidChainAnswer
from .keccak import keccak256

WORD = 32
_ADDRESS = 20
_MAX_BYTES = 1024  # the longest `bytes` in our events is a CID of 64


def selector(signature: str) -> bytes:
    """Return the four bytes that call a function, from its signature."""
    return keccak256(signature.encode())[:4]


def topic(signature: str) -> bytes:
    """Return the first topic of an event, from its signature."""
    return keccak256(signature.encode())


def number(value: int) -> bytes:
    """Return a number as a word."""
    return value.to_bytes(WORD, "big")


def address(value: bytes) -> bytes:
    """Return an address as a word."""
    return value.rjust(WORD, b"\0")


def tail_bytes(value: bytes) -> bytes:
    """Return `bytes` as they stand in the tail: length, then content padded to a word."""
    return number(len(value)) + value + bytes(-len(value) % WORD)


def tail_words(values: list[bytes]) -> bytes:
    """Return a `bytes32[]` as it stands in the tail: count, then the words."""
    return number(len(values)) + b"".join(values)


def call(signature: str, *heads: bytes, tails: tuple[bytes, ...] = ()) -> bytes:
    """Return calldata: selector, head words, then the offsets' tails (whose heads come last)."""
    offset = WORD * (len(heads) + len(tails))
    offsets = []
    for tail in tails:
        offsets.append(number(offset))
        offset += len(tail)
    return b"".join((selector(signature), *heads, *offsets, *tails))


def read_word(data: bytes, index: int) -> bytes:
    """Return the word at that place; InvalidChainAnswer if the data is shorter."""
    word = data[WORD * index : WORD * (index + 1)]
    if len(word) != WORD:
        raise InvalidChainAnswer(f"expected at least {index + 1} words of data, got {len(data)} B")
    return word


def read_number(word: bytes, bits: int = 64) -> int:
    """Return a word as a number of at most `bits` bits."""
    value = int.from_bytes(word, "big")
    if value >> bits:
        raise InvalidChainAnswer(f"expected a number of {bits} bits, got a larger one")
    return value


def read_address(word: bytes) -> bytes:
    """Return a word as an address."""
    if any(word[: WORD - _ADDRESS]):
        raise InvalidChainAnswer("expected an address, got a word with more than 20 bytes")
    return word[-_ADDRESS:]


def read_bytes(data: bytes, index: int) -> bytes:
    """Return the `bytes` whose offset is the word at that place."""
    start = read_number(read_word(data, index))
    length = read_number(read_word(data[start : start + WORD], 0))
    value = data[start + WORD : start + WORD + length]
    if length > _MAX_BYTES or len(value) != length:
        raise InvalidChainAnswer(f"expected {length} bytes in the data, got {len(value)}")
    return value
