"""Faults at random moments under load: what breaks, heals by itself; nothing acknowledged is lost.

    python -m tests.trials.faults [--seed N] [--long] [--engine files|postgres] [--write]

Several processes add claims, one anchors, one verifies, one serves. After each fault the engine
comes back, and nothing else is done. At the end all is compared with what was acknowledged.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.trials.fault_ends import receipt_of, require_all
from tests.trials.fault_processes import PATIENCE
from tests.trials.fault_stack import IPFS_TIMEOUT, Stack, running
from tests.trials.fault_supervised import GIVE_UP
from tests.trials.node_lies import another_chain, corrupted, left_out_log, stale, wrong_receipt

RESULTS = Path(__file__).parent / "results" / "faults.json"
LONG, SHORT = 50, 1
COMMAND_EACH = 4  # faults: then a command is run in the midst of one
HALF = 0.5
FOUNDING = 3  # transactions before the first anchor

Result = dict[str, object]
Fault = Callable[[Stack, Random], float]  # does it, heals it, returns how long it lasted


def rpc_gone(stack: Stack, chance: Random) -> float:
    """Let the node refuse connections, and cut those that it has."""
    stack.rpc.gone()
    return _for(chance, 0.2, 1.5)


def rpc_slow(stack: Stack, chance: Random) -> float:
    """Let the node answer later than anybody waits."""
    stack.rpc.slow(1.5 * PATIENCE)
    return _for(chance, 0.5, 1.8)


def rpc_old_block(stack: Stack, chance: Random) -> float:
    """Let the node tell the past."""
    stack.rpc.behaviour = stale(stack.node.ask, chance.randint(1, 8))
    return _for(chance, 0.2, 1.2)


def rpc_wrong_receipt(stack: Stack, chance: Random) -> float:
    """Let the node tell what became of transactions wrongly."""
    stack.rpc.behaviour = wrong_receipt(chance, _receipts(stack))
    return _for(chance, 0.2, 1.2)


def rpc_left_out_log(stack: Stack, chance: Random) -> float:
    """Let the node leave out logs."""
    stack.rpc.behaviour = left_out_log(chance)
    return _for(chance, 0.2, 1.2)


def rpc_another_chain(stack: Stack, chance: Random) -> float:
    """Let another chain answer, of the same id, with the same contracts and transactions."""
    stack.rpc.behaviour = another_chain(stack.rpc, stack.other.url)
    return _for(chance, 0.05, 1.2)


def no_space(stack: Stack, chance: Random) -> float:
    """Let files not grow over some size, for some of the processes."""
    sizes = [path.stat().st_size for path in stack.home.rglob("*") if path.is_file()]
    most = chance.choice((0, 4096, chance.randint(0, max(sizes)), chance.choice(sizes)))
    processes = [one for one in stack.processes if chance.random() < 0.6] or [stack.worker]
    ids = [one.process.pid for one in processes]
    for one in ids:
        _limit(one, most)
    lasted = _for(chance, 0.2, 1.2)
    for one in ids:
        _limit(one, resource.RLIM_INFINITY)
    return lasted


def worker_killed(stack: Stack, chance: Random) -> float:
    """Kill the worker; the service manager starts it again."""
    lasted = _for(chance, 0.0, 1.0)
    stack.worker.kill()
    return lasted


def ipfs_gone(stack: Stack, chance: Random) -> float:
    """Let the IPFS node refuse connections, and cut those that it has."""
    stack.ipfs.gone()
    return _for(chance, 0.2, 1.5)


def ipfs_slow(stack: Stack, chance: Random) -> float:
    """Let the IPFS node answer later than anybody waits."""
    stack.ipfs.slow(1.5 * IPFS_TIMEOUT)
    return _for(chance, 0.5, 2.0)


def ipfs_corrupted(stack: Stack, chance: Random) -> float:
    """Let the IPFS node serve blocks that are not their names', with success."""
    stack.ipfs.behaviour = corrupted(chance)
    return _for(chance, 0.2, 1.5)


def postgres_restarted(stack: Stack, chance: Random) -> float:
    """Stop PostgreSQL, in order or as a crash does, and start it again."""
    assert stack.postgres is not None
    time.sleep(chance.uniform(0, 0.5))
    began = time.monotonic()
    stack.postgres.kill() if chance.random() < HALF else stack.postgres.stop()
    _for(chance, 0.0, 0.8)
    stack.postgres.start()
    return time.monotonic() - began


FAULTS: dict[str, Fault] = {
    one.__name__: one
    for one in (
        rpc_gone,
        rpc_slow,
        rpc_old_block,
        rpc_wrong_receipt,
        rpc_left_out_log,
        rpc_another_chain,
        no_space,
        worker_killed,
        ipfs_gone,
        ipfs_slow,
        ipfs_corrupted,
        postgres_restarted,
    )
}


KINDS = {
    "files": [kind for kind in FAULTS if kind != "postgres_restarted"],
    "postgres": ["postgres_restarted"],
}


def _for(chance: Random, least: float, most: float) -> float:
    seconds = chance.uniform(least, most)
    time.sleep(seconds)
    return seconds


def _limit(process: int, most: int) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def _receipts(stack: Stack) -> list[object]:
    found: list[object] = []
    for number in range(1, FOUNDING + 1):
        receipts = stack.node.ask("eth_getBlockReceipts", hex(number))
        assert isinstance(receipts, list)
        found += receipts
    return found


def trial(folder: Path, seed: int, each: int, kinds: Sequence[str]) -> Result:
    """Run the trial; AssertionError or SystemExit when anything was lost, doubled or wrong."""
    chance = Random(seed)
    plan = [kind for kind in kinds for _ in range(each)]
    chance.shuffle(plan)
    told: dict[str, dict[str, object]] = {}
    began = time.monotonic()
    with running(folder, seed, with_postgres="postgres_restarted" in kinds) as stack:
        _warm(stack)
        receipt = _first(stack)
        lasted: dict[str, list[float]] = {kind: [] for kind in kinds}
        recovered: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn, kind in enumerate(plan):
            stack.said.kind = kind
            time.sleep(chance.uniform(0, 0.3))
            command = _command(stack, chance, receipt) if turn % COMMAND_EACH == 0 else None
            lasted[kind].append(FAULTS[kind](stack, chance))
            stack.rpc.right()
            stack.ipfs.right()
            recovered[kind].append(_recovered(stack, f"{kind}, the fault {turn}"))
            print(f"{turn:4} {kind}: {recovered[kind][-1]:.2f} s", file=sys.stderr, flush=True)
            if command is not None:
                _ended(stack, kind, *command)
        stack.said.kind = "none"
        ending = require_all(stack)
        for kind in kinds:
            told[kind] = {
                "injected": len(lasted[kind]),
                "recoveries": len(recovered[kind]),
                "longest_fault_seconds": round(max(lasted[kind]), 2),
                "slowest_recovery_seconds": round(max(recovered[kind]), 2),
                "errors": dict(stack.said.by_kind.get(kind, Counter()).most_common(12)),
                "lost": 0,
                "doubled": 0,
            }
    return {
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "faults": told,
        **ending,
    }


def _recovered(stack: Stack, what: str) -> float:
    """Wait until what was acknowledged before is anchored and, after IPFS's faults, pinned."""
    took = stack.wait_until_anchored(what)
    return took + stack.wait_until_pinned(what) if what.startswith("ipfs") else took


def _warm(stack: Stack) -> None:
    """Wait until a first claim was verified by its receipt and by its digest."""
    give_up = time.monotonic() + 2 * GIVE_UP
    while not {'"digest", "verdict": "verified"', '"receipt", "verdict": "verified"'} <= {
        line.partition('"how": ')[2].partition(', "final"')[0] for line in stack.reader.output
    }:
        if time.monotonic() > give_up:
            raise SystemExit(f"expected a first claim verified: {stack.said.strange[-5:]}")
        time.sleep(0.1)


def _first(stack: Stack) -> Path:
    """Write the receipt of the first claim that was acknowledged; it is final by now."""
    path = stack.home.parent / "first.seal.json"
    ended = stack.run("sync", "--json")
    ended.communicate(timeout=GIVE_UP)
    index = min(row[2] for row in stack.acknowledged())
    row = next(row for row in stack.acknowledged() if row[2] == index)
    path.write_bytes(receipt_of(stack, row[0], row[1]).encode())
    return path


def _command(stack: Stack, chance: Random, receipt: Path) -> "tuple[list[str], object]":
    words = chance.choice(
        (
            ["verify", str(receipt), "--json"],
            ["verify", str(receipt)],
            ["sync"],
            ["doctor"],
            ["chain", "status"],
        )
    )
    return words, stack.run(*words)


def _ended(stack: Stack, kind: str, words: list[str], process: object) -> None:
    import subprocess

    assert isinstance(process, subprocess.Popen)
    out, err = process.communicate(timeout=GIVE_UP)
    right = {"verify": {0, 3, 8}}.get(words[0], {0, 1})
    stack.commands.append({"kind": kind, "command": words[0], "code": process.returncode})
    for line in err.splitlines():
        stack.said.take(line)
    if process.returncode not in right:
        raise SystemExit(
            f"{kind}: `sealbook {words[0]}` ended with {process.returncode}: {out} {err}"
        )


def main() -> None:
    """Run the trial and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--each", type=int)
    parser.add_argument("--engine", choices=sorted(KINDS), default="files")
    parser.add_argument("--kind", action="append", choices=sorted(FAULTS))
    parser.add_argument("--write", action="store_true", help="keep the result as JSON")
    args = parser.parse_args()
    each = args.each or (LONG if args.long else SHORT)
    with tempfile.TemporaryDirectory() as name:
        result = trial(Path(name), args.seed, each, args.kind or KINDS[args.engine])
    print(json.dumps(result, indent=1))
    if args.write:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept[args.engine] = result
        RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
