"""Blocks go away between two answers: nothing is called final, or indexed, that is not so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, ChainIdentity, Log, Tag
from ledger.ports import ChainReader
from ledger.secp256k1 import address_of_key
from ledger.services.statuses import finality_of
from tests.answers import answers
from tests.ledger.factories import author_key
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import node_world, open_index
from tests.worlds import World


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=4242, extra=("--slots-in-an-epoch", "4")) as running:
        yield running


@pytest.fixture
def world(node: AnvilNode) -> Iterator[World]:
    with node_world(node) as opened:
        yield opened


@dataclass(slots=True)
class Between:
    """Does something once, before the nth question of that kind."""

    node: ChainReader
    kind: str
    nth: int
    act: Callable[[], object]

    def _asked(self, kind: str) -> None:
        if kind == self.kind:
            self.nth -= 1
            if self.nth == 0:
                self.act()

    def identity(self) -> ChainIdentity:
        return self.node.identity()

    def block(self, at: int | Tag) -> BlockRef | None:
        self._asked("block")
        return self.node.block(at)

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        self._asked("logs")
        return self.node.logs(address, topics, first, last)

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        self._asked("storage")
        return self.node.storage(address, slot, at)

    def code(self, address: bytes) -> bytes:
        return self.node.code(address)

    def __getattr__(self, name: str) -> object:
        return getattr(self.node, name)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_an_anchor_that_goes_away_between_two_answers_is_never_called_final(
    node: AnvilNode, world: World, nth: int
) -> None:
    anchor = world.ledger().anchor(world.claim())

    def replace() -> None:
        node.ask("anvil_reorg", 1, [])
        node.mine(40)

    reader: ChainReader = Between(world.reader, "block", nth, replace)  # type: ignore[assignment]
    assert finality_of(reader, anchor) in {"reorganised", "included"}
    assert finality_of(world.reader, anchor) == "reorganised"


def test_a_node_that_lags_behind_an_anchor_says_nothing_against_it(
    node: AnvilNode, world: World
) -> None:
    kept = node.ask("evm_snapshot")
    ledger = world.ledger()
    anchor = ledger.anchor(world.claim())
    node.ask("evm_revert", kept)
    assert finality_of(world.reader, anchor) == "included"
    node.mine(10)
    assert finality_of(world.reader, anchor) == "reorganised"


@pytest.mark.parametrize(("kind", "nth"), [("logs", 1), ("logs", 2), ("block", 4), ("block", 5)])
def test_key_events_of_blocks_that_go_away_while_others_are_read_are_not_kept(
    node: AnvilNode, world: World, index: SqlIndex, tmp_path: Path, kind: str, nth: int
) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    world.delegate("alice", b"\x01" * 20)
    world.syncing(index).run()
    world.delegate("alice", b"\x02" * 20)
    world.delegate("bob", b"\x03" * 20)
    # no ledger changes: its accumulator says nothing of it
    moving = Between(world.reader, kind, nth, lambda: node.ask("anvil_reorg", 3, []))
    world.syncing(index, moving).run()  # type: ignore[arg-type]
    world.syncing(index).run()
    assert index.key_events(world.home, address_of_key(author_key("alice"))) == []
    with open_index(tmp_path / "rebuilt.db") as again:
        world.syncing(again).run()
        told = answers(world, again, [claim], ("alice", "bob"))
    assert answers(world, index, [claim], ("alice", "bob")) == told


def test_what_was_read_before_another_followed_a_reorganisation_is_not_taken_in(
    node: AnvilNode, world: World, index: SqlIndex, tmp_path: Path
) -> None:
    ours, claims = world.ledger(), [world.claim(salt=salt) for salt in range(2)]
    ours.anchor(claims[0])
    world.syncing(index).run()
    node.mine()
    world.delegate("alice", b"\x01" * 20)
    node.mine()

    def another() -> None:
        node.ask("anvil_reorg", 2, [])
        node.mine()
        world.delegate("bob", b"\x02" * 20)
        world.syncing(index).run()

    # the accumulators are read when all that was read has been looked at again
    slow = Between(world.reader, "storage", 1, another)
    world.syncing(index, slow).run()  # type: ignore[arg-type]
    assert index.key_events(world.home, address_of_key(author_key("alice"))) == []
    with open_index(tmp_path / "rebuilt.db") as again:
        world.syncing(again).run()
        told = answers(world, again, claims, ("alice", "bob"))
    assert answers(world, index, claims, ("alice", "bob")) == told
