"""The proofs in files: the project's own, and those of transparency-dev where they are present."""

import base64
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle

VECTORS = Path(__file__).parent.parent / "vectors"
SHARED = Path(__file__).parents[3] / "shared" / "vectors" / "merkle-inclusion"


def cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in sorted(folder.rglob("*.json"))]


def unhex(case: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def test_the_files_are_those_that_the_generator_writes() -> None:
    written = runpy.run_path(str(VECTORS / "generate.py"))["files"]()
    kept = {
        file.relative_to(VECTORS).as_posix(): file.read_text(encoding="ascii")
        for family in ("inclusion", "consistency")
        for file in (VECTORS / family).iterdir()
    }
    assert kept == written


def test_inclusion_is_judged_as_the_vectors_say() -> None:
    judged = []
    for case in cases(VECTORS / "inclusion"):
        leaf, root = unhex(case, "leaf_hash", "root")
        proof = [bytes.fromhex(node) for node in case["proof"]]
        said = merkle.verify_inclusion(leaf, case["index"], case["size"], proof, root)
        assert said == case["valid"], case["case"]
        judged.append(said)
    print(f"inclusion vectors: {len(judged)}, {sum(judged)} valid")
    assert len(judged) > 200 > sum(judged) > 20


def test_consistency_is_judged_as_the_vectors_say() -> None:
    judged = []
    for case in cases(VECTORS / "consistency"):
        old_root, new_root = unhex(case, "old_root", "new_root")
        proof = [bytes.fromhex(node) for node in case["proof"]]
        said = merkle.verify_consistency(
            case["old_size"], old_root, case["new_size"], new_root, proof
        )
        assert said == case["valid"], case["case"]
        judged.append(said)
    print(f"consistency vectors: {len(judged)}, {sum(judged)} valid")
    assert len(judged) > 200 > sum(judged) > 20


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vectors of transparency-dev are not beside us")
def test_inclusion_is_judged_as_transparency_dev_judges_it() -> None:
    agreed = 0
    for case in cases(SHARED):
        leaf, root = (base64.b64decode(case[name]) for name in ("leafHash", "root"))
        proof = [base64.b64decode(node) for node in case["proof"] or []]
        said = merkle.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
        assert said != case["wantErr"], case["desc"]
        agreed += 1
    print(f"transparency-dev inclusion vectors: {agreed}/98")
    assert agreed == 98
