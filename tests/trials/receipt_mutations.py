"""Receipts edited by hand, field by field, through the whole program: none is verified.

    python -m tests.trials.receipt_mutations [--seed N] [--each N] [--write]

A real work is sealed among others on an embedded chain; then its receipt is changed in every
field, and judged online and offline as `sealbook verify WORK --receipt RECEIPT` does. The table
counts, for each field, the exit codes that came.
"""

import argparse
import contextlib
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ledger import library
from ledger.cli.main import main as sealbook
from ledger.drafts import Author, Said
from ledger.secp256k1 import address_of_key
from ledger.wiring import Installation
from tests.mutations import mutations

RESULTS = Path(__file__).parent / "results" / "receipt_mutations.json"
OTHERS = 6  # works sealed beside it, so that its proof has hashes

Table = dict[str, dict[str, dict[str, int]]]


def sealed(folder: Path) -> Path:
    """Seal a work among others in a new home; return its path."""
    installation = Installation.open(folder / "home")
    key = bytes([7]) * 32
    author = Author(address_of_key(key), key)
    steps = folder / "steps.jsonl"
    steps.write_text('{"kind":"generate","seed":"1"}\n{"kind":"select"}\n')
    works = [folder / f"work-{number}.bin" for number in range(OTHERS + 1)]
    for number, work in enumerate(works):
        work.write_bytes(b"work" * 100 + bytes([number]))
    chain = library.embedded(installation)
    said = Said(title="a title", licence="CC0-1.0", process=steps)
    drafts = library.draft_all(installation, works, author, said, chain.identity().chain_id)
    library.anchor_all(installation, chain, "local", drafts, 60)
    return works[OTHERS // 2]


def exit_code(words: list[str]) -> int:
    """Run the program within this process; an exception that escapes it ends the trial."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return sealbook(words)


def trial(folder: Path, seed: int, each: int) -> Table:
    """Judge every mutation online and offline; return exit codes by field and by way of asking."""
    os.environ["SEALBOOK_HOME"] = str(folder / "home")
    work = sealed(folder)
    good = work.with_name(f"{work.name}.seal.json")
    edited = folder / "edited.seal.json"
    ways: Mapping[str, list[str]] = {"online": [], "offline": ["--offline"]}
    for way, flags in ways.items():
        code = exit_code(["verify", str(work), "--receipt", str(good), *flags])
        if code != 0:
            raise SystemExit(f"expected the true receipt to be verified {way}, got {code}")
    counts: dict[str, dict[str, Counter[str]]] = {}
    for mutation in mutations(good.read_bytes(), seed, each):
        edited.write_bytes(mutation.data)
        for way, flags in ways.items():
            code = exit_code(["verify", str(work), "--receipt", str(edited), *flags])
            if code == 0:
                raise SystemExit(f"verified {way}: {mutation.field}: {mutation.what}")
            field = counts.setdefault(mutation.field, {name: Counter() for name in ways})
            field[way][str(code)] += 1
    return {
        field: {way: dict(sorted(found.items())) for way, found in by_way.items()}
        for field, by_way in sorted(counts.items())
    }


def lines(table: Table) -> Iterator[str]:
    """Return the table as text."""
    total = sum(sum(by_way["online"].values()) for by_way in table.values())
    yield f"{total} mutations, each online and offline; exit codes by field"
    for field, by_way in table.items():
        said = "   ".join(
            f"{way} " + " ".join(f"{code}:{count}" for code, count in found.items())
            for way, found in by_way.items()
        )
        yield f"{field:<48} {said}"


def main() -> None:
    """Run the trial and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="keep the result as JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        table = trial(Path(name), args.seed, args.each)
    print("\n".join(lines(table)))
    if args.write:
        kept = {"seed": args.seed, "each": args.each, "fields": table}
        RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
