"""Manifests that are missing, late, another's, or garbage: named, and never in the way."""

from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.checkpoint import Checkpoint
from ledger.cid import import_file
from ledger.contract import anchor_call
from ledger.leaf import Leaf
from ledger.merkle import leaf_hash
from tests.answers import answers
from tests.cells import send
from tests.open_worlds import open_index
from tests.worlds import World, hidden


def missing(world: World, index: SqlIndex) -> list[tuple[int, int]]:
    return [(one.start, one.anchored.checkpoint.size) for one in index.missing(world.identity)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_missing_manifests_are_named_and_taken_in_when_they_come(
    world: World, index: SqlIndex, tmp_path: Path, order: tuple[int, ...]
) -> None:
    ours = world.ledger()
    claims = [world.claim(salt=n) for n in range(6)]
    ours.anchor(hidden(claims[0]), claims[1], publish=False)
    ours.anchor(claims[2], hidden(claims[3]), disclosures=((0, claims[0]),), publish=False)
    ours.anchor(claims[4], claims[5], disclosures=((3, claims[3]),), publish=False)
    world.syncing(index).run()
    assert missing(world, index) == [(0, 2), (2, 4), (4, 6)]
    counts = index.counts(world.identity)
    assert (counts.leaves, counts.claims, counts.closed, counts.missing_manifests) == (6, 0, 6, 3)
    for left, batch in enumerate(order):
        assert len(missing(world, index)) == 3 - left
        ours.publish(batch)
        world.syncing(index).run()
    assert missing(world, index) == []
    assert index.counts(world.identity).claims == 6
    told = answers(world, index, claims, ["alice"])
    with open_index(tmp_path / "rebuilt.db") as again:
        world.syncing(again).run()
        assert answers(world, again, claims, ["alice"]) == told


def test_a_manifest_whose_bytes_are_another_batch_s_is_missing(
    world: World, index: SqlIndex
) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim, copied = world.claim(salt=1), world.claim("bob", salt=2)
    ours.anchor(claim)
    theirs.anchor(hidden(copied), manifest=ours.manifests[0])
    ours.anchor(world.claim(salt=3), manifest=ours.manifests[0])
    world.syncing(index).run()
    assert missing(world, index) == [(1, 2), (0, 1)] or missing(world, index) == [(0, 1), (1, 2)]
    placed = index.claim(claim.id)
    assert placed is not None
    assert placed.anchored.anchor == ours.anchors[0]
    assert index.counts(world.identity).claims == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"\xff\xfe\n" * 3,
        b"{}\n",
        b'{"end":1,"frontier":[],"ledger":"0x00","manifest":1,"start":0}\n',
        b"x" * 3_000_000,
        b"[" * 9_000 + b"\n",
    ],
    ids=["empty", "line", "no text", "object", "short ledger", "large", "nested"],
)
def test_a_strangers_garbage_hides_nobody_else_s_claims(
    world: World, index: SqlIndex, garbage: bytes
) -> None:
    stranger, ours = world.ledger("stranger"), world.ledger("ours")
    stranger.anchor(world.claim("mallory"), manifest=garbage)
    claim = world.claim()
    ours.anchor(claim)
    stranger.anchor(world.claim("mallory", salt=2), manifest=garbage)
    world.syncing(index).run()
    assert index.claim(claim.id) is not None
    assert missing(world, index) == [(0, 1), (1, 2)]


def test_a_manifest_s_name_may_be_any_bytes_and_its_leaves_any_tree(
    world: World, index: SqlIndex
) -> None:
    stranger, ours = world.ledger("stranger"), world.ledger("ours")
    for size, name in enumerate((b"\0", b"\xff" * 64, bytes.fromhex("01551220") + b"\1" * 31), 1):
        at = Checkpoint(stranger.id, size**2, leaf_hash(bytes([size])))
        if size == 1:
            send(world.chain, world.contracts.ledgers, anchor_call(at, [], name))
        else:
            other = world.ledger(size)
            at = Checkpoint(other.id, size**2, at.root)
            send(world.chain, world.contracts.ledgers, anchor_call(at, [], name))
    claim = world.claim()
    ours.anchor(claim)
    world.syncing(index).run()
    assert index.claim(claim.id) is not None
    assert index.counts(world.identity).missing_manifests == 3


def test_a_line_that_is_not_canonical_is_an_opaque_leaf(world: World, index: SqlIndex) -> None:
    ours = world.ledger()
    claim = world.claim()
    true = world.ledger("the same")
    true.anchor(claim)
    data = true.manifests[0].replace(true.id.hex().encode(), ours.id.hex().encode())
    ours.anchor(claim, manifest=data.replace(b'{"claim":', b'{ "claim":'))
    world.syncing(index).run()
    assert index.counts(world.identity).closed == 1
    placed = index.find_leaf(Leaf.of(claim).hash)
    assert placed is not None
    found = index.claim(claim.id)
    assert found is not None
    assert found.anchored.anchor == true.anchors[0]


def test_a_store_that_cannot_be_read_is_a_missing_manifest(world: World, index: SqlIndex) -> None:
    ours = world.ledger()
    claim = world.claim()
    ours.anchor(claim)
    empty = MemoryBlocks()
    world.syncing(index, blocks=empty).run()
    assert missing(world, index) == [(0, 1)]
    empty.put(import_file((ours.manifests[0],)))
    world.syncing(index, blocks=empty).run()
    assert missing(world, index) == []
    assert index.claim(claim.id) is not None
