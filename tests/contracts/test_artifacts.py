"""What ships in ledger/abi is what the sources compile to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from contracts import build
from ledger.keccak import keccak256
from tests.contracts.sending import send
from tests.nodes import anvil

ROOT = Path(__file__).resolve().parent.parent.parent


def recompile(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "contracts" / "build.py"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def artifact(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "ledger" / "abi" / f"{name}.json").read_text())
    return read


def test_the_artifacts_equal_what_the_sources_compile_to() -> None:
    done = recompile("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": equal") == 3


def test_an_artifact_that_differs_is_found() -> None:
    # run_solc is real; only the folder that is compared with is another one
    script = (
        "import sys, tempfile, pathlib; from contracts import build; "
        "build.ARTIFACTS = pathlib.Path(tempfile.gettempdir()) / 'no-such-folder-of-artifacts'; "
        "sys.argv = ['build.py', '--check']; sys.exit(build.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("differs") == 3


def test_the_factory_puts_the_contracts_where_the_artifacts_say() -> None:
    factory = artifact("Create2Factory")
    with anvil() as node:
        assert node.ask("eth_getCode", factory["address"], "latest") == factory["runtime"]
        for name in build.CONTRACTS:
            said = artifact(name)
            send(node, factory["address"], bytes(32) + bytes.fromhex(said["bytecode"][2:]))
            code = node.ask("eth_getCode", said["address"], "latest")
            assert isinstance(code, str)
            assert code == said["runtime"]
            assert said["code_hash"] == "0x" + keccak256(bytes.fromhex(code[2:])).hex()


def test_the_bytecode_is_the_same_on_every_chain() -> None:
    for name in build.CONTRACTS:
        said = artifact(name)
        constructors = [part for part in said["abi"] if part["type"] == "constructor"]
        assert constructors == []
        assert said["bytecode"].endswith(said["runtime"][2:])  # so nothing is put in when deployed
        assert b"solc" not in bytes.fromhex(said["runtime"][2:])  # no metadata
