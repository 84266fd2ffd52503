"""Owed pins, on every database: what is published and not said to be paid is owed."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch, Stage
from ledger.ports import Account, Debt, DebtState
from tests.ledger.factories import LEDGER, anchored, word

from .queues import leaves, prepared

NODE, SERVICE = "127.0.0.1:5001", "pinata"


@pytest.fixture
def queue(engine: Engine) -> SqlQueue:
    return SqlQueue(engine, LEDGER)


def prepare(queue: SqlQueue, end: int) -> Batch:
    """Prepare a batch of the one leaf before `end`."""
    held = leaves(0, end)
    queue.add(held[-1:], None)
    batch = replace(prepared(held, end - 1), manifest=bytes.fromhex("01551220") + word(end))
    queue.prepare(batch, b"a manifest", ())
    return batch


def publish(queue: SqlQueue, *ends: int) -> list[Batch]:
    published = []
    for end in ends:
        batch = prepare(queue, end)
        anchor = anchored(batch.checkpoint, 7).anchor
        for stage in (Stage.FINAL, Stage.PUBLISHED):
            batch = replace(batch, stage=stage, anchor=anchor)
            queue.advance(batch)
        published.append(batch)
    return published


def due(queue: SqlQueue, target: str = NODE, now: float = 100.0, most: int = 9) -> list[int]:
    return [debt.end for debt in queue.debts().due(target, now, most)]


def test_a_published_manifest_is_owed_to_every_target_that_is_named(queue: SqlQueue) -> None:
    one, two = publish(queue, 1, 2)
    prepare(queue, 3)
    assert queue.debts().due(NODE, 0.0, 9) == [
        Debt(NODE, 1, one.manifest),
        Debt(NODE, 2, two.manifest),
    ]
    assert due(queue, SERVICE) == [1, 2]
    assert due(queue, most=1) == [1]
    assert queue.debts().account("named later") == Account(owed=2)


def test_what_was_paid_is_owed_no_more_and_what_was_asked_for_is_due_later(
    queue: SqlQueue,
) -> None:
    publish(queue, 1, 2, 3)
    first, second, _ = queue.debts().due(NODE, 0.0, 9)
    paid = replace(first, state=DebtState.PINNED, seen=7.5)
    asked = replace(second, state=DebtState.ASKED, request="id", tries=2, due=101.0, said="wait")
    queue.debts().keep([asked, paid])
    assert due(queue, now=100.5) == [3]
    assert due(queue, now=101.0) == [2, 3]
    assert due(queue, now=101.0, most=1) == [2]
    assert due(queue, SERVICE) == [1, 2, 3]
    assert queue.debts().account(NODE) == Account(owed=1, asked=1, pinned=1, said="wait")
    assert list(queue.debts().after(NODE, 0, 2)) == [paid, asked]
    assert [debt.end for debt in queue.debts().after(NODE, 2, 9)] == [3]
    publish(queue, 4)
    assert due(queue, now=101.0) == [2, 3, 4]
    assert queue.debts().account(NODE).lacking == 3


def test_what_is_kept_out_of_order_leaves_no_gap(queue: SqlQueue) -> None:
    publish(queue, 1, 2, 3)
    *_, last = queue.debts().due(NODE, 0.0, 9)
    queue.debts().keep([replace(last, state=DebtState.PINNED)])
    queue.debts().keep([])
    assert due(queue) == [1, 2]
    assert queue.debts().account(NODE) == Account(owed=2, pinned=1)


def test_a_target_that_rests_is_asked_nothing_until_its_time_or_until_it_answers(
    queue: SqlQueue,
) -> None:
    publish(queue, 1)
    queue.debts().rest(NODE, 1, 50.0, "no answer")
    queue.debts().rest(NODE, 2, 100.5, "no answer" * 100)
    publish(queue, 2)
    assert due(queue, now=100.0) == []
    assert due(queue, SERVICE) == [1, 2]
    account = queue.debts().account(NODE)
    assert (account.owed, account.pinned, account.failures, account.until) == (2, 0, 2, 100.5)
    assert account.said is not None
    assert len(account.said) == 300
    assert [debt.end for debt in queue.debts().after(NODE, 0, 9)] == [1, 2]
    first, _ = queue.debts().due(NODE, 100.5, 9)
    queue.debts().keep([replace(first, state=DebtState.PINNED, seen=100.5)])
    assert queue.debts().account(NODE) == Account(owed=1, pinned=1)
    assert due(queue, now=0.0) == [2]


def test_a_batch_that_a_reorganisation_took_back_is_not_owed(queue: SqlQueue) -> None:
    (batch,) = publish(queue, 1)
    queue.debts().keep(queue.debts().due(NODE, 0.0, 9))
    queue.advance(replace(batch, stage=Stage.PREPARED, anchor=None))
    assert list(queue.debts().after(NODE, 0, 9)) == []


def test_another_process_sees_what_was_kept(tmp_path: Path) -> None:
    queue = SqlQueue(tmp_path / "queue.db", LEDGER)
    publish(queue, 1)
    (debt,) = queue.debts().due(NODE, 0.0, 9)
    queue.debts().keep([replace(debt, state=DebtState.PINNED)])
    queue.close()
    assert due(SqlQueue(tmp_path / "queue.db", LEDGER)) == []
