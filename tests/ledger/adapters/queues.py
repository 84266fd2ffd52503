"""What the tests of the queue share: a queue in every database, leaves, and a batch of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch
from ledger.leaf import Disclosed
from ledger.ports import Queue
from tests.ledger.factories import LEDGER, checkpoint, disclosed, signed_claim, word

from .databases import MAKERS

MANIFEST_CID = bytes.fromhex("01551220") + word("manifest")


@pytest.fixture(params=MAKERS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = MAKERS[request.param](tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def queue(engine: Engine) -> Queue:
    return SqlQueue(engine, LEDGER)


def leaves(first: int, last: int) -> list[Disclosed]:
    return [disclosed(signed_claim(seed)) for seed in range(first, last)]


def prepared(held: Sequence[Disclosed], start: int = 0) -> Batch:
    return Batch(start, checkpoint(held), MANIFEST_CID)
