"""An index remade from a chain and IPFS alone: claims a second, the same on both databases.

    python -m tests.trials.rebuild [--claims N] [--seed N] [--write]

Signed claims are anchored on a real EVM node in batches of 10,000, their manifests pinned on a
real IPFS node. A home that has never seen any of it rebuilds its index: with every block fetched
from the IPFS node, then with the blocks at hand, into SQLite and into PostgreSQL. Beside it in
the same run: the manifests alone, read, verified by their hashes and put together.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.batch import Stage
from ledger.cid import Cid, export_file, import_file
from ledger.ports import BlockSource
from ledger.signed import SignedClaim
from ledger.wiring import Installation
from ledger.wiring.stores import open_pinners, open_sources
from tests.answers import answers
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node
from tests.nodes import AnvilNode, anvil
from tests.operators import Operator, anvil_operator, shown
from tests.postgres import PostgresServer, postgres_server
from tests.worlds import World

RESULTS = Path(__file__).parent / "results" / "rebuild.json"
CHAIN_ID = 737_373
CLAIMS = 100_000
COMPARED = 2_000  # claims whose every answer is compared, with their receipts
ADDED_AT_ONCE = 5_000
AUTHORS = 20
# one slot an epoch: blocks are final two behind the head
QUICK_FINALITY = ("--slots-in-an-epoch", "1")


@dataclass(frozen=True, slots=True)
class Made:
    """What is on the chain and on the IPFS node: the claims, and the manifests' CIDs in order."""

    claims: list[SignedClaim]
    manifests: list[Cid]


@dataclass(frozen=True, slots=True)
class Engines:
    """The real engines of a run."""

    node: AnvilNode
    ipfs: KuboRpcNode
    server: PostgresServer

    def home(self, folder: Path, database: str | None) -> Installation:
        """Return a home that knows the chain and the IPFS node, and has nothing of its own."""
        folder.mkdir()
        settings = f"""
            chain = "public"
            [chains.public]
            rpc = "{self.node.url}"
            chain_id = {CHAIN_ID}
            [ipfs]
            kubo = "{self.ipfs.rpc_url}"
        """
        if database is not None:
            settings += f'[database]\nurl = "{database}"\n'
        (folder / "config.toml").write_text(settings, encoding="utf-8")
        return Installation.open(folder)


@contextmanager
def engines(folder: Path) -> Iterator[Engines]:
    """Run an EVM node, an IPFS node and PostgreSQL until the context ends."""
    with (
        anvil(chain_id=CHAIN_ID, extra=QUICK_FINALITY) as node,
        kubo_rpc_node(folder / "ipfs") as ipfs,
        postgres_server() as server,
    ):
        yield Engines(node, ipfs, server)


def make(running: Engines, folder: Path, count: int) -> Made:
    """Anchor the claims, and give the manifests to the IPFS node."""
    with anvil_operator(running.node, folder, "rebuild") as operator:
        claims = _acknowledged(operator, count)
        while operator.queue.batches((Stage.INCLUDED,)) or operator.held()[0] < count:
            operator.anchoring().run()
            operator.mine(4)
        batches = operator.queue.batches((Stage.PUBLISHED,))
        pinner = open_pinners(running.home(folder / "pinning", None).settings)[0]
        assert pinner.store is not None
        for batch in batches:
            pinner.store.put(import_file((operator.queue.manifest(batch.end),)))
            pinner.pin(Cid.decode(batch.manifest), f"manifest {batch.end}")
        return Made(claims, [Cid.decode(batch.manifest) for batch in batches])


def _acknowledged(operator: Operator, count: int) -> list[SignedClaim]:
    claims = []
    for start in range(0, count, ADDED_AT_ONCE):
        some = [
            operator.claim(seed, f"author {seed % AUTHORS}")
            for seed in range(start, min(start + ADDED_AT_ONCE, count))
        ]
        operator.queue.add([shown(claim) for claim in some], None)
        claims += some
    return claims


def trial(folder: Path, count: int, seed: int) -> dict[str, object]:
    """Rebuild in fresh homes; return seconds, claims a second, and what was compared."""
    with engines(folder) as running:
        made = make(running, folder, count)
        chosen = random.Random(seed).sample(made.claims, min(COMPARED, count))
        first = running.home(folder / "sqlite", None)
        second = running.home(folder / "postgresql", running.server.new_database())
        own, node = open_sources(first.settings)[:2]
        steps: dict[str, Callable[[], object]] = {
            "manifests alone, from the IPFS node": lambda: _read(made, node),
            # the first home fetches every block from the node; then they are at hand
            "rebuild, blocks from the IPFS node, SQLite": lambda: _rebuild(first),
            "manifests alone, blocks at hand": lambda: _read(made, own),
            "rebuild, blocks at hand, SQLite": lambda: _rebuild(first),
            "rebuild, blocks from the IPFS node, PostgreSQL": lambda: _rebuild(second),
            "rebuild, blocks at hand, PostgreSQL": lambda: _rebuild(second),
        }
        seconds = {name: _timed(step) for name, step in steps.items()}
        told = [_answers(home, chosen) for home in (first, second)]
        for home in (first, second):
            home.index.close()
        if told[0] != told[1]:
            raise SystemExit("the two databases answer differently")
    return {
        "claims": count,
        "seed": seed,
        "batches": len(made.manifests),
        "seconds": {name: round(spent, 3) for name, spent in seconds.items()},
        "claims_a_second": {name: round(count / spent) for name, spent in seconds.items()},
        "compared": {
            "claims": len(chosen),
            "bytes": len(told[0]),
            "sha256": hashlib.sha256(told[0]).hexdigest(),
        },
    }


def _read(made: Made, source: BlockSource) -> None:
    """Fetch, verify and put together every manifest, and hash it: the least that a rebuild does."""
    for cid in made.manifests:
        hashlib.sha256(b"".join(export_file(cid, source.get))).digest()


def _rebuild(home: Installation) -> None:
    home.delete_index()
    home.syncing("public").run()


def _answers(home: Installation, about: list[SignedClaim]) -> bytes:
    reader = home.reader("public")
    world = World(reader, reader)  # type: ignore[arg-type]
    assert home.index.counts(world.identity).missing_manifests == 0
    return answers(world, home.index, about, [f"author {number}" for number in range(AUTHORS)])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Run the trial and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=CLAIMS)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS.name}")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        told = trial(Path(name), args.claims, args.seed)
    text = json.dumps(told, indent=1)
    print(text)
    if args.write:
        RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
