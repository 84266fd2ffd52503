"""One suite for the queue over every database."""

from pathlib import Path
from threading import Thread

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.errors import (
    BadSettings,
    Conflict,
    IdempotencyConflict,
)
from ledger.ports import Idempotency, Queue
from ledger.signed import SignedClaim
from ledger.tree import Tree
from tests.ledger.factories import (
    LEDGER,
    checkpoint,
    disclosed,
    opaque,
    signed_claim,
    signed_process_checkpoint,
    word,
)

from .queues import LeaseTime, clock, leaves, prepared, queue

__all__ = ["clock", "queue"]  # fixtures


def test_leaves_get_their_indexes_in_the_order_given_and_come_back_equal(queue: Queue) -> None:
    given = [*leaves(0, 3), opaque(signed_claim(3)), disclosed(signed_process_checkpoint(4))]
    assert queue.add(given[:2], None) == [0, 1]
    assert queue.add(given[2:], None) == [2, 3, 4]
    assert queue.add([], None) == []
    assert queue.size() == 5
    assert queue.leaves(0, 5) == given
    assert queue.leaves(1, 3) == given[1:3]
    assert [queue.find(leaf.leaf_hash) for leaf in given] == [0, 1, 2, 3, 4]
    assert queue.find(word("nobody's")) is None


def test_a_leaf_hash_that_is_here_keeps_its_index(queue: Queue) -> None:
    given = leaves(0, 3)
    assert queue.add([given[0], given[0], given[1]], None) == [0, 0, 1]
    assert queue.add([given[2], given[1], given[0]], None) == [2, 1, 0]
    assert queue.size() == 3


def test_an_opaque_leaf_takes_what_was_signed(queue: Queue) -> None:
    signed = signed_claim(0)
    assert queue.add([opaque(signed), disclosed(signed)], None) == [0, 0]
    assert queue.leaves(0, 1) == [disclosed(signed)]
    assert queue.add([opaque(signed_claim(1))], None) == [1]
    assert queue.add([disclosed(signed_claim(1)), opaque(signed_claim(1))], None) == [1, 1]
    assert queue.leaves(1, 2) == [disclosed(signed_claim(1))]


def test_a_claim_has_one_leaf_and_a_collision_changes_nothing(queue: Queue) -> None:
    signed = signed_claim(0)
    other = SignedClaim(signed.home, signed.claim, b"another signature", signed.details)
    with pytest.raises(Conflict, match="one leaf a claim"):
        queue.add([disclosed(signed), disclosed(other)], None)
    assert queue.size() == 0
    queue.add([disclosed(signed)], None)
    with pytest.raises(Conflict, match="one leaf a claim"):
        queue.add([disclosed(signed_claim(1)), disclosed(other)], Idempotency("k", word("r")))
    assert queue.size() == 1
    assert queue.add([disclosed(signed_claim(1))], Idempotency("k", word("r2"))) == [1]


def test_a_request_that_is_sent_again_gets_the_same_answer(queue: Queue) -> None:
    key = Idempotency("a key", word("request"))
    assert queue.add(leaves(0, 3), key) == [0, 1, 2]
    queue.add(leaves(3, 4), None)
    assert queue.add(leaves(0, 3), key) == [0, 1, 2]
    with pytest.raises(IdempotencyConflict):
        queue.add(leaves(5, 6), Idempotency("a key", word("another request")))
    assert queue.size() == 4


def test_threads_share_commits_and_indexes_have_no_gaps(queue: Queue) -> None:
    indexes: dict[int, int] = {}

    def add(thread: int) -> None:
        for seed in range(thread * 20, thread * 20 + 20):
            (indexes[seed],) = queue.add([opaque(signed_claim(seed))], None)

    threads = [Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(indexes.values()) == list(range(160))
    held = queue.leaves(0, 160)
    assert all(held[at] == opaque(signed_claim(seed)) for seed, at in indexes.items())


def test_a_conflict_is_told_to_its_own_thread_alone(queue: Queue) -> None:
    signed = signed_claim(0)
    queue.add([disclosed(signed)], None)
    refused: list[int] = []

    def add(seed: int) -> None:
        signature = b"other" if seed % 2 else signed.signature
        rival = SignedClaim(signed.home, signed.claim, signature, signed.details)
        try:
            assert queue.add([disclosed(rival), opaque(signed_claim(seed))], None)[0] == 0
        except Conflict:
            refused.append(seed)

    threads = [Thread(target=add, args=(seed,)) for seed in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(refused) == list(range(1, 17, 2))
    assert queue.size() == 9


def test_the_lease_admits_one_holder_at_a_time(queue: Queue, clock: LeaseTime) -> None:
    assert clock.lease(queue, "one", 0)
    assert not clock.lease(queue, "two", 5)
    assert clock.lease(queue, "one", 6)
    assert not clock.lease(queue, "two", 11)
    assert clock.lease(queue, "two", 21)
    queue.release("one")
    assert not clock.lease(queue, "one", 22)
    queue.release("two")
    assert clock.lease(queue, "one", 22)


def test_what_was_kept_is_there_when_the_queue_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "home" / "queue.db"
    given = leaves(0, 4)
    queue = SqlQueue(path, LEDGER)
    queue.add(given, Idempotency("k", word("r")))
    queue.prepare(prepared(given), b"manifest", [])
    queue.close()
    assert path.stat().st_mode & 0o777 == 0o600
    again = SqlQueue(path, LEDGER)
    assert again.leaves(0, 4) == given
    assert again.add(given, Idempotency("k", word("r"))) == [0, 1, 2, 3]
    assert again.last_batch() == prepared(given)
    assert Tree(4, again.nodes()).root() == checkpoint(given).root
    again.close()
    with pytest.raises(BadSettings, match="choose another"):
        SqlQueue(path, word("another ledger"))
