"""Processes that make or write an embedded chain, for tests that kill them or run several.

They are forked from a server that has imported the EVM already, so that a kill falls on writing.
"""

import itertools
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.chain import Cost
from ledger.errors import Conflict
from tests.cells import FACTORY, word

KEY = bytes(31) + b"\x07"
CHAIN_ID = 2**47 + 7
_COST = Cost(100_000, 2 * 10**9)


def write(said: Connection, path: Path, cells: bytes, first: int, count: int) -> None:
    """Set words, one a transaction (count 0: for ever); say each key once it is acknowledged."""
    with EmbeddedChain(path, KEY, SystemClock()) as chain:
        for key in itertools.count(first) if count == 0 else range(first, first + count):
            while True:
                try:
                    chain.broadcast(chain.prepare(cells, word(key) + word(key + 1), _COST))
                except Conflict:  # another took the nonce
                    continue
                break
            said.send(key)


def make(said: Connection, path: Path, number: int) -> None:
    """Make the chain, or find it made; say which one it is."""
    with EmbeddedChain.create(path, KEY, SystemClock(), CHAIN_ID + number) as chain:
        said.send((chain.identity(), len(chain.code(FACTORY))))


def start(job: Callable[..., None], *arguments: object) -> tuple[ForkServerProcess, Connection]:
    """Start a process; return it and what it says."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    heard, said = context.Pipe(duplex=False)
    process = context.Process(target=job, args=(said, *arguments))
    process.start()
    said.close()
    return process, heard


def heard_until_the_end(process: ForkServerProcess, heard: Connection) -> list[object]:
    """Return all that a process says until it ends, however it ends."""
    all_said: list[object] = []
    try:
        while True:
            all_said.append(heard.recv())
    except EOFError:
        heard.close()
    process.join(60)
    process.close()
    return all_said
