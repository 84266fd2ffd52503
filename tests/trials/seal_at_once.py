"""Several processes seal at once on one home, from the first moment on; and some are killed.

    python -m tests.trials.seal_at_once [--seed N] [--long] [--write]

First on a home that does not exist yet. Then all of them the same file. Then one after the other
is killed with kill -9 while it seals, at a random moment, and the file is sealed again.
"""

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ledger import library
from ledger.leaf import Leaf
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.wiring import Installation
from tests.trials.seal_processes import (
    die_with_a_receipt,
    heard_until_the_end,
    seal,
    seal_by_library,
    sealed,
    start,
)

RESULTS = Path(__file__).parent / "results" / "seal_at_once.json"
PROCESSES = 4
SHORT = (1, 4)  # files a process, kills
LONG = (5, 40)

Result = dict[str, object]


def works(folder: Path, name: str, count: int) -> list[Path]:
    """Write works, each another."""
    files = [folder / f"{name}-{number}.bin" for number in range(count)]
    for file in files:
        file.write_bytes(file.name.encode())
    return files


def first_run(folder: Path, home: Path, each: int) -> list[Receipt]:
    """Seal by four processes at once on a home that is not there; return all receipts."""
    files = [works(folder, f"process-{number}", each) for number in range(PROCESSES)]
    running = [start(seal_by_library, home, some) for some in files]
    receipts = []
    for (process, heard), some in zip(running, files, strict=True):
        said = heard_until_the_end(process, heard)
        assert process.exitcode == 0, f"a process ended with {process.exitcode}"
        assert len(said) == len(some)
        for file, data in zip(some, said, strict=True):
            assert isinstance(data, bytes)
            assert file.with_name(f"{file.name}.seal.json").read_bytes() == data
            receipts.append(Receipt.decode(data))
            assert library.verify(file, home=home).verdict is Verdict.VERIFIED
    return receipts


def same_file(folder: Path, home: Path) -> Receipt:
    """Seal one file by four processes at once; return its one receipt."""
    (file,) = works(folder, "the-same", 1)
    running = [start(seal, home, file) for _ in range(PROCESSES)]
    said = [heard_until_the_end(*one) for one in running]
    (data,) = {str(one[-1]): one[-1] for one in said}.values()
    assert isinstance(data, bytes)
    return Receipt.decode(data)


def killed(home: Path, file: Path, moment: float | None) -> str:
    """Kill a process that seals the file (None: with its receipt written, nothing queued)."""
    if moment is None:
        process, heard = start(die_with_a_receipt, home, file)
        assert heard_until_the_end(process, heard) == []
    else:
        process, heard = start(seal, home, file)
        heard.recv()
        time.sleep(moment)
        process.kill()
        heard_until_the_end(process, heard)
    return how_far(home, file)


def how_far(home: Path, file: Path) -> str:
    """Return how far the sealing of a file has got, by what is on the disk."""
    path = file.with_name(f"{file.name}.seal.json")
    if not path.exists():
        return "nothing written"
    receipt = Receipt.decode(path.read_bytes())
    if receipt.anchors:
        return "receipt anchored"
    index = Installation.open(home).queue("local").find(Leaf.of(receipt.signed).hash)
    if index is None:
        return "receipt pending"
    batch = Installation.open(home).queue("local").batch_of(index)
    return "acknowledged" if batch is None else f"batch {batch.stage.value}"


def require_one_claim_a_file(home: Path, receipts: Sequence[Receipt]) -> None:
    """Raise unless the queue holds just these receipts' claims, one leaf each, all anchored."""
    queue = Installation.open(home).queue("local")
    assert queue.size() == len(receipts)
    assert all(receipt.anchors for receipt in receipts)
    indexes = [one.inclusion.index for one in receipts if one.inclusion is not None]
    assert sorted(indexes) == list(range(len(receipts)))
    for receipt in receipts:
        assert receipt.inclusion is not None
        assert receipt.inclusion.proves(receipt.leaf_hash)
        assert queue.find(receipt.leaf_hash) == receipt.inclusion.index


def trial(folder: Path, seed: int, *, long: bool) -> Result:
    """Run the trial; AssertionError when a claim was lost, doubled or left unanchored."""
    each, kills = LONG if long else SHORT
    chance, began = random.Random(seed), time.monotonic()
    home = folder / "home"
    receipts = first_run(folder, home, each)
    first = round(time.monotonic() - began, 1)
    receipts.append(same_file(folder, home))
    deaths = Counter[str]()
    for number in range(kills):
        (file,) = works(folder, f"killed-{number}", 1)
        moment = None if number % 4 == 0 else chance.uniform(0, 0.4)
        deaths[killed(home, file, moment)] += 1
        path = file.with_name(f"{file.name}.seal.json")
        before = Receipt.decode(path.read_bytes()) if path.exists() else None
        receipt = Receipt.decode(sealed(home, file))
        assert before is None or before.signed == receipt.signed
        receipts.append(receipt)
    require_one_claim_a_file(home, receipts)
    installation = Installation.open(home)
    assert len(installation.keystore.addresses()) == 1
    return {
        "seed": seed,
        "processes": PROCESSES,
        "sealed_at_once": PROCESSES * each,
        "seconds_from_no_home": first,
        "claims": len(receipts),
        "kills": deaths.total(),
        "killed_when": dict(sorted(deaths.items())),
        "lost": 0,
        "doubled": 0,
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """Run the trial and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--write", action="store_true", help="keep the result as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = trial(Path(name), args.seed, long=args.long)
    print(json.dumps(result, indent=1))
    if args.write:
        RESULTS.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
