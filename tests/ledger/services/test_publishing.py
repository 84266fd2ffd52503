"""Publishing: a manifest is nowhere to be had before its anchor is final, and whole after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.block_store import BlockFolder
from ledger.batch import Stage
from ledger.cid import Cid, export_file
from ledger.leaf import Disclosed
from ledger.manifest import Manifest
from ledger.ports import BlockStore
from ledger.services import batching
from ledger.signed import SignedClaim
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, shown

from .operating import Killed, kill_at, own_node


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node("--slots-in-an-epoch", "2") as running:
        yield running


@pytest.fixture
def slow(node: AnvilNode, tmp_path: Path) -> Iterator[Operator]:
    """An operator on a chain whose blocks are final when four more stand on them."""
    with anvil_operator(node, tmp_path, "ledger") as operator:
        operator.blocks = BlockFolder(tmp_path / "blocks")
        yield operator


def kept(blocks: BlockStore) -> int:
    return len(list(blocks.cids()))


def manifests(operator: Operator) -> list[Manifest]:
    return [
        Manifest.decode(b"".join(export_file(Cid.decode(batch.manifest), operator.blocks.get)))
        for batch in operator.queue.batches([Stage.PUBLISHED])
    ]


def test_a_manifest_is_in_the_block_store_only_once_its_anchor_is_final(
    slow: Operator, node: AnvilNode
) -> None:
    slow.add(*range(3))
    progress = slow.anchoring().run()
    assert (progress.anchored, progress.unfinal) == (3, 3)
    for _ in range(3):
        node.mine()
        assert slow.anchoring().run().unfinal == 3
        assert kept(slow.blocks) == 0
    node.mine()
    assert slow.anchoring().run().unfinal == 0
    require_whole(slow)
    (manifest,) = manifests(slow)
    assert [leaf.signed for leaf in manifest.leaves] == [slow.claim(seed) for seed in range(3)]


@pytest.mark.parametrize("name", ["final", "manifest_stored", "published"])
def test_a_death_while_it_publishes_is_made_good(
    slow: Operator, node: AnvilNode, name: str
) -> None:
    for turn in range(2):
        slow.add(turn)
        slow.anchoring().run()
    node.mine(4)
    with pytest.raises(Killed):
        slow.anchoring(failpoint=kill_at(name)).run()
    slow.anchoring("another").run()
    require_whole(slow)
    assert len(manifests(slow)) == 2


def test_what_is_final_is_published_though_new_leaves_wait_for_their_block(
    slow: Operator, node: AnvilNode
) -> None:
    slow.add(0)
    slow.anchoring().run()
    slow.add(1)
    slow.anchoring().run()
    node.mine(3)
    slow.anchoring().run()
    assert [one.stage for one in slow.queue.batches(tuple(Stage))] == [
        Stage.PUBLISHED,
        Stage.INCLUDED,
    ]


def commit(operator: Operator, *seeds: object) -> list[SignedClaim]:
    """Acknowledge only the leaf hashes of claims; return the claims."""
    claims = [operator.claim(seed) for seed in seeds]
    operator.queue.add([Disclosed(shown(claim).leaf_hash) for claim in claims], None)
    return claims


def test_a_disclosure_owed_goes_along_with_the_next_manifest(operator: Operator) -> None:
    claims = commit(operator, *range(3))
    operator.anchoring().run()
    operator.queue.owe_disclosure(2, claims[2])
    operator.queue.owe_disclosure(0, claims[0])
    assert operator.anchoring().run().anchored == 0  # it has to wait for a leaf
    operator.add("new")
    with pytest.raises(Killed):
        operator.anchoring(failpoint=kill_at("manifest_made")).run()
    with pytest.raises(Killed):
        operator.anchoring(failpoint=kill_at("prepared")).run()
    operator.add("newer")
    operator.anchoring().run()
    first, second, third = (Manifest.decode(operator.queue.manifest(end)) for end in (3, 4, 5))
    assert [leaf.signed for leaf in first.leaves] == [None] * 3
    assert second.disclosures == ((0, shown(claims[0])), (2, shown(claims[2])))
    assert third.disclosures == ()
    require_whole(operator)


def test_disclosures_too_many_for_one_manifest_go_along_with_several(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = commit(operator, *range(5))
    operator.anchoring().run()
    for index, claim in enumerate(claims):
        operator.queue.owe_disclosure(index, claim)
    monkeypatch.setattr(batching, "BATCH_LEAVES", 2)
    operator.add(*(("new", turn) for turn in range(4)))
    operator.anchoring().run()
    monkeypatch.setattr(batching, "BATCH_BYTES", 10)
    operator.add("last", "very last")
    operator.anchoring().run()
    disclosed = [
        [index for index, _ in Manifest.decode(operator.queue.manifest(end)).disclosures]
        for end in (7, 9, 10, 11)
    ]
    assert disclosed == [[0, 1], [2, 3], [4], []]
    require_whole(operator)
