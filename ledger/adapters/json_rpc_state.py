"""A node's raw headers and state proofs: asked of any, believed when the hashes say so."""

import re
from collections.abc import Iterator, Sequence

from ..errors import ChainUnreachable, InvalidChainAnswer
from ..keccak import keccak256
from ..state_trie import AccountProof
from . import json_rpc_values as values
from .json_rpc_transport import JsonRpcTransport, NodeError

# A header's fields in their order, as eth_getBlockByNumber names them: Ethereum's to Amsterdam
# (EIP-7928, EIP-7843); the rollups of the presets have the same. `n` marks a number.
_FIELDS = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
    "logsBloom", "n difficulty", "n number", "n gasLimit", "n gasUsed", "n timestamp", "extraData",
    "mixHash", "nonce", "n baseFeePerGas", "withdrawalsRoot", "n blobGasUsed", "n excessBlobGas",
    "parentBeaconBlockRoot", "requestsHash", "blockAccessListHash", "n slotNumber",
)  # fmt: skip
_EMPTY_NODE = b"\x80"
_LEAST_NODE = 32  # bytes: a shorter one stands in its parent itself
_LARGEST = 2**256 - 1
_STRING, _LIST = 0x80, 0xC0
_SHORT = 55  # bytes: RLP writes the length of more with a length of its own
_NO_METHOD = frozenset({-32601, -32004})
# What nodes say in place of a proof that they cannot give: geth ("missing trie node", "historical
# state … is not available", "header not found"), reth ("exceeds maximum proof window"), Erigon
# ("requested block is too old", "only for the 'latest' block"), Nethermind ("No state available",
# "is missing from the DB"), Besu ("world state unavailable"), anvil (out of range), providers.
_CANNOT = re.compile(
    r"missing trie node|not available|unavailable|proof window|too old|latest.? block|pruned|"
    r"pruning|no state|missing from the db|state .*not found|header not found|block not found|"
    r"unknown (?:block|state)|out ?of ?range|archive|not support|unsupported|not implemented|"
    r"whitelist|method not found|does not exist|disabled|not allowed",
    re.IGNORECASE,
)


def raw_header(transport: JsonRpcTransport, number: int) -> bytes | None:
    """Return the RLP of a block's header: made from its fields, else the node's own bytes.

    None unless its Keccak-256 is the block's hash.
    """
    method = "eth_getBlockByNumber"
    block = transport.ask(method, [hex(number), False])
    if block is None:
        return None
    try:
        expected = values.block(block).hash
    except InvalidChainAnswer as cause:
        raise _unlike(transport, method, cause) from cause
    assert isinstance(block, dict)  # noqa: S101 - else no block was read
    for header in _written(block):
        if keccak256(header) == expected:
            return header
    given = transport.try_ask("debug_getRawHeader", [hex(number)])
    try:
        header = b"" if isinstance(given, NodeError) else values.octets(given)
    except InvalidChainAnswer:
        return None
    return header if keccak256(header) == expected else None


def state_proof(
    transport: JsonRpcTransport, address: bytes, slots: Sequence[bytes], number: int
) -> AccountProof | None:
    """Return an account's proof and its slots' (EIP-1186); None where the node can't give it."""
    method = "eth_getProof"
    asked = [f"0x{slot.hex()}" for slot in slots]
    answer = transport.try_ask(method, [f"0x{address.hex()}", asked, hex(number)])
    if isinstance(answer, NodeError):
        said = f"{answer.message} {answer.data}"
        if answer.code in _NO_METHOD or _CANNOT.search(said):
            return None
        raise transport.broken(method, f"error {answer.code}: {answer.message}")
    if answer is None:
        return None
    try:
        return _proof(answer, len(slots))
    except InvalidChainAnswer as cause:
        raise _unlike(transport, method, cause) from cause


def _proof(answer: object, count: int) -> AccountProof:
    fields = answer if isinstance(answer, dict) else {}
    slots = fields.get("storageProof")
    if not isinstance(slots, list) or len(slots) != count:
        raise InvalidChainAnswer(f"expected the proofs of {count} slots")
    return AccountProof(
        _nodes(fields.get("accountProof")),
        tuple(_nodes(one.get("proof") if isinstance(one, dict) else None) for one in slots),
    )


def _nodes(value: object) -> tuple[bytes, ...]:
    """Read a list of nodes; without those that some nodes add to what has a hash in the trie.

    anvil shows an empty trie as its one empty node, and others repeat what a parent holds itself.
    """
    if not isinstance(value, list):
        raise InvalidChainAnswer("expected a list of trie nodes")
    nodes = [values.octets(one) for one in value]
    return tuple(
        node
        for at, node in enumerate(nodes)
        if node != _EMPTY_NODE and (not at or len(node) >= _LEAST_NODE)
    )


def _written(block: dict[str, object]) -> Iterator[bytes]:
    """Yield the headers that the fields may make: without those that are missing, then with gaps.

    A field of a later fork leaves the earlier ones that a chain lacks empty, or out (EIP-1559 on).
    """
    fields = [_field(block, name) for name in _FIELDS]
    yield _rlp([field for field in fields if field is not None])
    while fields and fields[-1] is None:
        fields.pop()
    yield _rlp([field or b"" for field in fields])


def _field(block: dict[str, object], name: str) -> bytes | None:
    value = block.get(name.removeprefix("n "))
    try:
        if not name.startswith("n "):
            return values.octets(value)
        number = values.quantity(value, _LARGEST)
    except InvalidChainAnswer:
        return None  # missing, or nothing that any header holds
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _rlp(items: Sequence[bytes]) -> bytes:
    """Write a list of strings as RLP (Ethereum yellow paper, appendix B)."""
    return _sized(_LIST, b"".join(map(_rlp_string, items)))


def _rlp_string(item: bytes) -> bytes:
    return item if len(item) == 1 and item[0] < _STRING else _sized(_STRING, item)


def _sized(kind: int, content: bytes) -> bytes:
    size = len(content)
    if size <= _SHORT:
        return bytes((kind + size,)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((kind + _SHORT + len(length),)) + length + content


def _unlike(transport: JsonRpcTransport, method: str, cause: Exception) -> ChainUnreachable:
    return ChainUnreachable(
        f"expected {transport.node} to answer {method} as a chain does: {cause}"
    )
