"""Kept evidence in every database: due once an anchor, replaced with it, put off, moved along."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, update

from ledger.adapters import schema_queue
from ledger.adapters.migrations import migrate
from ledger.adapters.moves import move_queue
from ledger.adapters.queue import SqlQueue
from ledger.adapters.queue_evidence import NEWEST
from ledger.anchor import Anchor
from ledger.batch import Batch, Stage
from ledger.leaf import Disclosed
from ledger.ports import BatchEvidence, DueEvidence, Queue
from ledger.receipt import StateProof
from tests.ledger.factories import LEDGER, word

from .queues import leaves, prepared, queue

__all__ = ["queue"]
SHARED = StateProof(
    header=b"\x01header",
    ledgers=(b"\x02", bytes(1024)),
    root=(b"\x03",),
    accumulator=(b"\x04",),
    before=word("before"),
    manifest=b"\x05" * 36,
    keys=(b"\x06",),
)
ALICE, BOB = word("alice")[:20], word("bob")[:20]
HISTORIES = {ALICE: (b"\x07", bytes(1024), b"\x08" * 300), BOB: ()}


def anchor(seed: object) -> Anchor:
    names = (word(name, seed) for name in ("genesis", "block", "transaction"))
    genesis, block, transaction = names
    return Anchor(1, genesis, word("contract")[:20], 7, block, transaction, 0)


def included(queue: Queue, first: int, last: int, seed: object = "first") -> Batch:
    """Put leaves first..last in a batch that is in a block."""
    queue.add(leaves(first, last), None)
    batch = prepared(leaves(0, last), first)
    queue.prepare(batch, b"manifest", [])
    batch = replace(batch, stage=Stage.INCLUDED, anchor=anchor(seed))
    queue.advance(batch)
    return batch


def due(queue: Queue, now: float = 0.0) -> DueEvidence:
    found = queue.evidence().due(now)
    assert found is not None
    return found


def test_a_batch_is_due_from_its_block_on_until_its_evidence_is_kept(queue: Queue) -> None:
    queue.add(leaves(0, 3), None)
    assert queue.evidence().due(0.0) is None
    batch = prepared(leaves(0, 3))
    queue.prepare(batch, b"manifest", [])
    assert queue.evidence().due(0.0) is None
    batch = replace(batch, stage=Stage.INCLUDED, anchor=anchor("first"))
    queue.advance(batch)
    assert due(queue) == DueEvidence(batch)
    assert queue.evidence().of(batch, [ALICE]) == BatchEvidence()
    queue.evidence().keep(due(queue), BatchEvidence(SHARED, HISTORIES))
    assert queue.evidence().due(1e12) is None
    assert queue.evidence().of(batch, [ALICE, BOB]) == BatchEvidence(SHARED, HISTORIES)
    assert queue.evidence().of(batch, [BOB]) == BatchEvidence(SHARED, {BOB: ()})
    assert queue.evidence().of(batch, []) == BatchEvidence(SHARED)
    for stage in (Stage.FINAL, Stage.PUBLISHED):  # the same anchor: it stays
        queue.advance(replace(batch, stage=stage))
        assert queue.evidence().due(1e12) is None


def test_the_newest_is_asked_for_first_and_what_is_long_past_never(queue: Queue) -> None:
    first, second = included(queue, 0, 1), included(queue, 1, 2)
    assert due(queue).batch == second
    queue.evidence().put_off(due(queue), 10.0, "the node is away")
    assert due(queue).batch == first
    assert due(queue, 10.0).batch == second
    for number in range(2, NEWEST + 2):
        queue.evidence().put_off(due(queue, 10.0), None, "no")
        included(queue, number, number + 1)
    assert due(queue).batch.end == NEWEST + 2
    queue.evidence().keep(due(queue), BatchEvidence())
    assert queue.evidence().due(1e12) is None


def test_a_refusal_is_remembered_for_as_long_as_it_says(queue: Queue) -> None:
    batch = included(queue, 0, 2)
    queue.evidence().put_off(due(queue), 15.0, "no eth_getProof\n" * 100)
    assert queue.evidence().due(14.9) is None
    assert due(queue, 15.0) == DueEvidence(batch, tries=1)
    queue.evidence().put_off(due(queue, 15.0), None, "no")
    assert queue.evidence().due(1e12) is None


def test_a_batch_that_moves_is_due_again_and_nothing_of_before_is_handed_out(queue: Queue) -> None:
    batch = included(queue, 0, 2)
    old = due(queue)
    queue.evidence().keep(old, BatchEvidence(SHARED, HISTORIES))
    moved = replace(batch, anchor=anchor("second"))
    queue.advance(moved)
    assert due(queue) == DueEvidence(moved)
    assert queue.evidence().of(moved, [ALICE]) == BatchEvidence()
    # who asked before it moved comes too late: nothing is kept, nothing is put off
    queue.evidence().keep(old, BatchEvidence(SHARED, HISTORIES))
    queue.evidence().put_off(old, None, "no")
    assert due(queue) == DueEvidence(moved)
    new = replace(SHARED, before=word("another"))
    queue.evidence().keep(due(queue), BatchEvidence(new, {BOB: (b"\x09",)}))
    assert queue.evidence().of(moved, [ALICE, BOB]) == BatchEvidence(new, {BOB: (b"\x09",)})
    assert queue.evidence().of(batch, [BOB]) == BatchEvidence()
    queue.advance(replace(batch, stage=Stage.PREPARED, anchor=None))
    assert queue.evidence().due(1e12) is None


def test_what_is_kept_grows_while_there_is_more_to_ask_for(queue: Queue) -> None:
    batch = included(queue, 0, 2)
    queue.evidence().keep(due(queue), BatchEvidence(SHARED, {ALICE: HISTORIES[ALICE]}), more=True)
    assert due(queue) == DueEvidence(batch, shared=SHARED, authors=frozenset({ALICE}))
    queue.evidence().put_off(due(queue), 5.0, "not now")
    assert due(queue, 5.0).shared == SHARED
    queue.evidence().keep(due(queue, 5.0), BatchEvidence(None, HISTORIES))  # one is there already
    assert queue.evidence().due(1e12) is None
    assert queue.evidence().of(batch, [ALICE, BOB]) == BatchEvidence(SHARED, HISTORIES)


def test_a_leaf_that_is_opened_later_makes_its_batch_due_again(queue: Queue) -> None:
    (closed,), (other,) = leaves(0, 1), leaves(1, 2)
    queue.add([Disclosed(closed.leaf_hash), other], None)
    batch = prepared([closed, other])
    queue.prepare(batch, b"manifest", [])
    batch = replace(batch, stage=Stage.INCLUDED, anchor=anchor("first"))
    queue.advance(batch)
    queue.evidence().keep(due(queue), BatchEvidence(SHARED, {BOB: ()}))
    assert closed.signed is not None
    queue.owe_disclosure(0, closed.signed)
    assert due(queue) == DueEvidence(batch, 1, shared=SHARED, authors=frozenset({BOB}))
    queue.evidence().keep(due(queue), BatchEvidence())
    assert queue.evidence().due(1e12) is None
    assert queue.evidence().of(batch, [BOB]) == BatchEvidence(SHARED, {BOB: ()})


def test_a_row_that_cannot_be_read_is_as_if_it_were_not_there(engine: Engine) -> None:
    queue = SqlQueue(engine, LEDGER)
    batch = included(queue, 0, 2)
    queue.evidence().keep(due(queue), BatchEvidence(SHARED, HISTORIES))
    for text in ("nonsense", "{}"):
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(update(schema_queue.evidence).values(shared=text))
        assert queue.evidence().of(batch, [ALICE]) == BatchEvidence()


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_queue_takes_its_evidence_along_when_it_moves_to_a_database(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("moved") / "queue.db"
    old = SqlQueue(file, LEDGER)
    batch = included(old, 0, 2)
    old.evidence().keep(due(old), BatchEvidence(SHARED, HISTORIES))
    old.close()
    assert move_queue(file, engine, LEDGER, 0.0, migrate) == 2
    moved = SqlQueue(engine, LEDGER)
    assert moved.evidence().of(batch, [ALICE, BOB]) == BatchEvidence(SHARED, HISTORIES)
    assert moved.evidence().due(1e12) is None
