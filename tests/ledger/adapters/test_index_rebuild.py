"""Whatever happened to an index, it answers as one that is made again from nothing."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.adapters.database import IN_MEMORY
from ledger.adapters.index import SqlIndex
from ledger.chain import ChainIdentity
from ledger.placed import Changes
from tests.ledger.factories import LEDGER, word
from tests.postgres import PostgresServer

from .databases import own_schema
from .histories import History, answers

LEDGERS = [LEDGER, word("another ledger")]
CHAINS = [ChainIdentity(1, word("one")), ChainIdentity(77, word("two"), local=True)]


def rebuilt(histories: list[History], reached: list[int], step: int) -> bytes:
    index = SqlIndex(IN_MEMORY)
    for history, last in zip(histories, reached, strict=True):
        for first in range(1, last + 1, step):
            end = min(first + step - 1, last)
            index.apply(history.chain, history.changes(first, end), history.blocks[end - 1].ref)
    try:
        return answers(index, CHAINS, LEDGERS)
    finally:
        index.close()


def step(index: SqlIndex, history: History, reached: int, random: Random) -> int:
    """Let one thing happen; return the block that the index has reached."""
    match random.randrange(5):
        case 0 if reached:
            to = random.randrange(reached + 1)
            index.roll_back(history.chain, history.blocks[to - 1].ref if to else None)
            if random.random() < 0.5:
                history.fork(to)
            return to
        case 1 if reached:
            found = history.find()
            if found is not None and found.anchored.anchor.block_number <= reached:
                index.apply(history.chain, Changes((found,)), history.blocks[reached - 1].ref)
            return reached
    while len(history.blocks) < reached + random.randrange(1, 4):
        history.grow(known=0.6)
    last = len(history.blocks)
    index.apply(history.chain, history.changes(reached + 1, last), history.blocks[-1].ref)
    return last


def lived(index: SqlIndex, seed: int) -> tuple[bytes, list[History], list[int]]:
    """Let an index live through a history drawn from the seed; return what it answers after."""
    random = Random(seed)
    histories = [History(chain, LEDGERS, random) for chain in CHAINS]
    reached = [0, 0]
    try:
        for _ in range(14):
            which = random.randrange(2)
            reached[which] = step(index, histories[which], reached[which], random)
        return answers(index, CHAINS, LEDGERS), histories, reached
    finally:
        index.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_an_index_answers_as_one_that_is_made_again(seed: int) -> None:
    told, histories, reached = lived(SqlIndex(IN_MEMORY), seed)
    assert told == rebuilt(histories, reached, step=1)
    assert told == rebuilt(histories, reached, step=100)


@pytest.mark.parametrize("seed", range(8))
def test_postgresql_answers_byte_for_byte_as_sqlite(postgres: PostgresServer, seed: int) -> None:
    told, histories, reached = lived(SqlIndex(own_schema(postgres)), seed)
    assert len(told) > 1000
    assert told == lived(SqlIndex(IN_MEMORY), seed)[0]
    assert told == rebuilt(histories, reached, step=100)
