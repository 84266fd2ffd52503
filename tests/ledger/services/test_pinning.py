"""Pinning: what is owed is paid, in order, whatever the targets do meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.cid import Cid, export_file
from ledger.errors import StoreUnavailable
from ledger.ports import Account, Pin, PinState
from ledger.services.pinning import FIRST_PAUSE, LONGEST_PAUSE, Pinning, pause
from tests.ledger.factories import LEDGER

from .operating import Killed, kill_at
from .pinners import FIRST, Hand, MemoryNode, MemoryService, cids, pinning, publish

DOWN = StoreUnavailable("expected a node at node.example, the line is cut")


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[SqlQueue]:
    queue = SqlQueue(tmp_path / "queue.db", LEDGER)
    yield queue
    queue.close()


def test_a_node_is_given_the_blocks_and_pins_them(queue: SqlQueue) -> None:
    batches, node = publish(queue, 0, 3), MemoryNode()
    service = pinning(queue, Hand(), node)
    assert service.accounts() == {node.name: Account(owed=3)}
    assert service.pay(10) == {node.name: 3}
    assert service.accounts() == {node.name: Account(pinned=3)}
    assert node.order == cids(batches)
    assert set(node.pins.values()) == {f"sealbook {LEDGER.hex()[:16]} {end}" for end in (1, 2, 3)}
    assert node.store is not None
    for batch in batches:
        held = b"".join(export_file(Cid.decode(batch.manifest), node.store.get))
        assert held == queue.manifest(batch.end)
    asked = node.asked
    assert service.pay(10) == {node.name: 0}
    assert node.asked == asked


def test_a_node_that_is_down_for_many_runs_is_paid_in_order_when_it_is_back(
    queue: SqlQueue,
) -> None:
    clock, node = Hand(), MemoryNode(down=DOWN)
    batches, rests = [], []
    for run in range(12):
        batches += publish(queue, run, run + 1)
        assert pinning(queue, clock, node).pay(10) == {node.name: 0}
        account = pinning(queue, clock, node).accounts()[node.name]
        assert (account.owed, account.said) == (run + 1, str(DOWN))
        rests.append(account.until - clock.at)
        asked = node.asked
        pinning(queue, clock, node).pay(10)
        assert node.asked == asked  # it is left alone
        clock.at = account.until
    assert rests == [pause(tries) for tries in range(1, 13)]
    assert (rests[0], rests[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    node.down = None
    assert pinning(queue, clock, node).pay(10) == {node.name: 12}
    assert node.order == cids(batches)
    assert pinning(queue, clock, node).accounts() == {node.name: Account(pinned=12)}


def test_who_rests_is_asked_when_a_person_wants_it_and_rests_longer_if_that_fails(
    queue: SqlQueue,
) -> None:
    publish(queue, 0, 2)
    clock, node = Hand(), MemoryNode(down=DOWN)
    paying = pinning(queue, clock, node)
    paying.pay(10, awake=True)
    paying.pay(10, awake=True)
    account = paying.accounts()[node.name]
    assert (account.failures, account.until) == (2, clock.at + pause(2))
    node.down = None
    assert paying.pay(10) == {node.name: 0}
    assert paying.pay(10, awake=True) == {node.name: 2}


def test_a_node_that_is_down_keeps_no_other_from_being_paid(queue: SqlQueue) -> None:
    publish(queue, 0, 2)
    down, up = MemoryNode(down=DOWN), MemoryNode("other.example:5001")
    assert pinning(queue, Hand(), down, up).pay(10) == {down.name: 0, up.name: 2}


def test_a_target_named_later_is_owed_everything_and_one_removed_nothing(queue: SqlQueue) -> None:
    publish(queue, 0, 2)
    first, later = MemoryNode(), MemoryNode("later.example:5001")
    pinning(queue, Hand(), first).pay(10)
    publish(queue, 2, 3)
    both = pinning(queue, Hand(), first, later)
    assert both.accounts() == {first.name: Account(owed=1, pinned=2), later.name: Account(owed=3)}
    only = pinning(queue, Hand(), later)
    assert only.pay(10) == {later.name: 3}
    assert list(only.accounts()) == [later.name]


@pytest.mark.parametrize("line", ["looked_up", "pinned", "noted"])
def test_a_death_between_the_pin_and_its_note_is_made_good(queue: SqlQueue, line: str) -> None:
    batches, node = publish(queue, 0, 3), MemoryNode()
    dying = Pinning(queue, [node], Hand(), ledger=LEDGER, failpoint=kill_at(line))
    with pytest.raises(Killed):
        dying.pay(10)
    pinning(queue, Hand(), node).pay(10)
    assert pinning(queue, Hand(), node).accounts() == {node.name: Account(pinned=3)}
    assert node.order == cids(batches)  # each once


def test_two_that_pay_at_once_do_no_harm(queue: SqlQueue) -> None:
    publish(queue, 0, 20)
    node, service = MemoryNode(), MemoryService(becomes=PinState.PINNED)
    paying = [
        Thread(target=pinning(queue, Hand(), node, service).pay, args=(20,)) for _ in range(3)
    ]
    for one in paying:
        one.start()
    for one in paying:
        one.join()
    pinning(queue, Hand(), node, service).pay(10)
    accounts = pinning(queue, Hand(), node, service).accounts()
    assert set(accounts.values()) == {Account(pinned=20)}


def test_a_service_is_told_where_the_blocks_are_and_asked_until_it_says_pinned(
    queue: SqlQueue,
) -> None:
    publish(queue, 0, 2)
    clock, node, service = Hand(), MemoryNode(), MemoryService()
    both = pinning(queue, clock, node, service)
    assert both.pay(10) == {node.name: 2, service.name: 0}
    assert service.origins == [[f"/dns4/{node.name}/tcp/4001"]] * 2
    assert both.accounts()[service.name] == Account(asked=2, said="queued there")
    service.goes_to(PinState.PINNING)
    assert both.pay(10) == {node.name: 0, service.name: 0}
    assert both.accounts()[service.name].said == "queued there"  # it is not due yet
    clock.at += FIRST_PAUSE
    both.pay(10)
    assert both.accounts()[service.name] == Account(asked=2, said="pinning there")
    service.goes_to(PinState.PINNED)
    clock.at += 2 * FIRST_PAUSE
    assert both.pay(10) == {node.name: 0, service.name: 2}
    assert both.accounts()[service.name] == Account(pinned=2)
    assert len(service.origins) == 2


def test_a_service_is_asked_though_the_node_is_down(queue: SqlQueue) -> None:
    publish(queue, 0, 1)
    service = MemoryService(becomes=PinState.PINNED)
    assert pinning(queue, Hand(), MemoryNode(down=DOWN), service).pay(10)[service.name] == 1
    assert service.origins == [[]]


def test_what_failed_at_a_service_is_asked_again_after_a_pause(queue: SqlQueue) -> None:
    publish(queue, 0, 1)
    clock, service = Hand(), MemoryService()
    paying = pinning(queue, clock, service)
    paying.pay(10)
    service.goes_to(PinState.FAILED)
    clock.at += FIRST_PAUSE
    paying.pay(10)
    account = paying.accounts()[service.name]
    assert (account.owed, account.said) == (1, "it failed, and does not say why")
    paying.pay(10)
    assert len(service.origins) == 1
    clock.at += LONGEST_PAUSE
    paying.pay(10)  # asked again, and it fails at once
    assert len(service.origins) == 2
    service.goes_to(PinState.LOST)
    service.becomes = PinState.PINNED
    clock.at += LONGEST_PAUSE
    assert paying.pay(10) == {service.name: 1}


def test_a_request_that_vanished_is_made_again(queue: SqlQueue) -> None:
    publish(queue, 0, 1)
    clock, service = Hand(), MemoryService()
    paying = pinning(queue, clock, service)
    paying.pay(10)
    service.requests.clear()
    service.becomes = PinState.PINNED
    clock.at += FIRST_PAUSE
    assert paying.pay(10) == {service.name: 1}


def test_a_service_that_refuses_is_not_asked_for_all_that_is_owed(queue: SqlQueue) -> None:
    publish(queue, 0, 2)
    clock, service = Hand(), MemoryService(refused=True)
    paying = pinning(queue, clock, service)
    assert paying.pay(10) == {service.name: 0}
    account = paying.accounts()[service.name]
    assert (account.owed, account.said) == (2, "expected an access token that it knows")
    service.refused = False
    service.becomes = PinState.PINNED
    assert paying.pay(10) == {service.name: 0}
    clock.at += FIRST_PAUSE
    assert paying.pay(10) == {service.name: 2}


def test_a_service_that_asks_for_patience_gets_as_much_as_it_says(queue: SqlQueue) -> None:
    publish(queue, 0, 1)
    clock, service = Hand(), MemoryService(becomes=PinState.PINNED, busy=77)
    paying = pinning(queue, clock, service)
    paying.pay(10)
    assert paying.accounts()[service.name].until == FIRST + 77
    service.busy = None
    clock.at += 77
    assert paying.pay(10) == {service.name: 1}


class Poisoned(MemoryNode):
    """A node that gives no answer about one CID."""

    poison: Cid | None = None

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        if cid == self.poison:
            raise StoreUnavailable("no answer within 20 s")
        return MemoryNode.status(self, cid, request)


def test_one_manifest_without_an_answer_holds_no_other_up(queue: SqlQueue) -> None:
    first, *_ = batches = publish(queue, 0, 4)
    clock, node = Hand(), Poisoned()
    node.poison = Cid.decode(first.manifest)
    paying = pinning(queue, clock, node)
    assert paying.pay(10) == {node.name: 3}
    assert node.order == cids(batches[1:])
    assert paying.accounts()[node.name] == Account(owed=1, pinned=3, said="no answer within 20 s")
    node.poison = None
    clock.at += FIRST_PAUSE
    assert paying.pay(10) == {node.name: 1}


class Hanging(MemoryNode):
    """A node that answers nothing before it is told to."""

    let_go = Event()

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        self.let_go.wait()
        return MemoryNode.status(self, cid, request)


def test_a_node_that_hangs_takes_no_more_than_its_time(queue: SqlQueue) -> None:
    publish(queue, 0, 5)
    hanging, node = Hanging("hangs.example:5001"), MemoryNode()
    paying = pinning(queue, Hand(), hanging, node)
    begun = time.monotonic()
    assert paying.pay(0.5) == {hanging.name: 0, node.name: 5}
    assert time.monotonic() - begun < 3
    account = paying.accounts()[hanging.name]
    assert (account.owed, account.failures, account.said) == (5, 1, "no answer within 0.5 s")
    hanging.let_go.set()
