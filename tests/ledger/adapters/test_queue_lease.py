"""The lease is judged with the write: who lost it changes nothing any more."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch, Stage
from ledger.errors import Busy, InvalidInput
from ledger.leaf import Disclosed
from tests.ledger.factories import LEDGER, checkpoint, disclosed, signed_claim, word

from .queues import LeaseTime, clock

__all__ = ["clock"]  # a fixture

LEAVES = [disclosed(signed_claim(seed)) for seed in range(3)]
CID = bytes.fromhex("01551220") + word("manifest")


@pytest.fixture
def queue(engine: Engine) -> SqlQueue:
    queue = SqlQueue(engine, LEDGER)
    queue.add(LEAVES, None)
    return queue


def test_only_the_leases_holder_prepares_and_advances_a_batch(
    queue: SqlQueue, clock: LeaseTime
) -> None:
    batch = Batch(0, checkpoint(LEAVES), CID)
    sent = replace(batch, stage=Stage.SENT, signed=b"signed", transaction=word("hash"))
    with pytest.raises(Busy):
        queue.prepare(batch, b"", [], holder="nobody has it")
    assert clock.lease(queue, "first", 0)
    with pytest.raises(Busy):
        queue.prepare(batch, b"", [], holder="second")
    assert queue.last_batch() is None
    queue.prepare(batch, b"", [], holder="first")
    assert clock.lease(queue, "second", 15)  # it ran out under the first
    with pytest.raises(Busy, match="took"):
        queue.advance(sent, holder="first")
    assert queue.last_batch() == batch
    queue.advance(sent, holder="second")
    queue.release("second")
    for holder in ("first", "second"):
        with pytest.raises(Busy):
            queue.advance(batch, holder=holder)
    assert queue.last_batch() == sent


def test_a_leaf_hash_of_zeros_is_not_taken(queue: SqlQueue) -> None:
    with pytest.raises(InvalidInput, match="zero"):
        queue.add([Disclosed(word("good")), Disclosed(bytes(32))], None)
    assert queue.size() == 3


def test_a_lease_that_ran_out_and_that_nobody_took_is_still_its_holders(
    queue: SqlQueue, clock: LeaseTime
) -> None:
    assert clock.lease(queue, "first", 0)
    queue.prepare(Batch(0, checkpoint(LEAVES), CID), b"", [], holder="first")
    assert not clock.lease(queue, "second", 5)
    assert clock.lease(queue, "first", 20)
