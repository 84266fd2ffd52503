"""Anchoring: what waits gets into one transaction, whatever breaks on the way."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.errors import Busy, ChainUnreachable
from ledger.services import anchoring, batching
from ledger.services.anchoring import FAILPOINTS, Progress
from tests.operators import Operator, embedded_operator, opaque, require_whole

from .operating import Killed, breaks_at, kill_at

AFTER_FINALITY = {"final", "manifest_stored", "published"}


def test_many_leaves_get_into_one_transaction(operator: Operator) -> None:
    operator.add(*range(7))
    progress = operator.anchoring().run()
    assert (progress.anchored, progress.waiting) == (7, 0)
    require_whole(operator)
    assert len(operator.anchored()) == 1


def test_nothing_waiting_sends_nothing(operator: Operator) -> None:
    before = operator.chain.block("latest")
    assert operator.anchoring().run() == Progress(0, 0, 0)
    assert operator.anchoring().quote() is None
    assert operator.chain.block("latest") == before


def test_batches_follow_one_another(operator: Operator) -> None:
    for turn in range(4):
        operator.add(*((turn, number) for number in range(turn + 1)))
        assert operator.anchoring().run().anchored == turn + 1
    require_whole(operator)
    assert [event.checkpoint.size for event in operator.anchored()] == [1, 3, 6, 10]


def test_a_stream_of_leaves_does_not_keep_a_run_from_its_end(operator: Operator) -> None:
    arrived = iter(range(1, 100))

    def arrive(here: str) -> None:
        if here == "included":
            operator.add(next(arrived))

    operator.add(0)
    progress = operator.anchoring(failpoint=arrive).run()
    assert (progress.anchored, progress.waiting) == (1, 1)
    operator.mine(70)
    assert operator.anchoring().run().anchored == 1
    require_whole(operator)


def test_a_queue_larger_than_a_batch_takes_several(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "BATCH_LEAVES", 5)
    operator.add(*range(12))
    assert operator.anchoring().run().anchored == 12
    require_whole(operator)
    assert [event.checkpoint.size for event in operator.anchored()] == [5, 10, 12]


def test_the_whole_of_a_long_queue_is_anchored(tmp_path: Path) -> None:
    with embedded_operator(tmp_path) as operator:
        leaves = [opaque(number) for number in range(batching.BATCH_LEAVES + 3)]
        operator.queue.add(leaves, None)
        assert operator.anchoring().run().anchored == len(leaves)
        require_whole(operator)
        assert len(operator.anchored()) == 2


def test_claims_too_long_for_one_manifest_take_several(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "BATCH_BYTES", 2_000)  # two of these claims, not three
    operator.add(*range(5))
    operator.anchoring().run()
    require_whole(operator)
    assert [event.checkpoint.size for event in operator.anchored()] == [2, 4, 5]
    monkeypatch.setattr(batching, "BATCH_BYTES", 10)
    operator.add(5, 6)
    operator.anchoring().run()
    require_whole(operator)
    assert [event.checkpoint.size for event in operator.anchored()] == [2, 4, 5, 6, 7]


def test_a_quote_bounds_what_is_spent_and_spends_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchoring, "BATCH_LEAVES", 4)
    monkeypatch.setattr(batching, "BATCH_LEAVES", 4)
    operator.add(*range(10))
    before = operator.chain.block("latest")
    quoted = operator.anchoring().quote()
    assert quoted is not None
    assert operator.chain.block("latest") == before
    operator.anchoring().run()
    receipts = [operator.chain.receipt(one.anchor.transaction) for one in operator.anchored()]
    assert len(receipts) == 3
    assert sum(0 if one is None else one.gas_used for one in receipts) <= quoted.gas


def test_a_quote_is_given_for_what_was_broadcast_and_not_kept(operator: Operator) -> None:
    operator.add(1)
    with pytest.raises(Killed):
        operator.anchoring(failpoint=kill_at("broadcast")).run()
    assert operator.anchoring().quote() is None
    operator.add(2)
    assert operator.anchoring().quote() is not None
    operator.anchoring().run()
    require_whole(operator)


@pytest.mark.parametrize("name", FAILPOINTS)
def test_whoever_comes_after_a_death_finishes_the_work(operator: Operator, name: str) -> None:
    operator.add(*range(3))
    if name not in AFTER_FINALITY or isinstance(operator.chain, EmbeddedChain):
        with pytest.raises(Killed):
            operator.anchoring(failpoint=kill_at(name)).run()
    else:  # a node's blocks are final later: see test_finality
        operator.anchoring().run()
    operator.add(*range(3, 5))
    operator.anchoring("another").run()
    require_whole(operator)
    assert len(operator.anchored()) == (1 if name in {"leased", "manifest_made"} else 2)


@pytest.mark.parametrize("after", [False, True], ids=["asked", "answered"])
def test_a_node_that_goes_away_at_any_question_leaves_all_to_the_next_run(
    operator: Operator, after: bool
) -> None:
    question = 0
    while True:
        question += 1
        operator.add(question)
        chain, asked = breaks_at(operator.chain, question, after=after)
        worker = operator.anchoring(chain=chain)
        try:
            worker.run()
        except ChainUnreachable:
            operator.anchoring("another").run()
        require_whole(operator)
        assert len(operator.anchored()) == question
        if len(asked) < question:
            break
    assert question > 10


@pytest.mark.parametrize("name", FAILPOINTS[:7])
def test_two_workers_send_one_transaction_wherever_the_first_one_sleeps(
    operator: Operator, name: str
) -> None:
    clock = ManualClock(datetime.now(UTC))
    operator.clock = clock
    operator.add(*range(3))
    second = operator.anchoring("second", chain=operator.chain_again())

    def sleep(here: str) -> None:
        if here == name:
            assert second.run().anchored == 0  # the first has the lease
            clock.sleep(anchoring.LEASE_SECONDS + 1)
            second.run()

    first = operator.anchoring("first", failpoint=sleep)
    with suppress(Busy):
        first.run()
    require_whole(operator)
    assert len(operator.anchored()) == 1
