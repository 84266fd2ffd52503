"""A queue moves to a database once, whole or not at all; an index is copied there."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from ledger.adapters.index import SqlIndex
from ledger.adapters.migrations import migrate
from ledger.adapters.moves import copy_index, move_queue
from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch
from ledger.chain import ChainIdentity
from ledger.errors import Busy, Conflict, StoreUnavailable
from ledger.leaf import Disclosed
from ledger.ports import Idempotency
from ledger.tree import Tree
from tests.ledger.factories import LEDGER, checkpoint, opaque, signed_claim, word
from tests.postgres import PostgresServer

from .databases import own_schema
from .histories import History, answers
from .queues import MANIFEST_CID, leaves, prepared

KEY = Idempotency("a key", word("request"))


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[Engine]:
    engine = own_schema(postgres)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A queue in a file: leaves of every kind, a request, an owed disclosure, a batch."""
    path = tmp_path / "queue.db"
    queue = SqlQueue(path, LEDGER)
    given = [*leaves(0, 4), opaque(signed_claim("opaque \\ \t")), *leaves(5, 9)]
    queue.add(given, KEY)
    queue.prepare(prepared(given[:6]), b"\x00\\manifest\n", [])
    queue.owe_disclosure(4, signed_claim("opaque \\ \t"))
    queue.close()
    return path


def moved(path: Path) -> Path:
    return path.with_name("queue.db.moved")


def told(queue: SqlQueue) -> list[object]:
    proof = Tree(6, queue.nodes()).inclusion_proof(2)
    batches = [queue.last_batch(), queue.batch_of(2), queue.manifest(6), proof]
    return [queue.size(), queue.leaves(0, 100), queue.owed_disclosures(), *batches]


def move(path: Path, target: Engine, now: float = 0.0) -> int:
    return move_queue(path, target, LEDGER, now, migrate)


def test_a_moved_queue_answers_the_same_and_its_file_is_kept_aside(
    file: Path, target: Engine
) -> None:
    before = SqlQueue(file, LEDGER)
    said = told(before)
    before.close()
    assert move(file, target) == 9
    queue = SqlQueue(target, LEDGER)
    assert told(queue) == said
    assert queue.add(leaves(0, 4), KEY)[:4] == [0, 1, 2, 3]
    assert queue.add([Disclosed(word("new"))], None) == [9]
    assert not file.exists()
    kept = SqlQueue(moved(file), LEDGER)
    assert told(kept) == said
    for write in (
        lambda: kept.add([Disclosed(word("late"))], None),
        lambda: kept.lease("a worker", 0.0, 10.0),
        lambda: kept.advance(prepared(kept.leaves(0, 6))),
    ):
        with pytest.raises(StoreUnavailable, match="was moved to a database; set"):
            write()
    kept.close()


def test_who_has_the_file_open_is_refused_and_told_why(file: Path, target: Engine) -> None:
    served = SqlQueue(file, LEDGER)
    acknowledged: list[int] = []
    refused: list[str] = []
    moving = threading.Event()

    def add() -> None:
        for seed in range(100_000):
            try:
                acknowledged.extend(served.add([Disclosed(word("served", seed))], None))
            except StoreUnavailable as error:
                refused.append(str(error))
                return
            if len(acknowledged) == 20:
                moving.set()

    thread = threading.Thread(target=add)
    thread.start()
    moving.wait(20)
    count = move(file, target)
    thread.join()
    served.close()
    assert "was moved" in refused[0]
    queue = SqlQueue(target, LEDGER)
    assert count == queue.size() == 9 + len(acknowledged)
    for seed, index in enumerate(acknowledged):
        assert queue.find(word("served", seed)) == index


def test_a_worker_with_the_lease_and_another_queue_there_stop_the_move(
    file: Path, target: Engine
) -> None:
    queue = SqlQueue(file, LEDGER)
    assert queue.lease("a worker", 100.0, 30.0)
    with pytest.raises(Busy, match="stop it"):
        move(file, target, now=120.0)
    other = SqlQueue(target, LEDGER)
    other.add([Disclosed(word("another"))], None)
    with pytest.raises(Conflict, match="nothing was changed"):
        move(file, target, now=200.0)
    assert queue.add([Disclosed(word("goes on"))], None) == [9]
    assert other.size() == 1
    assert file.exists()
    queue.close()


CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from ledger.adapters import moves
from ledger.adapters.engines import make_engine
from ledger.adapters.migrations import migrate
file, url, schema, place = sys.argv[1:]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
target = make_engine(url, durable=True, schema=schema)
if place == "committed":
    moves._rename = die
def advance(done, total):
    if place == "half-way" and done >= total // 2: die()
refuse = moves._refuse_more
def refuse_more(here):
    refuse(here)
    if place == "marked": event.listen(target, "commit", die)
    if place == "unmarked": die()
moves._refuse_more = refuse_more
print(moves.move_queue(Path(file), target, bytes.fromhex("{ledger}"), 0.0, migrate, advance))
"""


@pytest.mark.parametrize("place", ["half-way", "unmarked", "marked", "committed"])
def test_a_move_that_is_killed_leaves_one_queue_and_goes_on_when_it_is_run_again(
    file: Path, target: Engine, place: str
) -> None:
    before = SqlQueue(file, LEDGER)
    said = told(before)
    url = target.url.set(drivername="postgresql").render_as_string(hide_password=False)
    named = [str(file), url, target.get_execution_options()["sealbook_schema"], place]
    child = subprocess.run(
        [sys.executable, "-c", CHILD.format(ledger=LEDGER.hex()), *named],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -9, child.stderr
    there = SqlQueue(target, LEDGER)
    assert there.size() == (9 if place == "committed" else 0)
    if place in {"half-way", "unmarked"}:
        assert before.add([Disclosed(word("goes on"))], None) == [9]
        said = told(before)
    else:
        with pytest.raises(StoreUnavailable, match="migrate --to URL` again"):
            before.add([Disclosed(word("late"))], None)
    before.close()
    assert move(file, target) == len(there.leaves(0, 100))
    assert told(there) == said
    assert not file.exists()


def test_a_copied_index_answers_the_same_and_goes_on_counting(
    tmp_path: Path, target: Engine
) -> None:
    chains = [ChainIdentity(1, word("one")), ChainIdentity(77, word("two"), local=True)]
    ledgers = [LEDGER, word("another ledger")]
    path = tmp_path / "index.db"
    index = SqlIndex(path)
    histories = [History(chain, ledgers, Random(seed)) for seed, chain in enumerate(chains)]
    for history in histories:
        while len(history.blocks) < 12:
            history.grow(known=0.8)
        index.apply(history.chain, history.changes(1, 12), history.blocks[11].ref)
    said = answers(index, chains, ledgers)
    rows = copy_index(path, target, migrate)
    copied = SqlIndex(target)
    assert rows > 50
    assert answers(copied, chains, ledgers) == said
    assert copy_index(path, target, migrate) == rows  # the same is there already
    third = History(ChainIdentity(5, word("three")), ledgers, Random(3))
    while len(third.blocks) < 4:
        third.grow(known=0.8)
    for one in (index, copied):
        one.apply(third.chain, third.changes(1, 4), third.blocks[3].ref)
    everywhere = [*chains, third.chain]
    assert answers(copied, everywhere, ledgers) == answers(index, everywhere, ledgers)
    copied.roll_back(chains[0], None)
    with pytest.raises(Conflict, match="holds another"):
        copy_index(path, target, migrate)
    index.close()


def test_many_rows_are_moved_in_pages(tmp_path: Path, target: Engine) -> None:
    path = tmp_path / "queue.db"
    queue = SqlQueue(path, LEDGER)
    given = [Disclosed(word("many", seed)) for seed in range(12_001)]
    queue.add(given, None)
    queue.prepare(Batch(0, checkpoint(given), MANIFEST_CID), b"manifest", [])
    queue.close()
    steps: list[tuple[int, int]] = []
    began = time.perf_counter()
    assert move_queue(path, target, LEDGER, 0.0, migrate, lambda *at: steps.append(at)) == 12_001
    print(f"{steps[-1][1]} rows in {time.perf_counter() - began:.2f} s")
    assert steps[-1][0] == steps[-1][1] > 24_000
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    again = SqlQueue(target, LEDGER)
    assert again.leaves(12_000, 12_001) == given[-1:]
    assert Tree(12_001, again.nodes()).root() == checkpoint(given).root
