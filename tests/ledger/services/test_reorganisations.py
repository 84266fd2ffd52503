"""The chain drops blocks under an index: it goes back, comes along, and equals a rebuild."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, Tag
from ledger.report import Check, Verdict
from ledger.services.verifying import Question
from tests.answers import answers
from tests.liars import LyingReader
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import node_world, open_index
from tests.worlds import World, hidden

NAMES = ("alice", "bob")


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=4242) as running:
        yield running


@pytest.fixture
def world(node: AnvilNode) -> Iterator[World]:
    with node_world(node) as opened:
        yield opened


def same_as_rebuilt(world: World, index: SqlIndex, path: Path) -> bool:
    claims = [world.claim(NAMES[n % 2], salt=n) for n in range(8)]
    with open_index(path / f"rebuilt{world.head.hash.hex()}.db") as again:
        world.syncing(again).run()
        told = answers(world, again, claims, NAMES)
    return answers(world, index, claims, NAMES) == told


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_a_reorganisation_rolls_back_and_forward(
    node: AnvilNode, world: World, index: SqlIndex, tmp_path: Path, depth: int
) -> None:
    claims = [world.claim(NAMES[n % 2], salt=n) for n in range(8)]
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    ours.anchor(claims[0], hidden(claims[1]))
    node.ask("anvil_mine", "0x2")
    theirs.anchor(hidden(claims[2]))
    world.delegate("alice", b"\x01" * 20)
    ours.anchor(claims[3], disclosures=((1, claims[1]),))
    world.withdraw("bob", claims[1].id)
    theirs.anchor(claims[4], disclosures=((0, claims[2]),))
    world.syncing(index).run()
    before = world.head
    assert index.counts(world.identity).leaves == 5
    node.ask("anvil_reorg", depth, [])
    assert world.head.hash != before.hash
    world.syncing(index).run()
    assert index.cursor(world.identity) == world.head
    assert index.counts(world.identity).leaves < 5
    assert same_as_rebuilt(world, index, tmp_path)
    # dropped transactions don't come back: what is anchored again takes its new place
    again = world.ledger("again")
    again.anchor(claims[4], claims[1])
    world.syncing(index).run()
    assert same_as_rebuilt(world, index, tmp_path)
    placed = index.claim(claims[4].id)
    assert placed is not None
    assert placed.anchored.anchor == again.anchors[0]


def test_all_anchors_gone_is_an_empty_index_again(
    node: AnvilNode, world: World, index: SqlIndex, tmp_path: Path
) -> None:
    ours = world.ledger()
    kept = node.ask("evm_snapshot")
    ours.anchor(world.claim(salt=0))
    world.syncing(index).run()
    node.ask("evm_revert", kept)
    assert world.head.number < ours.anchors[0].block_number
    world.syncing(index).run()
    assert index.ledgers(world.identity)  # a shorter chain looks like a node that lags
    node.mine(2)
    world.syncing(index).run()
    assert index.cursor(world.identity) == world.head
    assert index.ledgers(world.identity) == []
    assert same_as_rebuilt(world, index, tmp_path)


def test_a_reorganisation_between_two_answers_is_looked_at_again(
    node: AnvilNode, world: World, index: SqlIndex, tmp_path: Path
) -> None:
    ours = world.ledger()
    for salt in range(3):
        ours.anchor(world.claim(salt=salt))
    asked = 0

    class Moving(LyingReader):
        def block(self, at: int | Tag) -> BlockRef | None:
            nonlocal asked
            asked += 1
            if asked == 4:
                node.ask("anvil_reorg", 2, [])
            return self.node.block(at)

    world.syncing(index, Moving(world.reader)).run()
    assert asked > 4
    assert index.cursor(world.identity) == world.head
    assert same_as_rebuilt(world, index, tmp_path)


def test_a_dropped_anchor_is_reorganised_and_its_claim_pending_nowhere(
    node: AnvilNode, world: World, index: SqlIndex
) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    node.mine(100)
    assert world.verify(receipt, index).verdict is Verdict.VERIFIED
    node.ask("anvil_reorg", 101, [])
    report = world.verify(receipt, index)
    assert report.verdict is Verdict.REORGANISED
    assert "another one now" in report.summary
    digest = Question(digest=None)
    assert world.verifying(index).answer(digest).verdict is Verdict.NOT_FOUND


def test_an_index_on_another_branch_says_nothing_of_priority(
    node: AnvilNode, world: World, index: SqlIndex
) -> None:
    thief = world.claim("mallory")
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    kept = node.ask("evm_snapshot")
    theirs = world.ledger("theirs")
    theirs.anchor(thief)
    world.syncing(index).run()
    node.ask("evm_revert", kept)
    node.mine(100)
    receipt = ours.receipt(claim)
    # nobody syncs: this index has not yet followed the reorganisation
    gathering = world.gathering(index)
    assert gathering.around(claim.claim.work, None, claim) is None
    assert world.verifying(None).answer(Question(receipt=receipt.encode())).verdict == 0
    report = world.verify(receipt, index)
    priority = report.finding(Check.PRIORITY)
    assert priority is not None
    assert priority.outcome == "earliest_disclosed"
    assert index.claim(thief.id) is None
