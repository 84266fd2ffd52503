"""`ledger.tree` against `ledger.merkle`, which rebuilds everything from the leaves each time."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import InvalidTree
from ledger.tree import Frontier, MemoryNodes, Node, Tree, root_of_frontier

LEAVES = [merkle.leaf_hash(b"%d" % index) for index in range(600)]
Call = Callable[[], object]


class CountingNodes(MemoryNodes):
    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.written: list[Node] = []
        self.puts = 0

    def get(self, level: int, index: int) -> bytes:
        self.reads += 1
        return super().get(level, index)

    def put(self, nodes: Iterable[Node]) -> None:
        before = len(self.written)
        self.written.extend(nodes)
        self.puts += 1
        super().put(self.written[before:])


def grown(size: int) -> Tree:
    return Tree(0, MemoryNodes()).append(LEAVES[:size])


def test_every_root_and_frontier_up_to_130_is_that_of_the_model() -> None:
    tree, frontier = Tree(0, MemoryNodes()), Frontier()
    assert tree.root() == frontier.root() == merkle.root([])
    for size in range(1, 131):
        tree, frontier = tree.append([LEAVES[size - 1]]), frontier.append([LEAVES[size - 1]])
        assert tree.size == frontier.size == size
        assert tree.root() == frontier.root() == merkle.root(LEAVES[:size])
        assert tree.frontier() == frontier.hashes
        assert root_of_frontier(tree.frontier(), size) == tree.root()


def test_every_inclusion_proof_up_to_66_is_that_of_the_model() -> None:
    tree = grown(130)
    for size in range(1, 67):
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert proof == merkle.inclusion_proof(LEAVES, index, size)


def test_every_consistency_proof_up_to_50_is_that_of_the_model() -> None:
    tree = grown(130)
    for new in range(51):
        for old in range(new + 1):
            assert tree.consistency_proof(old, new) == merkle.consistency_proof(LEAVES, old, new)


@given(st.lists(st.integers(0, 90), max_size=6), st.data())
def test_any_batches_grow_the_same_tree(batches: list[int], data: st.DataObject) -> None:
    tree, frontier = Tree(0, MemoryNodes()), Frontier()
    for batch in batches:
        leaves = LEAVES[tree.size : tree.size + batch]
        tree, frontier = tree.append(iter(leaves)), frontier.append(iter(leaves))
    size = data.draw(st.integers(0, tree.size))
    assert tree.size == frontier.size == sum(batches)
    assert tree.root() == frontier.root() == merkle.root(LEAVES[: tree.size])
    assert tree.root(size) == merkle.root(LEAVES[:size])
    assert Frontier(size, tree.frontier(size)).append(LEAVES[size : tree.size]) == frontier
    assert tree.consistency_proof(size) == merkle.consistency_proof(LEAVES, size, tree.size)
    if size:
        index = data.draw(st.integers(0, size - 1))
        assert tree.inclusion_proof(index, size) == merkle.inclusion_proof(LEAVES, index, size)
        now = tree.inclusion_proof(index)
        assert merkle.verify_inclusion(LEAVES[index], index, tree.size, now, tree.root())


def test_an_append_writes_less_than_two_nodes_and_reads_at_most_one_a_leaf() -> None:
    nodes = CountingNodes()
    tree = Tree(0, nodes)
    for leaf in LEAVES[:512]:
        tree = tree.append([leaf])
    print(f"512 appends of 1 leaf: {len(nodes.written)} nodes written, {nodes.reads} read")
    assert len(nodes.written) == 2 * 512 - 1
    assert nodes.reads == 511
    assert len({(node.level, node.index) for node in nodes.written}) == len(nodes.written)


def test_a_batch_is_one_put_and_reads_only_what_it_joins() -> None:
    nodes = CountingNodes()
    tree = Tree(0, nodes).append(LEAVES[:255])
    assert (nodes.puts, nodes.reads) == (1, 0)
    tree.append(LEAVES[255:600])
    assert (nodes.puts, nodes.reads) == (2, 8)


def test_proofs_read_a_number_of_nodes_that_is_logarithmic() -> None:
    nodes, most = CountingNodes(), 0
    tree = Tree(0, nodes).append(LEAVES[:511])
    for size in [*range(1, 66), 255, 256, 257, 509, 510, 511]:
        bound = 2 * (size.bit_length() - 1) + 1
        calls: list[Call] = []
        for at in range(size):
            calls += [
                partial(tree.inclusion_proof, at, size),
                partial(tree.consistency_proof, at, size),
            ]
        for call in calls:
            nodes.reads = 0
            call()
            assert nodes.reads <= bound
            most = max(most, nodes.reads)
    print(f"the most nodes read for one proof in trees of up to 511 leaves: {most}")


def test_what_an_append_left_behind_uncommitted_is_never_read() -> None:
    tree = grown(77)
    tree.append(LEAVES[300:400])
    again = tree.append(LEAVES[77:177])
    assert again.root() == merkle.root(LEAVES[:177])
    assert again.inclusion_proof(80) == merkle.inclusion_proof(LEAVES, 80, 177)


def test_a_batch_with_one_wrong_leaf_stores_nothing() -> None:
    nodes = CountingNodes()
    with pytest.raises(InvalidTree):
        Tree(0, nodes).append([*LEAVES[:9], b"short"])
    assert nodes.written == []


def test_a_missing_node_is_named() -> None:
    with pytest.raises(InvalidTree, match="level 2, index 0"):
        Tree(4, MemoryNodes()).root()


def test_a_full_tree_takes_no_leaf() -> None:
    full = Frontier(merkle.MAX_SIZE, tuple(LEAVES[:63]))
    with pytest.raises(InvalidTree, match="at most"):
        full.append(LEAVES[:1])
    with pytest.raises(InvalidTree, match="at most"):
        Tree(merkle.MAX_SIZE, MemoryNodes()).append(LEAVES[:1])
    assert full.append([]) == full


WRONG: list[Any] = [-1, True, 1.0, "1", 10**40]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_size_or_index_that_the_tree_has_not_is_refused(wrong: int) -> None:
    tree = grown(9)
    calls: list[Call] = [
        lambda: Tree(wrong, MemoryNodes()),
        lambda: Frontier(wrong, (LEAVES[0],)),
        lambda: tree.root(wrong),
        lambda: tree.frontier(wrong),
        lambda: tree.inclusion_proof(wrong),
        lambda: tree.inclusion_proof(0, wrong),
        lambda: tree.consistency_proof(wrong),
        lambda: tree.consistency_proof(0, wrong),
    ]
    for call in calls:
        with pytest.raises(InvalidTree):
            call()


def test_sizes_and_indexes_just_beyond_are_refused() -> None:
    tree = grown(9)
    calls: list[Call] = [
        lambda: tree.root(10),
        lambda: tree.inclusion_proof(9),
        lambda: tree.inclusion_proof(3, 3),
        lambda: tree.inclusion_proof(0, 0),
        lambda: tree.consistency_proof(4, 3),
        lambda: tree.consistency_proof(1, 10),
    ]
    for call in calls:
        with pytest.raises(InvalidTree):
            call()


@given(st.integers(0, 600), st.integers(0, 12))
@settings(max_examples=50)
def test_a_frontier_has_one_hash_for_each_subtree(size: int, count: int) -> None:
    if count == size.bit_count():
        assert Frontier(size, tuple(LEAVES[:count])).hashes == tuple(LEAVES[:count])
    else:
        with pytest.raises(InvalidTree, match="in the frontier"):
            root_of_frontier(LEAVES[:count], size)


@given(st.integers(1, 600), st.data())
def test_any_flipped_bit_in_a_frontier_gives_another_root(size: int, data: st.DataObject) -> None:
    frontier = list(Frontier().append(LEAVES[:size]).hashes)
    at = data.draw(st.integers(0, len(frontier) - 1))
    bit = 1 << data.draw(st.integers(0, 255))
    frontier[at] = (int.from_bytes(frontier[at], "big") ^ bit).to_bytes(32, "big")
    assert root_of_frontier(frontier, size) != merkle.root(LEAVES[:size])


HASHES: list[Any] = [None, "a" * 32, b"short", 7]


@pytest.mark.parametrize("wrong", HASHES)
def test_a_frontier_of_anything_but_hashes_is_refused(wrong: bytes) -> None:
    with pytest.raises(InvalidTree):
        Frontier(1, (wrong,))
    with pytest.raises(InvalidTree):
        Frontier().append([wrong])
