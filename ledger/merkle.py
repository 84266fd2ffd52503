"""The Merkle tree of RFC 9162 §2.1: hashes, roots, and proofs that a tree holds or extends.

A root does not bind its size: for some pairs of wrong (index, size) an inclusion proof still
leads to the right root, and then speaks of another index. So every caller takes the size from
where it is bound to the root (an anchored checkpoint), never from whoever brings the proof.

Everything here takes and gives bytes. Malformed arguments raise InvalidTree, or are False from
`verify_inclusion` and `verify_consistency`; no argument raises anything else.
"""

from typing import TypeGuard

from .digest import DIGEST_BYTES, sha256
from .errors import InvalidTree

Hashes = list[bytes] | tuple[bytes, ...]

EMPTY_ROOT = sha256(b"")  # RFC 9162 §2.1.1: the hash of an empty list
# The contract counts in uint64, SQL in signed 64 bits: a size must fit both.
MAX_SIZE = 2**63 - 1
# One node a level, and one more that opens a consistency proof: no honest proof is longer.
MAX_PROOF = 64


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with these bytes."""
    if not isinstance(data, bytes):
        raise InvalidTree(f"expected the bytes of a leaf, got {type(data).__name__}")
    return sha256(b"\x00" + data)  # RFC 9162 §2.1.1: 0x00 marks a leaf


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the inner node over two nodes of 32 bytes."""
    _require_hash(left, "left node")
    _require_hash(right, "right node")
    return _node(left, right)


def root(leaf_hashes: Hashes) -> bytes:
    """Return the root of the tree with these leaves; of none, SHA-256 of nothing."""
    _require_hashes(leaf_hashes)
    return _root(leaf_hashes)


def inclusion_proof(leaf_hashes: Hashes, index: int, size: int) -> list[bytes]:
    """Prove leaf `index` (from 0) in the tree of the first `size` leaves (RFC 9162 §2.1.3.1)."""
    _require_hashes(leaf_hashes)
    _require_index(index, size)
    _require_within(size, len(leaf_hashes))
    proof: list[bytes] = []
    level: Hashes = leaf_hashes[:size]
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = _parents(level)
        index >>= 1
    return proof


def consistency_proof(leaf_hashes: Hashes, old_size: int, new_size: int) -> list[bytes]:
    """Prove the tree of `old_size` leaves a prefix of that of `new_size` (RFC 9162 §2.1.4.1).

    Nothing needs proving, so the proof is empty, from size 0 and between equal sizes.
    """
    _require_hashes(leaf_hashes)
    _require_growth(old_size, new_size)
    _require_within(new_size, len(leaf_hashes))
    if old_size == 0:
        return []
    proof: list[bytes] = []
    start, end = 0, new_size  # the subtree in which the old tree's edge lies
    while old_size != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old_size <= middle:
            proof.append(_root(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(_root(leaf_hashes[start:middle]))
            start = middle
    if start:  # otherwise the whole old tree is this subtree: the verifier has its root
        proof.append(_root(leaf_hashes[start:end]))
    proof.reverse()
    return proof


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: Hashes) -> bytes:
    """Return the root to which an inclusion proof leads (RFC 9162 §2.1.3.2).

    Raises InvalidTree for a proof that no tree of this size has.
    """
    _require_hash(leaf_hash, "leaf hash")
    _require_index(index, size)
    _require_proof(proof)
    node, last = leaf_hash, size - 1
    for sibling in proof:
        if last == 0:
            raise InvalidTree(f"expected a shorter inclusion proof, got {len(proof)} nodes")
        if index & 1 or index == last:
            node = _node(sibling, node)
            while not index & 1 and index:  # a right edge without sibling is promoted
                index, last = index >> 1, last >> 1
        else:
            node = _node(node, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise InvalidTree(f"expected a longer inclusion proof, got {len(proof)} nodes")
    return node


def roots_from_consistency(
    old_size: int, new_size: int, old_root: bytes, proof: Hashes
) -> tuple[bytes, bytes]:
    """Return the old and the new root to which a consistency proof leads (RFC 9162 §2.1.4.2).

    Both sizes positive and different. Raises InvalidTree for a proof that no such trees have.
    """
    _require_hash(old_root, "old root")
    _require_growth(old_size, new_size)
    _require_proof(proof)
    if old_size in (0, new_size):
        raise InvalidTree("expected two sizes that differ, the old one positive")
    index, last = old_size - 1, new_size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    # A complete old tree is itself the first node of its path, and is not sent.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else proof
    if not path:
        raise InvalidTree("expected a longer consistency proof, got 0 nodes")
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            raise InvalidTree(f"expected a shorter consistency proof, got {len(proof)} nodes")
        if index & 1 or index == last:
            old, new = _node(node, old), _node(node, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = _node(new, node)
        index, last = index >> 1, last >> 1
    if last:
        raise InvalidTree(f"expected a longer consistency proof, got {len(proof)} nodes")
    return old, new


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Hashes, root: bytes) -> bool:
    """Say whether the proof leads from the leaf at `index` to the root of `size` leaves.

    The size must come from where it is bound to the root: see the module's docstring.
    """
    try:
        return root_from_inclusion(leaf_hash, index, size, proof) == root
    except InvalidTree:
        return False


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Hashes
) -> bool:
    """Say whether the proof shows the old tree to be a prefix of the new one.

    From size 0 and between equal sizes only the empty proof is right, and the empty root is
    SHA-256 of nothing. Both sizes must come from where they are bound to their roots.
    """
    try:
        _require_growth(old_size, new_size)
        _require_hash(old_root, "old root")
        _require_hash(new_root, "new root")
        _require_proof(proof)
        if old_size == 0 and old_root != EMPTY_ROOT:
            return False
        if old_size == new_size:
            return not proof and old_root == new_root
        if old_size == 0:
            return not proof
        expected = roots_from_consistency(old_size, new_size, old_root, proof)
    except InvalidTree:
        return False
    return expected == (old_root, new_root)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)  # RFC 9162 §2.1.1: 0x01 marks an inner node


def _parents(level: Hashes) -> list[bytes]:
    """Return the level above; an odd last node is promoted, which is the split of RFC 9162."""
    above = [_node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) % 2:
        above.append(level[-1])
    return above


def _root(leaf_hashes: Hashes) -> bytes:
    while len(leaf_hashes) > 1:
        leaf_hashes = _parents(leaf_hashes)
    return leaf_hashes[0] if leaf_hashes else EMPTY_ROOT


def _is_hash(value: object) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == DIGEST_BYTES


def _is_size(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= MAX_SIZE


def _require_hash(value: object, name: str) -> None:
    if not _is_hash(value):
        raise InvalidTree(f"expected a {name} of {DIGEST_BYTES} bytes")


def _require_hashes(value: object) -> None:
    if not isinstance(value, list | tuple) or not all(map(_is_hash, value)):
        raise InvalidTree(f"expected a list of hashes of {DIGEST_BYTES} bytes")


def _require_proof(proof: object) -> None:
    if isinstance(proof, list | tuple) and len(proof) > MAX_PROOF:
        raise InvalidTree(f"expected at most {MAX_PROOF} nodes in a proof, got {len(proof)}")
    _require_hashes(proof)


def _require_index(index: object, size: object) -> None:
    if not (_is_size(index) and _is_size(size) and index < size):
        raise InvalidTree(f"expected 0 <= index < size <= {MAX_SIZE}")


def _require_growth(old_size: object, new_size: object) -> None:
    if not (_is_size(old_size) and _is_size(new_size) and old_size <= new_size):
        raise InvalidTree(f"expected 0 <= old size <= new size <= {MAX_SIZE}")


def _require_within(size: int, leaves: int) -> None:
    if size > leaves:
        raise InvalidTree(f"expected a size within the {leaves} leaves, got {size}")
