"""A node that answers from another chain of the same id, or from the past, for a moment only."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, ChainIdentity, Tag
from ledger.errors import InvalidChainAnswer
from ledger.verification.evidence import Sighting, Unasked
from tests.ledger.factories import word
from tests.liars import LyingReader
from tests.worlds import World


@dataclass(frozen=True, slots=True)
class Elsewhere(LyingReader):
    """Has other blocks, and from the question `since` to `until` on another name than before."""

    since: int = 0
    until: int = 10**9
    named: bool = True  # whether identity tells
    asked: list[object] = field(default_factory=list)

    def _away(self, what: object) -> bool:
        self.asked.append(what)
        return self.since <= len(self.asked) <= self.until

    def identity(self) -> ChainIdentity:
        here = self.node.identity()
        away = self._away("identity") and self.named
        return replace(here, genesis=word("another")) if away else here

    def block(self, at: int | Tag) -> BlockRef | None:
        found = self.node.block(at)
        if found is None or not self._away(at):
            return found
        return replace(found, hash=word("another", found.number))


@dataclass(frozen=True, slots=True)
class Lagging(LyingReader):
    """Ends so many blocks before the chain's head."""

    behind: int = 1

    def block(self, at: int | Tag) -> BlockRef | None:
        newest = self.node.block("latest")
        assert newest is not None
        head = newest.number - self.behind
        if isinstance(at, int):
            return self.node.block(at) if at <= head else None
        return self.node.block(head)


@pytest.mark.parametrize("since", range(2, 9))
def test_a_claim_is_never_called_reorganised_for_another_chain(world: World, since: int) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    reader = Elsewhere(world.reader, since=since)
    (seen,) = world.gathering(reader=reader).sightings(ours.receipt(claim))
    assert isinstance(seen, Unasked) or seen.stands
    assert reader.asked


@pytest.mark.parametrize("until", range(3, 9))
def test_nor_for_one_that_has_gone_before_its_name_is_asked_again(world: World, until: int) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    reader = Elsewhere(world.reader, since=2, until=until)
    (seen,) = world.gathering(reader=reader).sightings(ours.receipt(claim))
    assert isinstance(seen, Unasked) or seen.stands


def test_what_is_told_twice_is_believed(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    reader = Elsewhere(world.reader, named=False)
    (seen,) = world.gathering(reader=reader).sightings(ours.receipt(claim))
    assert isinstance(seen, Sighting)
    assert not seen.stands


@pytest.mark.parametrize("since", range(2, 8))
def test_the_index_forgets_nothing_for_another_chain(
    world: World, tmp_path: Path, since: int
) -> None:
    ours, index = world.ledger(), SqlIndex(tmp_path / "index.db")
    ours.anchor(world.claim(salt=0))
    world.syncing(index).run()
    before = index.counts(world.identity)
    ours.anchor(world.claim(salt=1))
    with pytest.raises(InvalidChainAnswer):
        world.syncing(index, Elsewhere(world.reader, since=since)).run()
    assert index.counts(world.identity) == before
    world.syncing(index).run()
    assert index.counts(world.identity).claims == 2


def test_the_index_forgets_nothing_for_a_node_that_lags(world: World, tmp_path: Path) -> None:
    ours, index = world.ledger(), SqlIndex(tmp_path / "index.db")
    for salt in range(3):
        ours.anchor(world.claim(salt=salt))
    world.syncing(index).run()
    for behind in range(1, world.head.number):
        head = world.syncing(index, Lagging(world.reader, behind=behind)).run()
        assert head is not None
        assert head.number == world.head.number - behind
        assert index.counts(world.identity).claims == 3
        assert index.cursor(world.identity) == world.head
