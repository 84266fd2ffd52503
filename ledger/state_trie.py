"""The state of an EVM chain, read from the trie nodes that its block's state root commits to.

For state proofs (`eth_getProof`) and for reading the embedded chain's own nodes. Whoever brings
the nodes is not trusted: each is checked against the hash by which it was asked for. Everything
malformed is InvalidStateProof. Sources: Ethereum yellow paper, appendices B (RLP), C (hex-prefix)
and D (Merkle-Patricia trie), and §4.3 (block header).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from .errors import InvalidStateProof
from .keccak import keccak256

Rlp = bytes | list["Rlp"]
NodeOf = Callable[[bytes], bytes]

EMPTY_ROOT = keccak256(b"\x80")  # the trie without keys
# A branch of 16 hashes is 532 bytes, an account 110: no node of a state is larger.
MAX_NODE = 1024
# 20 fields in 2026, about 700 bytes; a chain of its own may add more.
MAX_HEADER = 16 * 1024
MAX_NESTING = 16  # nodes within a node fit into 31 bytes
_WORD = 32
_BRANCH = 17
_ADDRESS = 20
_HEADER_FIELDS = 15  # before the London fork
_STRING, _LIST, _SHORT = 0x80, 0xC0, 55


@dataclass(frozen=True, slots=True)
class Account:
    """What a state holds of an address."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What is needed of a block's header: its place, its time (unix seconds), its state."""

    hash: bytes
    parent_hash: bytes
    state_root: bytes
    number: int
    timestamp: int

    @classmethod
    def parse(cls, rlp: bytes) -> Self:
        """Read a raw header by the fixed positions of its fields; later forks' are tolerated."""
        fields = decode_rlp(rlp, MAX_HEADER)
        if not isinstance(fields, list) or len(fields) < _HEADER_FIELDS:
            raise InvalidStateProof(f"expected a block header of {_HEADER_FIELDS} fields or more")
        return cls(
            hash=keccak256(rlp),
            parent_hash=_word(fields[0], "parent hash"),
            state_root=_word(fields[3], "state root"),
            number=_integer(fields[8], 8, "block number"),
            timestamp=_integer(fields[11], 8, "timestamp"),
        )


@dataclass(frozen=True, slots=True)
class AccountProof:
    """The nodes from a state root to an account, and from it to each slot asked (EIP-1186).

    From the root of each trie down; none for a trie without keys. Nobody has checked them.
    """

    account: tuple[bytes, ...]
    slots: tuple[tuple[bytes, ...], ...]


class ProofNodes:
    """The nodes of a proof, each asked for once and in the order given: one proof, one form."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._left = list(reversed(nodes))

    def __call__(self, hash_: bytes) -> bytes:
        """Return the next node if it has that hash, or raise InvalidStateProof."""
        if not self._left or keccak256(self._left[-1]) != hash_:
            raise InvalidStateProof(f"expected the trie node 0x{hash_.hex()} next in the proof")
        return self._left.pop()

    def require_end(self) -> None:
        """Raise InvalidStateProof if the proof holds nodes that proved nothing."""
        if self._left:
            raise InvalidStateProof(f"expected a proof without {len(self._left)} idle nodes")


def account_of(state_root: bytes, address: bytes, node_of: NodeOf) -> Account | None:
    """Return the account at an address of 20 bytes; None if the state has none there."""
    if len(address) != _ADDRESS:
        raise InvalidStateProof(f"expected an address of {_ADDRESS} bytes, got {len(address)}")
    value = walk(state_root, address, node_of)
    if value is None:
        return None
    match decode_rlp(value, MAX_NODE):
        case [nonce, balance, storage_root, code_hash]:
            return Account(
                nonce=_integer(nonce, 8, "nonce"),
                balance=_integer(balance, 32, "balance"),
                storage_root=_word(storage_root, "storage root"),
                code_hash=_word(code_hash, "code hash"),
            )
        case _:
            raise InvalidStateProof("expected an account of 4 fields")


def storage_of(storage_root: bytes, slot: bytes, node_of: NodeOf) -> bytes:
    """Return the 32-byte word of a slot (32 bytes); zero if it was never set."""
    value = walk(storage_root, _word(slot, "slot"), node_of)
    if value is None:
        return bytes(_WORD)
    word = _integer(decode_rlp(value, MAX_NODE), _WORD, "storage word")
    if not word:
        raise InvalidStateProof("expected no zero word in the storage trie: zero is absent")
    return word.to_bytes(_WORD, "big")


def walk(root: bytes, key: bytes, node_of: NodeOf) -> bytes | None:
    """Return the value under keccak256(key) in the trie, or None if it is proven absent.

    `node_of` gives a node's bytes by its hash, and may be anybody's.
    """
    _word(root, "root of a trie")
    if root == EMPTY_ROOT:
        return None
    path, node = keccak256(key).hex(), _fetch(root, node_of)
    while True:
        child: Rlp
        if len(node) == _BRANCH:
            if node[16] != b"" or not path:  # all keys have one length: none ends in a branch
                raise InvalidStateProof("expected no value in a branch of a state trie")
            child, path = node[int(path[0], 16)], path[1:]
            if child == b"":
                return None
        else:
            nibbles, is_leaf = _unpack(node)
            child = node[1]
            if is_leaf:
                return _leaf_value(child, nibbles, path)
            if not 0 < len(nibbles) < len(path):
                raise InvalidStateProof("expected an extension that leads on")
            if not path.startswith(nibbles):
                return None
            path = path[len(nibbles) :]
        # A node of less than 32 bytes stands in its parent itself.
        node = child if isinstance(child, list) else _fetch(_word(child, "node hash"), node_of)


def decode_rlp(data: bytes, most: int) -> Rlp:
    """Read one RLP item of at most that many bytes; only the canonical form is accepted."""
    if len(data) > most:
        raise InvalidStateProof(f"expected at most {most} bytes of RLP, got {len(data)}")
    item, end = _item(data, 0, len(data), MAX_NESTING)
    if end != len(data):
        raise InvalidStateProof(f"expected one RLP item, got {len(data) - end} bytes behind it")
    return item


def _item(data: bytes, at: int, end: int, nesting: int) -> tuple[Rlp, int]:
    if at >= end:
        raise InvalidStateProof("expected an RLP item, got the end")
    first, start = data[at], at + 1
    if first < _STRING:
        return data[at:start], start
    size = first - (_STRING if first < _LIST else _LIST)
    if size > _SHORT:
        start += size - _SHORT
        written = data[at + 1 : start]
        size = int.from_bytes(written, "big")
        if written[:1] in (b"", b"\x00") or size <= _SHORT:
            raise InvalidStateProof("expected an RLP length in its shortest form")
    stop = start + size
    if stop > end:
        raise InvalidStateProof(f"expected {stop - end} bytes more of RLP, got the end")
    if first < _LIST:
        if size == 1 and data[start] < _STRING:
            raise InvalidStateProof("expected a single byte of RLP as itself")
        return data[start:stop], stop
    if not nesting:
        raise InvalidStateProof(f"expected RLP nested at most {MAX_NESTING} deep")
    items: list[Rlp] = []
    while start < stop:
        item, start = _item(data, start, stop, nesting - 1)
        items.append(item)
    return items, stop


def _fetch(hash_: bytes, node_of: NodeOf) -> list[Rlp]:
    data = node_of(hash_)
    if keccak256(data) != hash_:
        raise InvalidStateProof(f"expected the trie node {hash_.hex()}, got other bytes")
    node = decode_rlp(data, MAX_NODE)
    if not isinstance(node, list):
        raise InvalidStateProof("expected a trie node of 2 or 17 items")
    return node


def _unpack(node: list[Rlp]) -> tuple[str, bool]:
    """Return the nibbles of a leaf or an extension in hex, and whether it is a leaf."""
    if len(node) != 2 or not isinstance(node[0], bytes):  # noqa: PLR2004 - a path and what it leads to
        raise InvalidStateProof("expected a trie node of 2 or 17 items")
    packed = node[0].hex()
    flag = packed[:1]
    if flag in ("1", "3"):  # an odd number of nibbles, the first beside the flag
        return packed[1:], flag == "3"
    if packed[:2] in ("00", "20"):
        return packed[2:], flag == "2"
    raise InvalidStateProof("expected nibbles in hex-prefix encoding")


def _leaf_value(value: Rlp, nibbles: str, path: str) -> bytes | None:
    if len(nibbles) != len(path) or not isinstance(value, bytes) or not value:
        raise InvalidStateProof("expected a leaf with the rest of a key and a value")
    return value if nibbles == path else None


def _word(item: Rlp, name: str) -> bytes:
    if not isinstance(item, bytes) or len(item) != _WORD:
        raise InvalidStateProof(f"expected a {name} of {_WORD} bytes")
    return item


def _integer(item: Rlp, size: int, name: str) -> int:
    if not isinstance(item, bytes) or len(item) > size or item[:1] == b"\x00":
        raise InvalidStateProof(f"expected a {name} of up to {size} bytes without leading zeros")
    return int.from_bytes(item, "big")
