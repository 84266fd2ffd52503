"""One anchor hidden by a lying node is found by the accumulator; an honest node then heals."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, Log, Tag
from ledger.contract import ANCHORED, accumulator_slot
from ledger.errors import InvalidChainAnswer, StoreUnavailable
from ledger.keccak import keccak256
from ledger.placed import Counts
from tests.answers import answers
from tests.liars import LyingReader
from tests.open_worlds import open_index
from tests.worlds import RunLedger, World, hidden


def two_ledgers(world: World) -> list[RunLedger]:
    ledgers = [world.ledger("ours"), world.ledger("theirs")]
    for turn in range(4):
        for at, ledger in enumerate(ledgers):
            ledger.anchor(hidden(world.claim(at, salt=turn)), world.claim(at, salt=turn + 100))
    return ledgers


def hiding(world: World, *transactions: bytes) -> LyingReader:
    def hides(log: Log) -> bool:
        return log.topics[0] == ANCHORED and log.transaction in transactions

    return LyingReader(world.reader, hides)


def told(world: World, index: SqlIndex) -> bytes:
    claims = [world.claim(at, salt=turn) for at in range(2) for turn in (0, 1, 2, 3, 100, 103)]
    return answers(world, index, claims, [])


@pytest.mark.parametrize("stretch", [1, 5_000])
def test_every_single_anchor_hidden_in_turn_is_found(
    world: World, tmp_path: Path, stretch: int
) -> None:
    ledgers = two_ledgers(world)
    with open_index(tmp_path / "honest.db") as index:
        world.syncing(index).run()
        honest = told(world, index)
    for ledger in ledgers:
        for at, anchor in enumerate(ledger.anchors):
            with open_index(tmp_path / f"{at}{ledger.id.hex()}.db") as index:
                liar = hiding(world, anchor.transaction)
                with pytest.raises(InvalidChainAnswer) as caught:
                    world.syncing(index, liar, stretch=stretch).run()
                size = ledger.sizes[at - 1] if at else 0
                assert f"left out an anchor of ledger 0x{ledger.id.hex()} after size {size}" in (
                    str(caught.value)
                )
                print(f"anchor {at} of {len(ledger.anchors)} hidden: {caught.value}")
                world.syncing(index).run()
                assert told(world, index) == honest


def test_an_anchor_hidden_on_a_real_node_is_found(any_world: World, index: SqlIndex) -> None:
    world = any_world
    (ours, _) = two_ledgers(world)
    for anchor in (ours.anchors[0], ours.anchors[-1]):
        with pytest.raises(InvalidChainAnswer, match="left out an anchor"):
            world.syncing(index, hiding(world, anchor.transaction)).run()
    world.syncing(index).run()
    assert index.counts(world.identity).leaves == 16


def test_an_anchor_hidden_in_a_later_sync_is_found(world: World, index: SqlIndex) -> None:
    (ours, _) = two_ledgers(world)
    world.syncing(index).run()
    for at in range(3):
        world.withdraw("alice", bytes([at]) * 32)  # blocks between
        anchor = ours.anchor(world.claim(salt=("later", at)))
        with pytest.raises(InvalidChainAnswer, match="left out an anchor"):
            world.syncing(index, hiding(world, anchor.transaction), stretch=2).run()
    world.syncing(index).run()
    assert index.counts(world.identity).leaves == 19


def test_several_hidden_anchors_are_found(world: World, index: SqlIndex) -> None:
    (ours, _) = two_ledgers(world)
    last = [anchor.transaction for anchor in ours.anchors[1:]]
    with pytest.raises(InvalidChainAnswer, match="after size 2"):
        world.syncing(index, hiding(world, *last)).run()


def test_one_s_own_ledger_hidden_whole_is_found(world: World, index: SqlIndex) -> None:
    (ours, _) = two_ledgers(world)
    liar = hiding(world, *(anchor.transaction for anchor in ours.anchors))
    with pytest.raises(InvalidChainAnswer, match="after size 0"):
        world.syncing(index, liar, own=(ours.id,)).run()
    assert index.cursor(world.identity) is None
    # a stranger's ledger that a node never shows can't be missed: nobody says that it is there
    world.syncing(index, liar).run()
    assert index.ledgers(world.identity) != [ours.id]
    # and an honest node's next anchor of it tells
    ours.anchor(world.claim(salt="next"))
    world.syncing(index, own=(ours.id,)).run()
    assert ours.id in index.ledgers(world.identity)
    assert index.counts(world.identity).leaves == 17


def test_a_node_that_lies_about_the_accumulator_is_found(world: World, index: SqlIndex) -> None:
    (ours, _) = two_ledgers(world)
    slot = accumulator_slot(ours.id)
    liar = LyingReader(
        world.reader, tells=lambda _, asked, word: keccak256(word) if asked == slot else word
    )
    with pytest.raises(InvalidChainAnswer, match="left out an anchor"):
        world.syncing(index, liar).run()


def test_a_lie_told_twice_over_is_found_by_the_next_honest_node(
    world: World, tmp_path: Path
) -> None:
    # it hides the last anchor and tells the accumulator before it: only a state proof would show
    (ours, _) = two_ledgers(world)
    last = ours.anchors[-1]
    slot = accumulator_slot(ours.id)
    before = world.reader.storage(world.contracts.ledgers, slot, last.block_number - 1)
    liar = LyingReader(
        world.reader,
        hides=lambda log: log.transaction == last.transaction,
        tells=lambda _, asked, word: before if asked == slot else word,
    )
    with open_index(tmp_path / "index.db") as index, open_index(tmp_path / "again.db") as again:
        world.syncing(index, liar).run()
        assert index.counts(world.identity).leaves == 14
        ours.anchor(world.claim(salt="next"))
        world.syncing(index).run()
        world.syncing(again).run()
        assert told(world, index) == told(world, again)
        assert index.counts(world.identity).leaves == 17


def test_an_anchor_made_up_by_a_node_is_found(world: World, index: SqlIndex) -> None:
    (ours, _) = two_ledgers(world)
    made_up = ours.anchors[2].transaction

    def shows(log: Log) -> Log:
        if log.transaction != made_up:
            return log
        data = bytearray(log.data)
        data[0] ^= 1  # another root
        return Log(
            log.address,
            log.topics,
            bytes(data),
            log.block_number,
            log.block_hash,
            log.transaction,
            log.index,
        )

    with pytest.raises(InvalidChainAnswer, match="left out an anchor"):
        world.syncing(index, LyingReader(world.reader, shows=shows)).run()


def test_where_even_the_block_before_is_another_all_is_forgotten(
    world: World, index: SqlIndex
) -> None:
    (ours, theirs) = two_ledgers(world)
    other = theirs.anchor(world.claim(1, salt="before"))
    ours.anchor(world.claim(salt="newest"))
    world.syncing(index).run()
    hidden_anchor = ours.anchor(world.claim(salt="hidden"))
    ours.anchor(world.claim(salt="later"))

    class Shifting(LyingReader):
        def block(self, at: int | Tag) -> BlockRef | None:
            found = self.node.block(at)
            if found is None or at != other.block_number or not index.ledgers(world.identity):
                return found
            return replace(found, hash=b"\1" * 32)  # once it is indexed, it is another

    def hides(log: Log) -> bool:
        return log.transaction == hidden_anchor.transaction

    with pytest.raises(InvalidChainAnswer, match="left out an anchor"):
        world.syncing(index, Shifting(world.reader, hides)).run()
    assert index.cursor(world.identity) is None
    world.syncing(index).run()
    assert index.counts(world.identity).leaves == 20


def test_a_store_that_fails_while_rivals_are_asked_for_makes_priority_unknown(
    world: World, tmp_path: Path
) -> None:
    class Failing(SqlIndex):
        def counts(self, _: object) -> Counts:
            raise StoreUnavailable("no disk")

    (ours, _) = two_ledgers(world)
    claim = world.claim(0, salt=100)
    index = Failing(tmp_path / "failing.db")
    try:
        world.syncing(index).run()
        assert world.gathering(index).around(claim.claim.work, None, claim) is None
        assert world.verify(ours.receipt(claim), index).verdict == 0
    finally:
        index.close()
