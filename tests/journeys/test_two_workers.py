"""Two machines of one ledger on one PostgreSQL: one worker anchors, the other one takes over."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.failpoint import VARIABLE
from ledger.batch import Batch, Stage
from ledger.leaf import Disclosed
from ledger.wiring import Installation
from tests.ledger.factories import word
from tests.nodes import ROOT, AnvilNode, anvil

LEASE = 3.0  # seconds
WORKER = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ledger.errors import Unavailable
from ledger.services import anchoring
from ledger.wiring import Installation

home, key, hours = sys.argv[1:]
anchoring.LEASE_SECONDS = {lease}

class WrongClock:
    def now(self):
        return datetime.now(UTC) + timedelta(hours=float(hours))

    def sleep(self, seconds):
        time.sleep(seconds)

one = Installation.open(Path(home))
one.__dict__["clock"] = WrongClock()
service = one.anchoring(one.chain("town", bytes.fromhex(key)), "town")
print("ready", flush=True)
while True:
    try:
        done = service.run(20.0)
    except Unavailable as error:
        print("refused:", error, flush=True)
    else:
        if done.anchored:
            print("anchored", done.anchored, flush=True)
    time.sleep(0.02)
"""


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=4343) as running:
        yield running


@pytest.fixture
def homes(tmp_path: Path, node: AnvilNode, database_url: str) -> list[Path]:
    """Two homes of one ledger, as two machines have them: the same files, one database."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(mode=0o700)
    settings = f'[database]\nurl = "{database_url}"\n[chains.town]\nrpc = "{node.url}"\n'
    (first / "config.toml").write_text(settings, encoding="utf-8")
    installation = Installation.open(first)
    chain = installation.chain("town", node.keys[0])
    installation.found(chain, "town", chain.submitter)
    shutil.copytree(first, second)
    return [first, second]


def start(home: Path, node: AnvilNode, hours: int, dies: str = "") -> "subprocess.Popen[str]":
    words = [str(home), node.keys[0].hex(), str(hours)]
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER.format(lease=LEASE), *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, VARIABLE: dies},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_worker_is_followed_after_its_lease_whatever_the_machines_clocks_say(
    homes: list[Path], node: AnvilNode
) -> None:
    installation = Installation.open(homes[0])
    queue = installation.queue("town")
    queue.add([Disclosed(word("first"))], None)
    killed = start(homes[0], node, hours=0, dies="leased")
    assert killed.wait(30) == -9
    died = time.monotonic()
    # an hour ahead: by its own clock the other one's lease is long over
    follower = start(homes[1], node, hours=1)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "anchored 1\n"
    took = time.monotonic() - died
    assert took > LEASE / 2
    # an hour behind: its own clock would say that every lease goes on for an hour
    follower.kill()
    follower.wait()
    follower.stdout.close()
    assert killed.stdout is not None
    killed.stdout.close()
    queue.add([Disclosed(word("second"))], None)
    last = start(homes[0], node, hours=-1)
    assert last.stdout is not None
    assert last.stdout.readline() == "anchored 1\n"
    last.kill()
    last.wait()
    last.stdout.close()
    print(f"taken over {took:.1f} s after the kill, the lease is {LEASE:g} s")
    queue.close()  # type: ignore[attr-defined]


def test_of_two_workers_one_anchors_and_no_batch_is_anchored_twice(
    homes: list[Path], node: AnvilNode
) -> None:
    workers = [start(home, node, hours=at) for at, home in enumerate(homes)]
    installation = Installation.open(homes[0])
    queue, count = installation.queue("town"), 0
    for turn in range(30):
        queue.add([Disclosed(word("turn", turn, at)) for at in range(turn % 4 + 1)], None)
        count += turn % 4 + 1
        time.sleep(0.05)
    give_up = time.monotonic() + 60
    unsettled = [Stage.PREPARED, Stage.SENT]
    while sum(map(_size, queue.batches(list(Stage)))) < count or queue.batches(unsettled):
        assert time.monotonic() < give_up
        time.sleep(0.1)
    said = []
    for worker in workers:
        worker.kill()
        said.append(worker.communicate()[0].count("anchored"))
    batches = queue.batches(list(Stage))
    ledger = batches[0].checkpoint.ledger
    reader = installation.reader("town")
    head = reader.block("latest")
    assert head is not None
    logs = reader.logs(installation.contracts.ledgers, [], 0, head.number)
    # the ledger's beginning, and each batch once, in its order: nothing that the contract refused
    ours = [log for log in logs if ledger in log.topics]
    assert len(ours) == 1 + len(batches)
    assert [batch.start for batch in batches] == [0, *(batch.end for batch in batches[:-1])]
    anchors = [batch.anchor for batch in batches]
    assert [anchor.transaction for anchor in anchors if anchor] == [
        log.transaction for log in ours[1:]
    ]
    print(f"{count} leaves in {len(batches)} batches, by workers that anchored {said} times")
    queue.close()  # type: ignore[attr-defined]


def _size(batch: Batch) -> int:
    return batch.end - batch.start
