"""An append-only tree that grows and proves from stored nodes, and its frontier alone.

Only complete subtrees are stored, each once and for good: node (level, index) is the root over
leaves index·2^level up to (index+1)·2^level, and level 0 holds the leaf hashes. So any earlier
size is proven from the same nodes. What is proven is what `ledger.merkle` defines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

from .digest import DIGEST_BYTES
from .errors import InvalidTree
from .merkle import EMPTY_ROOT, MAX_SIZE, node_hash


@dataclass(frozen=True, slots=True)
class Node:
    """The root of a complete subtree, and where it stands."""

    level: int
    index: int
    hash: bytes


class Nodes(Protocol):
    """Where the nodes of one tree are kept."""

    def get(self, level: int, index: int) -> bytes:
        """Return the node that was put there; a LedgerError where none was."""
        ...

    def put(self, nodes: Iterable[Node]) -> None:
        """Keep the nodes. One that is there already, beyond the tree's size, is overwritten."""
        ...


class MemoryNodes:
    """Nodes in memory: for proofs made once from a list of leaves, and for tests."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int) -> bytes:
        """Return the node, or raise InvalidTree."""
        try:
            return self._kept[level, index]
        except KeyError as absent:
            raise InvalidTree(f"no node is stored at level {level}, index {index}") from absent

    def put(self, nodes: Iterable[Node]) -> None:
        """Keep the nodes."""
        self._kept.update({(node.level, node.index): node.hash for node in nodes})


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of the first `size` leaves whose complete subtrees are in `nodes`.

    No node beyond `size` is ever read, so an append that was not committed does no harm.
    """

    size: int
    nodes: Nodes

    def __post_init__(self) -> None:
        _count(self.size, MAX_SIZE, "size")

    def append(self, leaf_hashes: Iterable[bytes]) -> Self:
        """Store the subtrees that these leaves complete, in one `put`; return the grown tree.

        Fewer than two nodes a leaf are written, and at most one read for each that joins older
        ones. Nothing is stored if any leaf hash is not 32 bytes.
        """
        size, made = self.size, dict[tuple[int, int], bytes]()
        for leaf in leaf_hashes:
            _require_hash(leaf)
            _require_room(size)
            node, level, index = leaf, 0, size
            made[level, index] = node
            while index & 1:
                left = made.get((level, index - 1)) or self.nodes.get(level, index - 1)
                node, level, index = node_hash(left, node), level + 1, index >> 1
                made[level, index] = node
            size += 1
        self.nodes.put(Node(*place, node) for place, node in made.items())
        return type(self)(size, self.nodes)

    def root(self, size: int | None = None) -> bytes:
        """Return the root at `size` (now, if None), by one read for each bit set in it."""
        size = self.size if size is None else _count(size, self.size, "size")
        return self._range(0, size)

    def frontier(self, size: int | None = None) -> tuple[bytes, ...]:
        """Return the roots of the complete subtrees, left to right: the largest first."""
        size = self.size if size is None else _count(size, self.size, "size")
        return tuple(self.nodes.get(*place) for place in _cover(0, size))

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Prove leaf `index` in the tree of `size`, by at most 2·log2(size) + 1 reads."""
        size = self.size if size is None else _count(size, self.size, "size")
        _count(index, size - 1, "index")
        return self._siblings(index, index + 1, size)

    def consistency_proof(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """Prove `old_size` a prefix of `new_size`, by at most 2·log2(new_size) + 1 reads."""
        new_size = self.size if new_size is None else _count(new_size, self.size, "new size")
        _count(old_size, new_size, "old size")
        if old_size in (0, new_size):
            return []
        # The old tree's last complete subtree: its left edge is where the descent ends.
        edge = old_size & (old_size - 1)
        proof = self._siblings(edge, old_size, new_size)
        return [self._range(edge, old_size), *proof] if edge else proof

    def _siblings(self, start: int, end: int, size: int) -> list[bytes]:
        """Return the nodes beside the way from the root down to the subtree [start, end)."""
        low, high, siblings = 0, size, list[bytes]()
        while (low, high) != (start, end):
            middle = low + (1 << (high - low - 1).bit_length() - 1)  # RFC 9162 §2.1.1: k
            if end <= middle:
                siblings.append(self._range(middle, high))
                high = middle
            else:
                siblings.append(self._range(low, middle))
                low = middle
        siblings.reverse()
        return siblings

    def _range(self, start: int, end: int) -> bytes:
        """Return the root over the leaves [start, end)."""
        return _join([self.nodes.get(*place) for place in _cover(start, end)])


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of a tree's complete subtrees, the largest first: enough to grow it.

    Two frontiers of one size are equal exactly when their trees have the same root.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        _count(self.size, MAX_SIZE, "size")
        if len(self.hashes) != self.size.bit_count():  # one subtree for each bit set
            raise InvalidTree(
                f"expected {self.size.bit_count()} hashes in the frontier of {self.size} leaves, "
                f"got {len(self.hashes)}"
            )
        for node in self.hashes:
            _require_hash(node)

    def append(self, leaf_hashes: Iterable[bytes]) -> Self:
        """Return the frontier after these leaves, in amortised constant time for each."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            _require_hash(leaf)
            _require_room(size)
            node, index = leaf, size
            while index & 1:
                node, index = node_hash(hashes.pop(), node), index >> 1
            hashes.append(node)
            size += 1
        return type(self)(size, tuple(hashes))

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return _join(list(self.hashes))


def root_of_frontier(frontier: Iterable[bytes], size: int) -> bytes:
    """Return the root of the tree of `size` with this frontier; InvalidTree if it cannot be one."""
    return Frontier(size, tuple(frontier)).root()


def _cover(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the level and index of the complete subtrees of [start, end), left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _join(hashes: list[bytes]) -> bytes:
    """Return the root over complete subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    node = hashes.pop()
    while hashes:
        node = node_hash(hashes.pop(), node)
    return node


def _count(value: object, most: int, name: str) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise InvalidTree(f"expected a {name} from 0 to {most}")
    return value


def _require_hash(node: object) -> None:
    if not isinstance(node, bytes) or len(node) != DIGEST_BYTES:
        raise InvalidTree(f"expected a node or leaf hash of {DIGEST_BYTES} bytes")


def _require_room(size: int) -> None:
    if size >= MAX_SIZE:
        raise InvalidTree(f"expected at most {MAX_SIZE} leaves in a tree")
