"""Queue and index on PostgreSQL, beside a bare COPY, and beside SQLite.

    python -m benchmarks.postgres [CLAIMS]

A server of its own on this machine, with fsync. A bare COPY sends the claims' text, two look-up
columns and the leaf hashes to one table with the same three look-ups, a transaction a batch: the
least that would do. Every figure includes making the values.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, Text

from ledger.adapters.engines import make_engine
from ledger.adapters.index import SqlIndex
from ledger.adapters.queue import SqlQueue
from ledger.adapters.rows import copy_rows
from ledger.leaf import Disclosed
from ledger.placed import AnchoredBatch, Changes
from ledger.signed import SignedClaim
from tests import postgres

from .index_claims import BATCH, CHAIN, LEDGER, LOOKUPS, batches, block, fresh, text

DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
RAW = Table(
    "raw_claims",
    MetaData(),
    Column("leaf_hash", LargeBinary, index=True),
    Column("claim_id", LargeBinary, index=True),
    Column("work", LargeBinary, index=True),
    Column("signed", Text),
)


def copied(engine: Engine, made: Sequence[AnchoredBatch]) -> None:
    names = [column.name for column in RAW.columns]
    for batch in made:
        rows = [
            (leaf.leaf_hash, leaf.signed.id, leaf.signed.claim.work, text(leaf.signed))
            for leaf in batch.leaves or ()
            if isinstance(leaf.signed, SignedClaim)
        ]
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            copy_rows(connection, RAW, names, rows)


def applied(index: SqlIndex, made: Sequence[AnchoredBatch], at_once: int) -> None:
    for at in range(0, len(made), at_once):
        some = tuple(made[at : at + at_once])
        index.apply(CHAIN, Changes(some), block(some[-1].anchored.anchor.block_number))


def timed(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def told(name: str, postgres_: float, sqlite: float) -> None:
    print(f"{name:40}{postgres_:>10,.0f}/s{sqlite:>10,.0f}/s  {postgres_ / sqlite:.2f}")


def compare_index(server: postgres.PostgresServer, folder: Path, count: int) -> None:
    url = server.new_database()
    made = batches(count)
    leaves = [leaf for one in made for leaf in one.leaves or ()]
    plain = make_engine(url, durable=False)
    with plain.connect().execution_options(writes=True) as connection, connection.begin():
        RAW.metadata.create_all(connection)
    bare = timed(count, lambda: copied(plain, made))
    print(f"bare COPY of {count:,} claims: {bare:,.0f}/s")
    opened: list[SqlIndex] = []
    for at_once in (1, 10):
        opened = [
            SqlIndex(make_engine(url, durable=False, schema=f"index_{at_once}")),
            SqlIndex(folder / f"index_{at_once}.db"),
        ]
        rates = [
            timed(count, lambda index=index, n=at_once: applied(index, fresh(made), n))  # type: ignore[misc]
            for index in opened
        ]
        told(f"apply, {at_once * BATCH:,} claims a transaction", *rates)
    chance = random.Random(1)
    asked = [chance.choice(leaves) for _ in range(LOOKUPS)]
    signed = [one.signed for one in asked if isinstance(one.signed, SignedClaim)]
    for name, ask in (
        ("claim by id", lambda index: [index.claim(one.id) for one in signed]),
        ("claims on a work", lambda index: [index.claims_on(s.claim.work, 100) for s in signed]),
        ("find a leaf hash", lambda index: [index.find_leaf(one.leaf_hash) for one in asked]),
    ):
        told(name, *(timed(LOOKUPS, lambda i=index, a=ask: a(i)) for index in opened))  # type: ignore[misc]
    back = []
    for index in opened:
        began = time.perf_counter()
        index.roll_back(CHAIN, block(count // BATCH // 2))
        back.append(time.perf_counter() - began)
        index.close()
    print(f"roll back {count // 2:,} claims: {back[0]:.2f} s, {back[1]:.2f} s")


def added(queue: SqlQueue, batch: int, times: int, threads: int) -> float:
    def work() -> None:
        for _ in range(times):
            queue.add([Disclosed(os.urandom(32)) for _ in range(batch)], None)

    workers = [Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return batch * times * threads / (time.perf_counter() - began)


def compare_queue(server: postgres.PostgresServer, folder: Path) -> None:
    url = server.new_database()
    for number, (name, batch, times, threads) in enumerate(
        (
            ("one thread, one leaf at a time", 1, 500, 1),
            ("32 threads, one leaf at a time", 1, 200, 32),
            ("one thread, 1,000 at a time", 1000, 40, 1),
            ("4 threads, 1,000 at a time", 1000, 10, 4),
        )
    ):
        schema = f"queue_{number}"
        queues = (
            SqlQueue(make_engine(url, durable=True, schema=schema), LEDGER),
            SqlQueue(folder / f"{schema}.db", LEDGER),
        )
        told(name, *(added(queue, batch, times, threads) for queue in queues))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    postgres.SETTINGS.update(DURABLE)
    with postgres.postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        print(f"{'':40}{'PostgreSQL':>12}{'SQLite':>12}  ratio")
        compare_queue(server, Path(folder))
        compare_index(server, Path(folder), count)


if __name__ == "__main__":
    main()
