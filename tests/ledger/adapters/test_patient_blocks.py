"""Blocks asked for with patience: a thousand made-up names cost no more than the patience."""

import pytest

from ledger.adapters.layered_blocks import LayeredBlocks
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.patient_blocks import PatientBlocks
from ledger.cid import Block, Cid, cid_of
from ledger.errors import BlockMissing, StoreUnavailable

LIMIT = 20.0


class SlowSource:
    """A source that takes its time to say what it does not have; the clock is its own."""

    name = "slow"

    def __init__(self) -> None:
        self.time = 0.0
        self.asked = 0
        self.held: dict[Cid, bytes] = {}

    def get(self, cid: Cid) -> bytes:
        self.asked += 1
        self.time += LIMIT
        if cid in self.held:
            return self.held[cid]
        raise BlockMissing(f"expected the block {cid}, it is not here")

    def now(self) -> float:
        return self.time


def test_made_up_names_cost_no_more_than_the_patience() -> None:
    source = SlowSource()
    blocks = PatientBlocks(LayeredBlocks(MemoryBlocks(), [source]), 30.0, 300.0, source.now)
    for number in range(2):
        with pytest.raises(BlockMissing):
            blocks.get(cid_of(bytes([number])))
    for number in range(2, 200):
        with pytest.raises(StoreUnavailable, match="left alone"):
            blocks.get(cid_of(bytes([number])))
    assert source.asked == 2
    source.time += 300.0
    with pytest.raises(BlockMissing):
        blocks.get(cid_of(b"later"))
    assert source.asked == 3


def test_what_is_here_is_given_while_others_are_left_alone() -> None:
    source, own = SlowSource(), MemoryBlocks()
    blocks = PatientBlocks(LayeredBlocks(own, [source]), 30.0, 300.0, source.now)
    for number in range(2):
        with pytest.raises(BlockMissing):
            blocks.get(cid_of(bytes([number])))
    kept = Block(cid_of(b"kept"), b"kept")
    blocks.put([kept])
    assert blocks.has(kept.cid)
    assert list(blocks.cids()) == [kept.cid]
    assert blocks.get(kept.cid) == b"kept"


def test_what_is_found_costs_no_patience() -> None:
    source = SlowSource()
    blocks = PatientBlocks(LayeredBlocks(MemoryBlocks(), [source]), 30.0, 300.0, source.now)
    for number in range(50):
        data = b"found %d" % number
        source.held[cid_of(data)] = data
        assert blocks.get(cid_of(data)) == data
    assert source.asked == 50
