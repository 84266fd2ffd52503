"""Syncing on an embedded chain and on a real node: whole, in parts, and after a restart."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, ChainIdentity, Log
from ledger.errors import Busy, Conflict, InvalidChainAnswer, StoreUnavailable
from ledger.placed import Changes
from ledger.services import syncing
from ledger.signed import SignedClaim
from tests.answers import answers
from tests.liars import LyingReader
from tests.open_worlds import open_index
from tests.worlds import World, hidden

NAMES = ("alice", "bob")


class Dying(SqlIndex):
    """An index whose process is killed after so many applies."""

    left = 0

    def apply(
        self,
        chain: ChainIdentity,
        changes: Changes,
        reached: BlockRef,
        *,
        follows: BlockRef | None = None,
    ) -> None:
        if self.left == 0:
            raise StoreUnavailable("killed")
        self.left -= 1
        super().apply(chain, changes, reached, follows=follows)


class Contended(SqlIndex):
    """An index that another process always changes first."""

    def apply(self, *_: object, **__: object) -> None:
        raise Conflict("expected another batch")


@dataclass(frozen=True, slots=True)
class History:
    """A world with some history, and the claims in it."""

    world: World
    claims: tuple[SignedClaim, ...]

    def answers(self, index: SqlIndex) -> bytes:
        return answers(self.world, index, self.claims, NAMES)


def grown(world: World) -> History:
    """Anchor in two ledgers, hidden and shown, disclosed later; with key events between."""
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claims = tuple(world.claim(NAMES[n % 2], salt=n) for n in range(8))
    ours.anchor(claims[0], hidden(claims[1]), claims[2])
    theirs.anchor(hidden(claims[3]))
    world.delegate("alice", b"\x01" * 20)
    ours.anchor(claims[4], disclosures=((1, claims[1]),))
    world.withdraw("bob", claims[1].id)
    theirs.anchor(claims[5], claims[0], disclosures=((0, claims[3]),))
    ours.anchor(hidden(claims[6]), claims[7])
    world.revoke("alice", b"\x01" * 20)
    return History(world, claims)


def rebuilt(history: History, path: Path) -> bytes:
    """Return what a second home answers, synced from nothing."""
    with open_index(path / "rebuilt.db") as index:
        history.world.syncing(index).run()
        return history.answers(index)


def test_sync_takes_in_ledgers_claims_and_key_events(any_world: World, index: SqlIndex) -> None:
    world = any_world
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    first, second = world.claim(salt=1), world.claim("bob", salt=2)
    ours.anchor(first)
    theirs.anchor(hidden(second))
    world.withdraw("alice", first.id)
    reached = world.syncing(index).run()
    assert reached == world.head == index.cursor(world.identity)
    placed = index.claim(first.id)
    assert placed is not None
    assert placed.anchored.anchor == ours.anchors[0]
    assert index.claim(second.id) is None
    counts = index.counts(world.identity)
    assert (counts.ledgers, counts.leaves, counts.claims, counts.closed) == (2, 2, 1, 1)
    (event,) = index.key_events(world.home, first.claim.author)
    assert event.place.block_number == world.head.number


def test_in_any_stretches_the_index_is_the_same(
    any_world: World, index: SqlIndex, tmp_path: Path
) -> None:
    history = grown(any_world)
    told: list[tuple[int, int]] = []
    sync = any_world.syncing(index, stretch=3, report=lambda *said: told.append(said))
    head = sync.run()
    assert head is not None
    assert told[-1] == (head.number, head.number)
    assert len(told) == head.number // 3 + 1
    assert history.answers(index) == rebuilt(history, tmp_path)


def test_block_by_block_as_they_come_the_index_is_the_same(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    ours, claims = world.ledger(), [world.claim(salt=n) for n in range(6)]
    for at, claim in enumerate(claims):
        ours.anchor(hidden(claim), disclosures=((at - 1, claims[at - 1]),) if at else ())
        world.syncing(index).run()
    history = History(world, tuple(claims))
    assert history.answers(index) == rebuilt(history, tmp_path)


def test_killed_after_any_apply_it_goes_on_where_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "BATCHES_AT_ONCE", 1)
    history = grown(world)
    expected = rebuilt(history, tmp_path)
    finished = 0
    for applies in range(30):
        path = tmp_path / f"killed{applies}.db"
        dying = Dying(path)
        dying.left = applies
        try:
            world.syncing(dying, stretch=4).run()
            finished += 1
        except StoreUnavailable:
            pass
        finally:
            dying.close()
        with open_index(path) as index:
            world.syncing(index, stretch=4).run()
            assert history.answers(index) == expected
    assert 0 < finished < 30


def test_many_leaves_are_not_held_at_once(
    world: World, index: SqlIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = grown(world)
    monkeypatch.setattr(syncing, "LEAVES_AT_ONCE", 3)
    world.syncing(index).run()
    assert history.answers(index) == rebuilt(history, tmp_path)


def test_a_chain_without_blocks_is_nothing_to_follow(world: World, index: SqlIndex) -> None:
    class Empty(LyingReader):
        def block(self, _: object) -> None:
            return None

    assert world.syncing(index, Empty(world.reader)).run() is None
    assert index.cursor(world.identity) is None


def test_where_nothing_is_new_nothing_but_the_head_is_asked(world: World, index: SqlIndex) -> None:
    grown(world)
    world.syncing(index).run()

    class Idle(LyingReader):
        def logs(self, *_: object) -> Sequence[Log]:
            raise AssertionError

        def storage(self, *_: object) -> bytes:
            raise AssertionError

    assert world.syncing(index, Idle(world.reader)).run() == world.head


def test_a_node_on_another_chain_than_the_settings_pin_is_refused(
    world: World, index: SqlIndex
) -> None:
    grown(world)
    with pytest.raises(InvalidChainAnswer, match="of genesis 0x07"):
        world.syncing(index, genesis=b"\x07" * 32).run()
    with pytest.raises(InvalidChainAnswer, match="to be on chain 7"):
        world.syncing(index, chain_id=7).run()
    assert index.cursor(world.identity) is None
    identity = world.identity
    world.syncing(index, chain_id=identity.chain_id, genesis=identity.genesis).run()
    assert index.cursor(world.identity) == world.head


def test_two_chains_of_one_id_and_another_genesis_are_two(world: World, index: SqlIndex) -> None:
    class Elsewhere(LyingReader):
        def identity(self) -> ChainIdentity:
            here = self.node.identity()
            return ChainIdentity(here.chain_id, b"\x07" * 32, here.local)

    claim = world.claim()
    world.ledger().anchor(claim)
    other = Elsewhere(world.reader)
    world.syncing(index).run()
    world.syncing(index, other).run()
    assert index.counts(world.identity) == index.counts(other.identity())
    assert len(index.claims_on(claim.claim.work, 9)) == 2


def test_an_index_that_others_change_all_the_while_is_busy(world: World, tmp_path: Path) -> None:
    grown(world)
    index = Contended(tmp_path / "contended.db")
    try:
        with pytest.raises(Busy, match="alone"):
            world.syncing(index).run()
    finally:
        index.close()


def test_a_node_that_knows_a_log_and_not_its_block_is_refused(
    world: World, index: SqlIndex
) -> None:
    anchor = world.ledger().anchor(world.claim())

    class Forgetful(LyingReader):
        def block(self, at: object) -> BlockRef | None:
            return None if at == anchor.block_number else self.node.block(at)  # type: ignore[arg-type]

    world.ledger("later").anchor(world.claim("bob"))
    with pytest.raises(InvalidChainAnswer, match="no such block"):
        world.syncing(index, Forgetful(world.reader)).run()


class Watched(LyingReader):
    """A node that notes from which block on it was asked for logs."""

    asked: ClassVar[list[int]] = []

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        self.asked.append(first)
        return super().logs(address, topics, first, last)


def test_nothing_is_looked_for_before_the_first_block_of_the_settings(
    world: World, index: SqlIndex, tmp_path: Path
) -> None:
    history = grown(world)
    with open_index(tmp_path / "whole.db") as whole:
        world.syncing(whole).run()
        first = min(
            one.anchor.block_number
            for ledger in whole.ledgers(world.identity)
            for one in whole.checkpoints(world.identity, ledger)
        )
        assert first > 0
        world.syncing(index, Watched(world.reader), first_block=first).run()
        assert min(Watched.asked) == first
        assert history.answers(index) == history.answers(whole)
    with (
        open_index(tmp_path / "late.db") as late,
        pytest.raises(InvalidChainAnswer, match="left out an anchor"),
    ):
        world.syncing(late, first_block=first + 1).run()
