"""What the faults trial runs: a home, its worker, who adds, who reads, a server; all supervised."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ledger.adapters.keystore import Keystore
from ledger.batch import Stage
from ledger.ports import DebtState, Queue
from ledger.services.receipts import IN_A_BLOCK
from ledger.wiring import Installation
from tests.ipfs_nodes import kubo_rpc_node
from tests.nodes import ROOT, AnvilNode, anvil
from tests.postgres import PostgresServer, postgres_server
from tests.trials.anchor_processes import Where
from tests.trials.fault_supervised import GIVE_UP, Kept, Poster, Said
from tests.trials.faulty_proxy import FaultyProxy, faulty_proxy

CHAIN = "node"
CHAIN_ID = 484_848
IPFS_TIMEOUT = 2
_PASSPHRASE = "correct horse"


@dataclass(slots=True)
class Stack:
    """Everything that runs, and where it can be broken."""

    home: Path
    node: AnvilNode
    other: AnvilNode
    rpc: FaultyProxy
    ipfs: FaultyProxy
    postgres: PostgresServer | None
    queue: Queue
    target: str  # the name of the node that pins
    said: Said
    environment: dict[str, str]
    worker: Kept
    server: Kept
    adders: list[Kept]
    reader: Kept
    poster: "Poster"
    commands: list[dict[str, object]] = field(default_factory=list)

    @property
    def where(self) -> Where:
        """Return the home as the other trials name it."""
        return Where(self.home, CHAIN, self.node.keys[0])

    @property
    def readers(self) -> Path:
        """Return the home of whoever verifies."""
        return self.home.parent / "readers"

    @property
    def processes(self) -> list[Kept]:
        """Return all that are kept."""
        return [self.worker, self.server, *self.adders, self.reader]

    def wait_until_anchored(self, what: str) -> float:
        """Return how long it takes until what is acknowledged now is in blocks."""
        began, size = time.monotonic(), self.queue.size() + 1  # a leaf that came after it
        while not self.anchored(size):
            if time.monotonic() - began > GIVE_UP:
                raise SystemExit(
                    f"expected anchoring to go on by itself after {what}: {self.said.last[-8:]}, "
                    f"ended {[one.ends for one in self.processes]}"
                )
            time.sleep(0.05)
        return time.monotonic() - began

    def anchored(self, size: int) -> bool:
        """Say whether that many leaves are in blocks."""
        batch = self.queue.batch_of(size - 1)
        return batch is not None and batch.stage in IN_A_BLOCK

    def wait_until_pinned(self, what: str) -> float:
        """Return how long it takes until what is published now is pinned."""
        began = time.monotonic()
        published = self.queue.batches((Stage.PUBLISHED,))
        while published and not self.pinned(published[-1].end):
            if time.monotonic() - began > GIVE_UP:
                raise SystemExit(f"expected pins to be paid by themselves after {what}")
            time.sleep(0.05)
        return time.monotonic() - began

    def pinned(self, end: int) -> bool:
        """Say whether the manifest of the batch that ends there is pinned, as the node said."""
        debts = self.queue.debts().after(self.target, end - 1, 1)
        return bool(debts) and debts[0].state is DebtState.PINNED

    def acknowledged(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield what those who add wrote down: who, its number, the index, the leaf hash."""
        for file in sorted(self.home.parent.glob("acknowledged-*")):
            for line in file.read_text().splitlines():
                number, at, index, leaf = json.loads(line)
                yield number, at, index, bytes.fromhex(leaf)

    def run(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command as a person would, now."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.trials.fault_processes", "command", *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def running(folder: Path, seed: int, *, with_postgres: bool = False) -> Iterator[Stack]:
    """Run a node, another of the same chain id, a home and all that works on it."""
    postgres = None
    with ExitStack() as held:
        chains = ("--slots-in-an-epoch", "1")
        node = held.enter_context(anvil(chain_id=CHAIN_ID, extra=chains))
        other = held.enter_context(
            anvil(chain_id=CHAIN_ID, extra=(*chains, "--timestamp", "1700000000"))
        )
        rpc = held.enter_context(faulty_proxy(node.url))
        rpc.mirror = other.url
        ipfs_node = held.enter_context(kubo_rpc_node(folder / "ipfs"))
        ipfs = held.enter_context(faulty_proxy(ipfs_node.rpc_url))
        settings = f'[ipfs]\nkubo = "{ipfs.url}"\ntimeout = {IPFS_TIMEOUT}\n'
        home = folder / "home"
        _made(folder / "readers", node, rpc.url, settings)
        if with_postgres:
            postgres = held.enter_context(postgres_server())
            settings += f'[database]\nurl = "{postgres.new_database()}"\n'
        _made(home, node, rpc.url, settings)
        _founded(home, node)
        environment = {
            **os.environ,
            "SEALBOOK_HOME": str(home),
            "SEALBOOK_PASSPHRASE_FILE": str(folder / "passphrase"),
        }
        said = Said()

        def kept(*words: str) -> Kept:
            process = Kept(words, environment, said)
            held.callback(_end, process)
            return process

        adders = [
            kept("add", str(home), CHAIN, str(folder / f"acknowledged-{number}"), str(number))
            for number in range(2)
        ]
        server = kept("command", "serve", "--no-worker", "--port", "0")
        installation = Installation.open(home)
        stack = Stack(
            home=home,
            node=node,
            other=other,
            rpc=rpc,
            ipfs=ipfs,
            postgres=postgres,
            queue=installation.queue(CHAIN),
            target=installation.pinning(CHAIN).pinners[0].name,
            said=said,
            environment=environment,
            worker=kept("command", "anchor", "--worker", "--interval", "0.2"),
            server=server,
            adders=adders,
            reader=kept("read", str(home), CHAIN, str(folder), str(seed), str(folder / "readers")),
            poster=Poster(server),
        )
        stack.poster.start()
        held.callback(stack.poster.done.set)
        yield stack


def _made(home: Path, node: AnvilNode, rpc: str, settings: str) -> None:
    home.mkdir()
    block = node.ask("eth_getBlockByNumber", "0x0", False)
    assert isinstance(block, dict)
    (home / "config.toml").write_text(
        f'chain = "{CHAIN}"\n[chains.{CHAIN}]\nrpc = "{rpc}"\nchain_id = {CHAIN_ID}\n'
        f'genesis = "{block["hash"]}"\nsubmitter = "payer"\n{settings}'
    )


def _founded(home: Path, node: AnvilNode) -> None:
    passphrase = home.parent / "passphrase"
    passphrase.write_text(_PASSPHRASE + "\n")
    passphrase.chmod(0o600)
    Keystore(home / "keys", kdf=16).add("payer", node.keys[0], _PASSPHRASE)
    installation = Installation.open(home)
    writer = installation.chain(CHAIN, node.keys[0])
    installation.found(writer, CHAIN, writer.submitter)
    installation.queue(CHAIN)


def _end(process: Kept) -> None:
    process._wanted = False
    with suppress(OSError):
        process.process.kill()
    process._thread.join(GIVE_UP)
