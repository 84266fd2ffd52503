"""Sealing: what is acknowledged is safe; who waits gets receipts that prove."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.queue import SqlQueue
from ledger.errors import ChainUnreachable, Conflict, IdempotencyConflict, TransactionReverted
from ledger.ports import Idempotency
from ledger.receipt import Receipt
from ledger.services import anchoring
from ledger.services.sealing import Sealing
from ledger.signed import SignedClaim
from tests.operators import Operator, anvil_operator, embedded_operator, require_whole

from .operating import Killed, breaks_at, kill_at, own_node


def sealing(operator: Operator, holder: str = "sealer") -> Sealing:
    return Sealing(operator.queue, operator.anchoring(holder), operator.clock)


def test_who_waits_gets_receipts_that_prove_in_the_order_given(operator: Operator) -> None:
    claims = [operator.claim(seed) for seed in range(5)]
    receipts = sealing(operator).seal(claims, 30)
    assert [receipt.signed for receipt in receipts] == claims
    assert all(receipt.anchors and receipt.inclusion for receipt in receipts)
    require_whole(operator)
    again = sealing(operator).seal(claims[::-1], 30)
    assert list(again) == list(receipts)[::-1]
    assert operator.queue.size() == 5


def test_nothing_sealed_is_nothing_done(operator: Operator) -> None:
    assert sealing(operator).seal([], 30) == []
    assert operator.queue.size() == 0


def test_who_does_not_wait_gets_pending_receipts_and_nothing_is_spent(operator: Operator) -> None:
    before = operator.chain.block("latest")
    claims = [operator.claim(seed) for seed in range(2)]
    assert sealing(operator).seal(claims, 0) == [Receipt(claim) for claim in claims]
    assert operator.chain.block("latest") == before
    receipts = sealing(operator).seal(claims, 30)
    assert all(receipt.anchors for receipt in receipts)


def test_acknowledging_twice_gives_the_same_indexes(operator: Operator) -> None:
    claims = [operator.claim(seed) for seed in range(3)]
    first = Idempotency("a key", bytes(32))
    assert list(sealing(operator).acknowledge(claims, first)) == [0, 1, 2]
    assert list(sealing(operator).acknowledge(claims, first)) == [0, 1, 2]
    assert list(sealing(operator).acknowledge(claims[1:])) == [1, 2]
    with pytest.raises(IdempotencyConflict):
        sealing(operator).acknowledge(claims, Idempotency("a key", bytes(31) + b"\x01"))


def test_one_claim_with_two_signatures_is_refused(operator: Operator) -> None:
    claim = operator.claim(0)
    rival = SignedClaim(claim.home, claim.claim, b"\x01" * 65, claim.details)
    sealing(operator).acknowledge([claim])
    with pytest.raises(Conflict, match="one leaf a claim"):
        sealing(operator).seal([rival], 30)
    assert operator.queue.size() == 1


def test_many_who_seal_at_once_all_get_receipts(operator: Operator) -> None:
    found: list[tuple[Receipt, ...]] = []
    failures: list[BaseException] = []

    def seal(turn: int) -> None:
        try:
            anchoring_ = operator.anchoring(f"holder {turn}", chain=operator.chain_again())
            claims = [operator.claim((turn, number)) for number in range(3)]
            sealed = Sealing(operator.queue, anchoring_, operator.clock).seal(claims, 60)
            found.append(tuple(sealed))
        except BaseException as failure:  # noqa: BLE001 - shown by the test itself
            failures.append(failure)

    threads = [threading.Thread(target=seal, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(receipt.anchors for receipts in found for receipt in receipts)
    assert len(found) == 4
    require_whole(operator)


def test_a_dead_workers_lease_is_waited_for_and_no_longer(tmp_path: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    with embedded_operator(tmp_path) as operator:
        operator.clock = clock
        operator.add("before")
        began = clock.now()
        assert operator.queue.lease("dead", began.timestamp(), anchoring.LEASE_SECONDS)
        assert sealing(operator).seal([operator.claim(0)], 5)[0].anchors == ()
        assert sealing(operator).seal([operator.claim(0)], 120)[0].anchors
        assert (clock.now() - began).total_seconds() < anchoring.LEASE_SECONDS + 1
        require_whole(operator)


def test_a_node_that_cannot_be_asked_leaves_the_claim_pending_and_safe(tmp_path: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    with embedded_operator(tmp_path) as operator:
        operator.clock = clock
        chain, asked = breaks_at(operator.chain, 1, after=False)
        claims = [operator.claim(0)]
        worker = operator.anchoring(chain=chain)
        with pytest.raises(ChainUnreachable):
            worker.run()
        del asked[:]
        (receipt,) = Sealing(operator.queue, worker, clock).seal(claims, 10)
        assert receipt.anchors == ()
        assert 5 <= len(asked) <= 15  # once a second, not as often as it can
        (receipt,) = sealing(operator).seal(claims, 10)
        assert receipt.anchors


def test_a_death_between_acknowledging_and_anchoring_makes_no_second_claim(
    operator: Operator,
) -> None:
    claims = [operator.claim(0)]
    dying = Sealing(
        operator.queue, operator.anchoring("dying", failpoint=kill_at("kept")), operator.clock
    )
    with pytest.raises(Killed):
        dying.seal(claims, 30)
    (receipt,) = sealing(operator).seal(claims, 30)
    assert receipt.anchors
    assert operator.queue.size() == 1
    require_whole(operator)


def test_a_refusal_that_waiting_does_not_heal_is_told(tmp_path: Path) -> None:
    with own_node() as node, anvil_operator(node, tmp_path, "ledger") as operator:
        stranger = SqlQueue(tmp_path / "stranger.db", bytes(32))  # a ledger that nobody made
        operator.queue, operator.founded = stranger, operator.founded
        lost = anchoring.Anchoring(
            operator.chain,
            operator.contracts,
            stranger,
            operator.blocks,
            operator.clock,
            ledger=bytes(32),
            holder="one",
        )
        with pytest.raises(TransactionReverted):
            Sealing(stranger, lost, operator.clock).seal([operator.claim(0)], 30)
        assert stranger.size() == 1
