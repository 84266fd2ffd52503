"""Processes that seal on one home, for trials that run several at once or kill them.

They are forked from a server that has imported the engines already.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import ledger.adapters.embedded_chain
import ledger.adapters.queue  # noqa: F401 - preloaded, as is the line above
from ledger import library
from ledger.drafts import Author, Said
from ledger.secp256k1 import address_of_key
from ledger.services import anchoring
from ledger.wiring import Installation

KEY = bytes([7]) * 32
AUTHOR = Author(address_of_key(KEY), KEY)
PASSPHRASE = "correct horse"
LEASE_SECONDS = 1.0  # whoever was killed holds it no longer than that
WAIT = 100.0


def seal_by_library(said: Connection, home: Path, files: Sequence[Path]) -> None:
    """Seal the files one by one as a user of the Python API does."""
    for file in files:
        receipt = library.seal(file, passphrase=PASSPHRASE, home=home, wait=WAIT)
        said.send(receipt.encode())


def seal(said: Connection, home: Path, file: Path) -> None:
    """Seal a file with a key at hand."""
    anchoring.LEASE_SECONDS = LEASE_SECONDS
    said.send("begins")
    said.send(sealed(home, file))


def sealed(home: Path, file: Path) -> bytes:
    """Seal a file with a key at hand, in this process; return the receipt's bytes."""
    installation = Installation.open(home)
    chain = library.embedded(installation)
    chain_id = chain.identity().chain_id
    drafts = library.draft_all(installation, [file], AUTHOR, Said(), chain_id)
    return library.anchor_all(installation, chain, "local", drafts, WAIT)[0].receipt.encode()


def die_with_a_receipt(_said: Connection, home: Path, file: Path) -> None:
    """Write a file's pending receipt, and be killed before the queue has heard of it."""
    installation = Installation.open(home)
    chain = library.embedded(installation)
    library.draft_all(installation, [file], AUTHOR, Said(), chain.identity().chain_id)
    os.kill(os.getpid(), signal.SIGKILL)


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
    except (EOFError, OSError):
        heard.close()
    process.join(60)
    return all_said
