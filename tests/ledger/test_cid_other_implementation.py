"""CIDs equal to those of ipfs-unixfs-importer (JavaScript), run beside ours, and to the vectors.

Its packages are looked for in .tools/node_modules, or where SEALBOOK_NODE_MODULES says.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ledger.cid import CHUNK, PROFILE, import_file

TESTS = Path(__file__).parent.parent
VECTORS = TESTS / "vectors" / "cid"
CASES: list[dict[str, Any]] = [
    json.loads(file.read_bytes()) for file in sorted(VECTORS.iterdir(), key=lambda file: file.name)
]
PATTERN = bytes((31 * i + (i >> 8)) & 0xFF for i in range(CHUNK))


def content(size: int) -> Iterator[bytes]:
    for number, start in enumerate(range(0, size, CHUNK)):
        yield (number.to_bytes(8, "big") + PATTERN[8:])[: size - start]


@cache
def ours(size: int) -> str:
    root = None
    for block in import_file(content(size)):
        root = block.cid
    return str(root)


def test_the_sizes_are_those_at_the_edges() -> None:
    mib = 1024 * 1024
    sizes = {0, 1, mib - 1, mib, mib + 1, 3 * mib, 1024 * mib, 1025 * mib}
    assert {case["size"] for case in CASES} == sizes
    assert {case["profile"] for case in CASES} == {PROFILE}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_a_file_has_the_cid_of_the_vector(case: dict[str, Any]) -> None:
    assert ours(case["size"]) == case["cid"]


def test_a_file_has_the_cid_that_another_implementation_gives() -> None:
    node = shutil.which("node", path=_tools_path())
    assert node, "node is missing: install the tools of the tests first"
    packages = os.environ.get("SEALBOOK_NODE_MODULES") or str(TESTS.parent / ".tools/node_modules")
    assert (Path(packages) / "ipfs-unixfs-importer").is_dir(), f"no importer in {packages}"
    sizes = [str(case["size"]) for case in CASES]
    done = subprocess.run(
        [node, str(TESTS / "tools" / "unixfs_cids.mjs"), *sizes],
        env={**os.environ, "SEALBOOK_NODE_MODULES": packages},
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr.decode()
    theirs: dict[str, str] = json.loads(done.stdout)
    assert theirs == {size: ours(int(size)) for size in sizes}
    print(f"CIDs equal to ipfs-unixfs-importer's: {len(theirs)}/{len(CASES)} sizes")


def _tools_path() -> str:
    """Where node may be: beside the Python of the tests first, then on the path."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
