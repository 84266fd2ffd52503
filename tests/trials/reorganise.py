"""Random reorganisations of a real node under a stream of claims and of key events.

    python -m tests.trials.reorganise [--seed N] [--long] [--write]

A worker in a process of its own anchors all the while; others follow, ask and hold receipts. What
was called final must stay, and at the end every claim that was acknowledged has a receipt that
verifies, index and key states are those of the chain, and no transaction was paid for in vain.
"""

import argparse
import json
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.batch import Stage
from ledger.errors import LedgerError
from ledger.services import inclusion
from ledger.signing import Home
from ledger.wiring import Installation
from tests.nodes import anvil
from tests.trials.anchor_processes import Where, start
from tests.trials.branching_node import DEEPEST, FINAL_DEPTH, OPTIONS, Branches, Kind
from tests.trials.claim_stream import AUTHORS, Streams, delegate_of, running
from tests.trials.final_watch import Watch, require_followed
from tests.trials.reorganised_end import Result, address, require_all
from tests.worlds import World

RESULTS = Path(__file__).parent / "results" / "reorganise.json"
CHAIN, CHAIN_ID = "node", 4_242
LONG, SHORT = 200, 4
CLAIMING = 3  # threads
BREATH = 1.2  # seconds from one reorganisation to the next, at the most
GIVE_UP = 120.0
PATIENCE = 3.0


@dataclass(slots=True)
class Trial:
    """A home with a ledger on a node that is reorganised, and all who work on it."""

    where: Where
    branches: Branches
    streams: Streams
    watch: Watch
    world: World
    chance: random.Random

    def run(self, count: int) -> dict[str, dict[str, int]]:
        """Reorganise so many times; return how often, by depth and by what came back."""
        depths = [1 + at % DEEPEST for at in range(count)]
        kinds = [list(Kind)[at % len(Kind)] for at in range(count)]
        if count < DEEPEST:
            depths = [self.chance.randint(1, DEEPEST) for _ in depths]
        self.chance.shuffle(depths)
        self.chance.shuffle(kinds)
        for depth, kind in zip(depths, kinds, strict=True):
            time.sleep(self.chance.uniform(0.1, BREATH))
            with self.streams.keys:
                self.branches.reorganise(depth, kind, self._between)
            if self.chance.random() < 1 / 2:
                with self.branches.still:
                    require_followed(self.watch.installation, CHAIN)
            for failure in self.streams.failures + self.watch.failures:
                raise failure
        return {
            "by_depth": {f"{depth:02}": n for depth, n in sorted(Counter(depths).items())},
            "by_kind": dict(Counter(kind.value for kind in kinds)),
        }

    def _between(self) -> None:
        time.sleep(self.chance.choice((0.0, 0.05, 0.3)))


def anchor_all_along(said: Connection, where: Where) -> None:
    """Anchor all the time, until told to stop; say what came of it."""
    # anvil's pool can keep a transaction for ever: it is outbid sooner than on a public chain
    inclusion.POLL_SECONDS, inclusion.PATIENCE_SECONDS = 0.05, 2.0
    _, worker = where.open()
    anchored, overturned, put_off, named = 0, 0, Counter[str](), re.compile(r"0x\w+|\d+")
    said.send("ready")
    while not said.poll():
        try:
            progress = worker.run(PATIENCE)
            anchored += progress.anchored
            overturned += progress.overturned
        except LedgerError as cause:  # as `anchor --worker` and `serve`: at the next turn again
            put_off[f"{type(cause).__name__}: {named.sub('N', str(cause))[:60]}"] += 1
        time.sleep(0.05)
    said.send((anchored, overturned, dict(put_off)))


@contextmanager
def opened(folder: Path, seed: int, *, pause: float) -> Iterator[Trial]:
    """Yield a trial that is ready to begin: founded, delegated, and all of that final."""
    home, chance = folder / "home", random.Random(seed)
    home.mkdir()
    with ExitStack() as stack:
        node = stack.enter_context(anvil(chain_id=CHAIN_ID, mining=False, extra=OPTIONS))
        settings = f'chain = "{CHAIN}"\n[chains.{CHAIN}]\nrpc = "{node.url}"\n'
        (home / "config.toml").write_text(f"{settings}chain_id = {CHAIN_ID}\n")
        where = Where(home, CHAIN, node.keys[0])
        branches = Branches(node, chance)
        mining = threading.Thread(target=branches.mine_on)
        stack.callback(mining.join)
        stack.callback(branches.end)
        mining.start()
        installation = Installation.open(home)
        writer = installation.chain(CHAIN, where.submitter_key)
        installation.found(writer, CHAIN, writer.submitter)
        payer = stack.enter_context(JsonRpcChain(node.url, node.keys[1]))
        reader = stack.enter_context(JsonRpcReader(node.url))
        world = World(payer, reader)
        for name in AUTHORS:
            world.delegate(name, address(delegate_of(name)))
        node.mine(FINAL_DEPTH)
        streams = Streams(
            Home(CHAIN_ID, installation.contracts.keys), installation.queue(CHAIN), pause
        )
        yield Trial(where, branches, streams, Watch(Installation.open(home), CHAIN), world, chance)


def trial(folder: Path, seed: int, count: int, *, pause: float = 0.8) -> Result:
    """Run the trial; AssertionError when a promise was broken."""
    began = time.monotonic()
    with opened(folder, seed, pause=pause) as ours:
        streams, watch = ours.streams, ours.watch
        process, line = start(anchor_all_along, ours.where)
        try:
            line.recv()
            jobs: list[tuple[Callable[..., None], tuple[object, ...]]] = [
                (streams.claims, (thread, seed + thread)) for thread in range(CLAIMING)
            ]
            jobs += [(streams.key_events_of, (ours.world, seed)), (watch.watch, (streams, seed))]
            threads = [threading.Thread(target=job, args=given) for job, given in jobs]
            for thread in threads:
                thread.start()
            try:
                counts = ours.run(count)
            finally:
                streams.end()
                watch.end()
                still = running(*threads)
            assert not still
            reorganising = time.monotonic() - began
            _come_to_rest(ours)
            line.send("stop")
            anchored, overturned, put_off = line.recv()
            process.join(GIVE_UP)
        finally:
            process.kill()
            process.join()
        assert streams.failures + watch.failures == []
        assert (streams.moved, overturned) == ([], 0)
        ours.branches.end()
        found = require_all(ours.where, ours.branches, streams, watch)
    return {
        "seed": seed,
        "reorganisations": count,
        **counts,
        "transactions_that_went_away": ours.branches.transactions,
        "brought_back_in_vain": ours.branches.refused,
        "key_transactions": streams.key_events,
        "leaves_put_into_blocks": anchored,
        "turns_put_off": put_off,
        **found,
        "seconds_of_reorganisations": round(reorganising, 1),
        "seconds": round(time.monotonic() - began, 1),
    }


def _come_to_rest(ours: Trial) -> None:
    """Wait until all that was acknowledged is final and published."""
    queue, give_up = ours.watch.installation.queue(CHAIN), time.monotonic() + GIVE_UP
    while True:
        ours.watch.look()
        last = queue.last_batch()
        if last is not None and last.end == queue.size() and last.end in ours.watch.final:
            return
        waiting = queue.batches((Stage.PREPARED, Stage.SENT, Stage.INCLUDED, Stage.FINAL))
        assert time.monotonic() < give_up, f"it does not come to rest: {waiting[:1]}"
        time.sleep(0.2)


def main() -> None:
    """Run the trial and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--write", action="store_true", help="keep the result as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = trial(Path(name), args.seed, LONG if args.long else SHORT)
    text = json.dumps(result, indent=1, sort_keys=True)
    print(text)
    if args.write:
        RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
