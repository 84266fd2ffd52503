"""kill -9 at every failpoint of anchoring and at random moments, under a stream of claims.

    python -m tests.trials.kill_anchor [--seed N] [--long] [--chain embedded|anvil] [--write]

A second worker anchors all the time, with leases so short that they run out under the first one.
After each kill all that was acknowledged is in the queue, each leaf once; after the last one and
a final run the queue's tree and the chain's are one, and every receipt proves.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.adapters.clocks import SystemClock
from ledger.batch import Stage
from ledger.services.anchoring import FAILPOINTS
from ledger.signed import SignedClaim
from ledger.wiring import Installation
from tests.nodes import AnvilNode, anvil
from tests.operators import Operator, require_whole, reverted
from tests.trials.anchor_processes import Trace, Where, add_and_anchor, only_anchor, start

RESULTS = Path(__file__).parent / "results" / "kill_anchor.json"
FOUNDING = 3  # transactions before the first anchor: two contracts and the ledger
LONG = (3, 50)  # rounds over the failpoints, random moments
SHORT = (1, 3)
LONGEST = 0.6  # seconds from when it is at work until a kill at a random moment
GIVE_UP = 120.0

Result = dict[str, object]


class Heard(threading.Thread):
    """What a process says was acknowledged, until it ends, however it ends."""

    def __init__(self, line: Connection) -> None:
        super().__init__()
        self._line = line
        self.ready = threading.Event()
        self.leaves: dict[bytes, int] = {}
        self.moved: list[bytes] = []

    def run(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                said = self._line.recv()
                if said == "ready":
                    self.ready.set()
                    continue
                for leaf, index in said:
                    if self.leaves.setdefault(leaf, index) != index:
                        self.moved.append(leaf)
        self._line.close()


@contextmanager
def founded(chain: str, folder: Path) -> Iterator[tuple[Where, AnvilNode | None]]:
    """Yield a home with a ledger on that chain, and the node if there is one."""
    home = folder / "home"
    with anvil(extra=("--slots-in-an-epoch", "1")) if chain == "anvil" else nullcontext() as node:
        if node is None:
            where = Where(home, "local")
        else:
            home.mkdir()
            (home / "config.toml").write_text(f'[chains.node]\nrpc = "{node.url}"\n')
            where = Where(home, "node", node.keys[0])
        installation = Installation.open(home)
        writer = installation.chain(where.chain, where.submitter_key)
        installation.found(writer, where.chain, writer.submitter)
        installation.queue(where.chain)
        yield where, node


def kill_one(where: Where, round_: int, failpoint: str | None, moment: float) -> tuple[str, Heard]:
    """Run a process until it kills itself at the failpoint, or is killed; say where that was."""
    process, line = start(add_and_anchor, where, round_, failpoint)
    heard = Heard(line)
    heard.start()
    try:
        if not heard.ready.wait(GIVE_UP):
            raise SystemExit("expected a process that gets ready, it does not")
        if failpoint is None:
            _see_at_work(where)
            time.sleep(moment)
        else:
            process.join(GIVE_UP)
        if failpoint is not None and process.is_alive():
            raise SystemExit(f"expected the process to come to {failpoint}, it does not")
    finally:
        process.kill()
        process.join()
        heard.join()
    place = Trace(where.home / "trace").place()
    if failpoint not in {None, place}:
        raise SystemExit(f"expected the kill at {failpoint}, it was at {place}")
    return place, heard


def _see_at_work(where: Where) -> None:
    """Wait until the first worker has the lease: else most kills would fall on waiting for it."""
    trace, give_up = Trace(where.home / "trace"), time.monotonic() + GIVE_UP
    while trace.place() == "idle":
        if time.monotonic() > give_up:
            raise SystemExit("expected the first worker to get the lease, it does not")
        time.sleep(0.005)


def trial(chain: str, folder: Path, seed: int, *, long: bool) -> Result:
    """Run the trial; AssertionError or SystemExit when anything was lost, doubled or reverted."""
    each, moments = LONG if long else SHORT
    chance = random.Random(seed)
    plan: list[str | None] = [*(FAILPOINTS * each), *[None] * moments]
    chance.shuffle(plan)
    named, at_random, acknowledged = Counter[str](), Counter[str](), dict[bytes, int]()
    began = time.monotonic()
    with founded(chain, folder) as (where, node):
        queue = Installation.open(where.home).queue(where.chain)
        second, line = start(only_anchor, where)
        line.recv()
        try:
            for round_, failpoint in enumerate(plan):
                moment = chance.uniform(0, LONGEST)
                place, heard = kill_one(where, round_, failpoint, moment)
                (at_random if failpoint is None else named)[place] += 1
                assert heard.moved == []
                for leaf, index in heard.leaves.items():
                    assert acknowledged.setdefault(leaf, index) == index
                    assert queue.find(leaf) == index, "acknowledged and lost, or moved"
                assert second.is_alive()
            line.send("stop")
            by_second = line.recv()
            second.join(GIVE_UP)
        finally:
            second.kill()
            second.join()
        batches = require_all(where, node, acknowledged)
    leaves = queue.size()
    return {
        "seed": seed,
        "chain": chain,
        "kills_at_failpoints": dict(sorted(named.items())),
        "kills_at_random_after": dict(sorted(at_random.items())),
        "kills": named.total() + at_random.total(),
        "acknowledged": len(acknowledged),
        "leaves": leaves,
        "batches": batches,
        "leaves_anchored_by_the_second_worker": by_second,
        "lost": 0,
        "doubled": 0,
        "reverted": 0,
        "seconds": round(time.monotonic() - began, 1),
    }


def require_all(where: Where, node: AnvilNode | None, acknowledged: Mapping[bytes, int]) -> int:
    """Run once more, then raise unless queue and chain are one; return how many batches."""
    operator = operator_of(where)
    time.sleep(1.2)  # whoever was killed may hold the lease
    worker = operator.anchoring("final")
    worker.run()
    if node is not None:
        node.mine(4)
    progress = worker.run()
    assert (progress.waiting, progress.unfinal) == (0, 0)
    require_whole(operator)
    leaves = operator.queue.leaves(0, operator.queue.size())
    hashes = [leaf.leaf_hash for leaf in leaves]
    assert all(hashes[index] == leaf for leaf, index in acknowledged.items())
    ids = [leaf.signed.id for leaf in leaves if isinstance(leaf.signed, SignedClaim)]
    assert len(set(ids)) == len(ids) == len(leaves)
    batches = operator.queue.batches(tuple(Stage))
    assert {batch.stage for batch in batches} == {Stage.PUBLISHED}
    assert transactions(operator, node) == FOUNDING + len(batches)
    return len(batches)


def transactions(operator: Operator, node: AnvilNode | None) -> int:
    """Return how many transactions the submitter got into blocks; raise if one reverted."""
    if node is None:  # each block has one, and none that would revert is ever mined
        head = operator.chain.block("latest")
        assert head is not None
        return head.number
    assert reverted(node) == []
    count = node.ask("eth_getTransactionCount", f"0x{operator.chain.submitter.hex()}", "latest")
    return int(str(count), 16)


def operator_of(where: Where) -> Operator:
    """Return the home's operator, to run once more and to look."""
    installation = Installation.open(where.home)

    def again() -> object:
        return installation.chain(where.chain, where.submitter_key)

    chain = installation.chain(where.chain, where.submitter_key)
    return Operator(
        chain,
        again,  # type: ignore[arg-type]
        installation.founded(where.chain),
        installation.queue(where.chain),
        installation.blocks,
        SystemClock(),
    )


def lines(result: Result) -> Iterator[str]:
    """Return the result as text, the kills as a histogram."""
    yield (
        f"{result['chain']}: {result['kills']} kills in {result['seconds']} s, seed "
        f"{result['seed']}: {result['acknowledged']} claims acknowledged, {result['leaves']} "
        f"leaves in {result['batches']} batches, lost 0, doubled 0, reverted 0"
    )
    for title in ("kills_at_failpoints", "kills_at_random_after"):
        yield f"  {title.replace('_', ' ')}"
        counts = result[title]
        assert isinstance(counts, dict)
        for place in ("idle", *FAILPOINTS):
            if counts.get(place):
                yield f"    {place:<16}{counts[place]:>4}  {'#' * counts[place]}"


def main() -> None:
    """Run the trial and print where the kills fell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--chain", choices=("embedded", "anvil"), default="embedded")
    parser.add_argument("--write", action="store_true", help="keep the result as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = trial(args.chain, Path(name), args.seed, long=args.long)
    print("\n".join(lines(result)))
    if args.write:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept[args.chain] = result
        RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
