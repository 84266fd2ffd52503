"""What the tests of the queue share: a queue in every database, leaves, and a batch of them."""

import time
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch
from ledger.leaf import Disclosed
from ledger.ports import Queue
from tests.ledger.factories import LEDGER, checkpoint, disclosed, signed_claim, word

MANIFEST_CID = bytes.fromhex("01551220") + word("manifest")


@pytest.fixture
def queue(engine: Engine) -> Queue:
    return SqlQueue(engine, LEDGER)


class LeaseTime:
    """Moments at which leases are asked for: said to a file, waited for where a server has a clock.

    There a unit of time is a tenth of a second; the tests leave five of them on either side.
    """

    def __init__(self, engine: Engine) -> None:
        self._waits = engine.dialect.name == "postgresql"
        self._unit = 0.1 if self._waits else 1.0
        self._began = time.monotonic()

    def lease(self, queue: Queue, holder: str, at: float, units: float = 10.0) -> bool:
        if self._waits:
            time.sleep(max(0.0, self._began + at * self._unit - time.monotonic()))
        return queue.lease(holder, at * self._unit, units * self._unit)


@pytest.fixture
def clock(engine: Engine) -> LeaseTime:
    return LeaseTime(engine)


def leaves(first: int, last: int) -> list[Disclosed]:
    return [disclosed(signed_claim(seed)) for seed in range(first, last)]


def prepared(held: Sequence[Disclosed], start: int = 0) -> Batch:
    return Batch(start, checkpoint(held), MANIFEST_CID)
