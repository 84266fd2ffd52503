"""Pinning under faults at random: whatever happened before, what is owed is paid at the end."""

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.batch import Stage
from ledger.errors import StoreUnavailable
from ledger.ports import Account, Pinner, PinState
from ledger.services.pinning import FAILPOINTS, Pinning
from tests.ledger.factories import LEDGER

from .operating import Killed, kill_at
from .pinners import Hand, MemoryNode, MemoryService, cids, publish

TURNS = 15


class Operation:
    """A ledger, a node and a service; each turn something happens to one of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.draw = Random(seed)
        self.folder = folder
        self.queue = SqlQueue(folder / "queue.db", LEDGER)
        self.clock, self.node, self.service = Hand(), MemoryNode(), MemoryService()
        self.published = 0

    def pinning(self, failpoint: str = "none") -> Pinning:
        pinners: list[Pinner] = [self.node, self.service]
        return Pinning(self.queue, pinners, self.clock, ledger=LEDGER, failpoint=kill_at(failpoint))

    def turn(self) -> None:
        more = self.published + self.draw.randrange(3)
        publish(self.queue, self.published, more)
        self.published = more
        self.node.down = StoreUnavailable("down") if self.draw.random() < 0.4 else None
        self.service.busy = 30 if self.draw.random() < 0.2 else None
        self.service.refused = self.draw.random() < 0.2
        self.service.goes_to(self.draw.choice(list(PinState)))
        if self.draw.random() < 0.3:  # it loses some, and nobody hears of it
            for cid in self.draw.sample(list(self.node.pins), len(self.node.pins) // 2):
                del self.node.pins[cid]
            self.service.requests.clear()
        if self.draw.random() < 0.3:  # another process goes on
            self.queue.close()
            self.queue = SqlQueue(self.folder / "queue.db", LEDGER)
        with suppress(Killed):
            self.pinning(self.draw.choice([*FAILPOINTS, "none", "none", "none"])).pay(5)
        self.clock.sleep(self.draw.choice([1, 20, 300, 4000]))

    def calm(self) -> None:
        """Let everybody answer, doctor look once, and the worker run some times."""
        self.node.down, self.service.busy, self.service.refused = None, None, False
        self.service.goes_to(PinState.PINNED)
        for pinner in (self.node, self.service):
            checked = self.pinning().check(pinner, 10)
            assert checked.unasked == 0
        for _ in range(3):
            self.pinning().pay(10)
            self.clock.sleep(4000)


@pytest.mark.parametrize("seed", range(10))
def test_after_faults_at_random_everything_is_pinned_everywhere(tmp_path: Path, seed: int) -> None:
    operation = Operation(tmp_path, seed)
    for _ in range(TURNS):
        operation.turn()
    operation.calm()
    accounts = operation.pinning().accounts()
    assert set(accounts.values()) == {Account(pinned=operation.published)}
    wanted = set(cids(operation.queue.batches((Stage.PUBLISHED,))))
    assert set(operation.node.pins) == wanted
    assert {cid for cid, _ in operation.service.requests.values()} == wanted
    operation.queue.close()
