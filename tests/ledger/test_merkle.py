"""`ledger.merkle` against the recursive definitions of RFC 9162, and against every forgery."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import InvalidTree

VECTORS = Path(__file__).parent.parent / "vectors"
RFC: dict[str, Any] = runpy.run_path(str(VECTORS / "generate.py"))
LEAVES: list[bytes] = RFC["leaves"](140)
EMPTY = merkle.EMPTY_ROOT
Call = Callable[[], object]
hashes = st.binary(min_size=32, max_size=32)


def flipped(node: bytes, bit: int) -> bytes:
    return (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(32, "big")


def test_a_leaf_and_a_node_are_marked_apart() -> None:
    assert merkle.leaf_hash(b"leaf 0") == LEAVES[0]
    assert merkle.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle.node_hash(LEAVES[0], LEAVES[1]) == RFC["node"](LEAVES[0], LEAVES[1])


def test_the_root_of_no_leaves_is_sha_256_of_nothing() -> None:
    assert merkle.root([]) == EMPTY == RFC["EMPTY"]


def test_roots_are_those_of_the_recursive_definition() -> None:
    for size in range(140):
        assert merkle.root(LEAVES[:size]) == RFC["mth"](LEAVES[:size])


def test_inclusion_proofs_are_those_of_the_recursive_definition() -> None:
    for size in range(1, 70):
        root = merkle.root(LEAVES[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(LEAVES, index, size)
            assert proof == RFC["path"](index, LEAVES[:size])
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, root)


def test_consistency_proofs_are_those_of_the_recursive_definition() -> None:
    for new in range(1, 50):
        root = merkle.root(LEAVES[:new])
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(LEAVES, old, new)
            assert proof == RFC["subproof"](old, LEAVES[:new])
            assert merkle.verify_consistency(old, merkle.root(LEAVES[:old]), new, root, proof)


def test_nothing_is_proven_from_size_0() -> None:
    assert merkle.consistency_proof(LEAVES, 0, 9) == []
    assert merkle.verify_consistency(0, EMPTY, 9, merkle.root(LEAVES[:9]), [])
    assert merkle.verify_consistency(0, EMPTY, 0, EMPTY, [])
    assert not merkle.verify_consistency(0, EMPTY, 0, LEAVES[0], [])
    assert not merkle.verify_consistency(0, LEAVES[0], 9, LEAVES[0], [])
    assert not merkle.verify_consistency(0, EMPTY, 9, LEAVES[0], [EMPTY])


@st.composite
def inclusions(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 140))
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(2, 140))
    return draw(st.integers(1, new - 1)), new


@given(inclusions(), st.data())
def test_any_flipped_bit_fails_inclusion(at: tuple[int, int], data: st.DataObject) -> None:
    index, size = at
    proof = merkle.inclusion_proof(LEAVES, index, size)
    parts = [LEAVES[index], merkle.root(LEAVES[:size]), *proof]
    assert merkle.verify_inclusion(parts[0], index, size, parts[2:], parts[1])
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flipped(parts[part], data.draw(st.integers(0, 255)))
    assert not merkle.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(growths(), st.data())
def test_any_flipped_bit_fails_consistency(sizes: tuple[int, int], data: st.DataObject) -> None:
    old, new = sizes
    proof = merkle.consistency_proof(LEAVES, old, new)
    parts = [merkle.root(LEAVES[:old]), merkle.root(LEAVES[:new]), *proof]
    assert merkle.verify_consistency(old, parts[0], new, parts[1], parts[2:])
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flipped(parts[part], data.draw(st.integers(0, 255)))
    assert not merkle.verify_consistency(old, parts[0], new, parts[1], parts[2:])


@given(growths(), st.lists(hashes, min_size=1, max_size=3), st.data())
def test_a_longer_or_shorter_proof_fails(
    sizes: tuple[int, int], extra: list[bytes], data: st.DataObject
) -> None:
    old, new = sizes
    first, second = merkle.root(LEAVES[:old]), merkle.root(LEAVES[:new])
    proof = merkle.consistency_proof(LEAVES, old, new)
    assert not merkle.verify_consistency(old, first, new, second, [*proof, *extra])
    assert not merkle.verify_consistency(old, first, new, second, [*extra, *proof])
    kept = data.draw(st.integers(0, len(proof) - 1))
    assert not merkle.verify_consistency(old, first, new, second, proof[:kept])
    path = merkle.inclusion_proof(LEAVES, old, new)
    assert not merkle.verify_inclusion(LEAVES[old], old, new, [*path, *extra], second)
    assert not merkle.verify_inclusion(LEAVES[old], old, new, [*extra, *path], second)
    assert not merkle.verify_inclusion(LEAVES[old], old, new, path[: kept % len(path)], second)


@given(growths(), st.lists(hashes, max_size=9))
def test_a_rewritten_tree_is_never_consistent(sizes: tuple[int, int], proof: list[bytes]) -> None:
    old, new = sizes
    rewritten = [merkle.leaf_hash(b"rewritten"), *LEAVES[1:new]]
    first, second = merkle.root(LEAVES[:old]), merkle.root(rewritten)
    honest = merkle.consistency_proof(rewritten, old, new)
    assert not merkle.verify_consistency(old, first, new, second, honest)
    assert not merkle.verify_consistency(old, first, new, second, proof)


@given(
    st.integers(-2, 2**65),
    st.integers(-2, 2**65),
    hashes,
    st.lists(hashes, max_size=66),
)
def test_any_two_sizes_are_judged_as_the_definition_judges_them(
    first: int, second: int, node: bytes, proof: list[bytes]
) -> None:
    assume(first < second <= merkle.MAX_SIZE)
    for index, size in ((first, second), (second, first)):
        judged = RFC["is_included"](index, size, node, node, proof)
        assert merkle.verify_inclusion(node, index, size, proof, node) == judged
        assert not merkle.verify_consistency(index, node, size, node, proof)


@given(inclusions())
def test_a_root_from_an_inclusion_proof_is_the_root(at: tuple[int, int]) -> None:
    index, size = at
    proof = tuple(merkle.inclusion_proof(LEAVES, index, size))
    root = merkle.root_from_inclusion(LEAVES[index], index, size, proof)
    assert root == merkle.root(LEAVES[:size])


NO_HASH: list[Any] = [None, 3, "a" * 32, b"", b"a" * 31, b"a" * 33, bytearray(32), [1] * 32]
NO_HASHES: list[Any] = [None, 3, "ab", b"ab", range(10**30), {}, iter([]), *[[x] for x in NO_HASH]]
NO_SIZE: list[Any] = [None, "1", 1.0, True, -1, merkle.MAX_SIZE + 1, 10**400, float("nan"), []]


@pytest.mark.parametrize("wrong", NO_HASHES, ids=range(len(NO_HASHES)))
def test_what_is_no_list_of_hashes_is_refused(wrong: list[bytes]) -> None:
    calls: list[Call] = [
        lambda: merkle.root(wrong),
        lambda: merkle.inclusion_proof(wrong, 0, 1),
        lambda: merkle.consistency_proof(wrong, 0, 1),
        lambda: merkle.root_from_inclusion(EMPTY, 0, 1, wrong),
        lambda: merkle.roots_from_consistency(1, 2, EMPTY, wrong),
    ]
    for call in calls:
        with pytest.raises(InvalidTree):
            call()
    assert not merkle.verify_inclusion(EMPTY, 0, 1, wrong, EMPTY)
    assert not merkle.verify_consistency(1, EMPTY, 1, EMPTY, wrong)
    assert not merkle.verify_consistency(1, EMPTY, 2, EMPTY, wrong)


@pytest.mark.parametrize("wrong", NO_HASH, ids=range(len(NO_HASH)))
def test_what_is_no_hash_is_refused(wrong: bytes) -> None:
    with pytest.raises(InvalidTree):
        merkle.node_hash(wrong, EMPTY)
    with pytest.raises(InvalidTree):
        merkle.node_hash(EMPTY, wrong)
    assert not merkle.verify_inclusion(wrong, 0, 1, [], wrong)
    assert not merkle.verify_inclusion(EMPTY, 0, 1, [], wrong)
    assert not merkle.verify_consistency(1, wrong, 1, wrong, [])
    assert not merkle.verify_consistency(0, EMPTY, 1, wrong, [])


@pytest.mark.parametrize("wrong", NO_SIZE, ids=range(len(NO_SIZE)))
def test_what_is_no_size_is_refused(wrong: int) -> None:
    calls: list[Call] = [
        lambda: merkle.inclusion_proof(LEAVES, wrong, 2),
        lambda: merkle.inclusion_proof(LEAVES, 0, wrong),
        lambda: merkle.consistency_proof(LEAVES, wrong, 2),
        lambda: merkle.consistency_proof(LEAVES, 0, wrong),
    ]
    for call in calls:
        with pytest.raises(InvalidTree):
            call()
    assert not merkle.verify_inclusion(EMPTY, wrong, 1, [], EMPTY)
    assert not merkle.verify_inclusion(EMPTY, 0, wrong, [], EMPTY)
    assert not merkle.verify_consistency(wrong, EMPTY, 1, EMPTY, [])
    assert not merkle.verify_consistency(0, EMPTY, wrong, EMPTY, [])


def test_sizes_beyond_the_leaves_or_the_wrong_way_round_are_refused() -> None:
    for call in (
        lambda: merkle.inclusion_proof(LEAVES[:3], 0, 4),
        lambda: merkle.inclusion_proof(LEAVES[:3], 3, 3),
        lambda: merkle.consistency_proof(LEAVES[:3], 1, 4),
        lambda: merkle.consistency_proof(LEAVES[:3], 3, 2),
        lambda: merkle.roots_from_consistency(0, 2, EMPTY, [EMPTY]),
        lambda: merkle.roots_from_consistency(2, 2, EMPTY, [EMPTY]),
    ):
        with pytest.raises(InvalidTree):
            call()


def test_a_proof_of_a_million_nodes_is_refused_unread() -> None:
    with pytest.raises(InvalidTree, match="at most 64"):
        merkle.root_from_inclusion(EMPTY, 0, 1, [b""] * 1_000_000)


@pytest.mark.parametrize("wrong", [None, "text", bytearray(b"a"), 5])
def test_a_leaf_that_is_no_bytes_is_refused(wrong: bytes) -> None:
    with pytest.raises(InvalidTree):
        merkle.leaf_hash(wrong)
