"""Processes of the kill trial: one adds claims and anchors until it is killed, one only anchors.

They are forked from a server that has imported the engines already, so that a kill falls on work.
Where the first one was is a byte in a file that its death does not take along.
"""

import mmap
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import ledger.adapters.embedded_chain
import ledger.adapters.json_rpc_chain  # noqa: F401 - preloaded, as is the line above
from ledger.adapters.failpoint import VARIABLE
from ledger.adapters.queue import SqlQueue
from ledger.claim import NO_PROCESS, Claim
from ledger.details import Details
from ledger.errors import Unavailable
from ledger.leaf import Disclosed, Leaf
from ledger.secp256k1 import address_of_key
from ledger.services import anchoring
from ledger.services.anchoring import FAILPOINTS, Anchoring
from ledger.signed import SignedClaim, sign_claim
from ledger.signing import Home
from ledger.wiring import Installation
from tests.ledger.factories import author_key, word

PLACES = ("idle", *FAILPOINTS)
LEASE_SECONDS = 0.5  # short, so that leases run out under workers that still run
PATIENCE = 3.0
AGAIN = 5  # claims of the round before that are sent again: not all of them were acknowledged


@dataclass(frozen=True, slots=True)
class Where:
    """A home, the chain in it, and the key that pays there (none on the embedded chain)."""

    home: Path
    chain: str
    submitter_key: bytes | None = None

    def open(self) -> tuple[Installation, Anchoring]:
        """Open the home as one more process."""
        anchoring.LEASE_SECONDS = LEASE_SECONDS
        installation = Installation.open(self.home)
        chain = installation.chain(self.chain, self.submitter_key)
        return installation, installation.anchoring(chain, self.chain)


class Trace:
    """Where a worker is, in a file of one byte that it shares with whoever kills it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(b"\0")
        with path.open("r+b") as file:
            self._byte = mmap.mmap(file.fileno(), 1)

    def mark(self, place: str) -> None:
        self._byte[0] = PLACES.index(place)

    def place(self) -> str:
        return PLACES[self._byte[0]]


def claim_of(home: Home, round_: int, number: int) -> SignedClaim:
    """Return the claim of that number in a round, the same each time."""
    key = author_key("alice")
    details = Details("image/png", 1_000, title=f"{round_}-{number}")
    claim = Claim(
        author=address_of_key(key),
        work=word("work", round_, number),
        process=NO_PROCESS,
        steps=0,
        details=details.digest,
        salt=word("salt", round_, number),
    )
    return sign_claim(home, claim, key, details)


def add_and_anchor(said: Connection, where: Where, round_: int, failpoint: str | None) -> None:
    """Add claims, one after the other, and anchor them, until this process is killed."""
    if failpoint is not None:
        os.environ[VARIABLE] = failpoint
    installation, worker = where.open()
    trace, kill = Trace(where.home / "trace"), worker._failpoint

    def marked(name: str) -> None:
        trace.mark(name)
        kill(name)

    worker._failpoint = worker._inclusion._failpoint = marked
    trace.mark("idle")
    chain_id = installation.reader(where.chain).identity().chain_id
    home = Home(chain_id, installation.contracts.keys)
    adding = threading.Thread(
        target=_add, args=(said, installation.queue(where.chain), home, round_), daemon=True
    )
    adding.start()
    said.send("ready")
    while True:
        _run(worker)
        trace.mark("idle")
        time.sleep(0.01)


def _add(said: Connection, queue: object, home: Home, round_: int) -> None:
    assert isinstance(queue, SqlQueue)
    for number in range(AGAIN):
        queue.add([_shown(claim_of(home, round_ - 1, number))], None)
    number = 0
    while True:
        # some of them come twice, as from a client that was not answered
        claims = [claim_of(home, round_, max(0, number - 1 + at)) for at in range(4)]
        indexes = queue.add([_shown(one) for one in claims], None)
        said.send([(Leaf.of(one).hash, at) for one, at in zip(claims, indexes, strict=True)])
        number += 3
        time.sleep(0.02)


def _shown(signed: SignedClaim) -> Disclosed:
    return Disclosed(Leaf.of(signed).hash, signed)


def only_anchor(said: Connection, where: Where) -> None:
    """Anchor all the time, until told to stop; say how many leaves it got into blocks."""
    _, worker = where.open()
    anchored = 0
    said.send("ready")
    while not said.poll():
        anchored += _run(worker)
        time.sleep(0.15)
    said.send(anchored)


def _run(worker: Anchoring) -> int:
    try:
        return worker.run(PATIENCE).anchored
    except Unavailable:  # another took the lease over, or there was no block in time
        return 0


def start(job: Callable[..., None], *arguments: object) -> tuple[ForkServerProcess, Connection]:
    """Start a process; return it and the line to it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    here, there = context.Pipe()
    process = context.Process(target=job, args=(there, *arguments))
    process.start()
    there.close()
    return process, here
