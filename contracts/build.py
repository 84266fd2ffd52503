"""Compile the contracts into ledger/abi, which ships in the wheel; `--check` compares instead.

Run as `.venv/bin/python contracts/build.py [--check | --creation FILE]`. Compiler settings come
from foundry.toml, as forge's do. Needs node on the PATH, in NODE, or in .venv/bin.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from ledger.keccak import keccak256

HERE = Path(__file__).resolve().parent
ARTIFACTS = HERE.parent / "ledger" / "abi"
CONTRACTS = ("Ledgers", "AuthorKeys")
COMPILER = "0.8.37"

# The deterministic deployment proxy by Nick Johnson and Rachel Bousfield (Arachnid on GitHub):
# one key-less transaction put it at this address on nearly every chain.
FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
FACTORY_RUNTIME = (
    "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)
SALT = bytes(32)


def checksummed(address: bytes) -> str:
    """Return an address as EIP-55 writes it."""
    digits = address.hex()
    weights = keccak256(digits.encode()).hex()
    pairs = zip(digits, weights, strict=False)
    return "0x" + "".join(d.upper() if weight in "89abcdef" else d for d, weight in pairs)


def create2_address(creation: bytes) -> str:
    """Return where the factory puts this creation code (EIP-1014), with a salt of zero."""
    packed = b"\xff" + bytes.fromhex(FACTORY[2:]) + SALT + keccak256(creation)
    return checksummed(keccak256(packed)[12:])


def solc_input(*more: str) -> dict[str, Any]:
    """Return the compiler's standard JSON input: every file in src and `more`, forge's settings."""
    profile = tomllib.loads((HERE / "foundry.toml").read_text())["profile"]["default"]
    names = [f"src/{path.name}" for path in sorted((HERE / "src").glob("*.sol"))]
    return {
        "language": "Solidity",
        "sources": {name: {"content": (HERE / name).read_text()} for name in (*names, *more)},
        "settings": {
            "evmVersion": profile["evm_version"],
            "viaIR": profile["via_ir"],
            "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
            "metadata": {
                "bytecodeHash": profile["bytecode_hash"],
                "appendCBOR": profile["cbor_metadata"],
            },
            "outputSelection": {
                "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
            },
        },
    }


def run_solc(question: dict[str, Any]) -> dict[str, Any]:
    """Ask the pinned compiler; exit with its words when it warns or refuses."""
    beside = [str(Path(sys.executable).parent)]
    if node := os.environ.get("NODE"):
        beside.insert(0, str(Path(node).parent))
    path = os.pathsep.join([*beside, os.environ.get("PATH", "")])
    found = shutil.which("node", path=path)
    if found is None:
        sys.exit(
            "expected node on the PATH, in NODE or in .venv/bin, found none: install the tools"
        )
    done = subprocess.run(
        [found, str(HERE / "solc-wrapper"), "--standard-json"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr.strip())
    answer: dict[str, Any] = json.loads(done.stdout)
    if complaints := [error["formattedMessage"] for error in answer.get("errors", [])]:
        sys.exit("\n".join(complaints))
    return answer


def artifacts() -> dict[str, str]:
    """Compile; return each artifact's file name and text."""
    question = solc_input()
    contracts = run_solc(question)["contracts"]
    texts = {}
    for name in CONTRACTS:
        compiled = contracts[f"src/{name}.sol"][name]
        creation = bytes.fromhex(compiled["evm"]["bytecode"]["object"])
        runtime = bytes.fromhex(compiled["evm"]["deployedBytecode"]["object"])
        texts[f"{name}.json"] = as_text(
            {
                "contract": name,
                "compiler": COMPILER,
                "evm_version": question["settings"]["evmVersion"],
                "address": create2_address(creation),
                "code_hash": "0x" + keccak256(runtime).hex(),
                "abi": compiled["abi"],
                "bytecode": "0x" + creation.hex(),
                "runtime": "0x" + runtime.hex(),
            }
        )
    texts["Create2Factory.json"] = as_text({"address": FACTORY, "runtime": FACTORY_RUNTIME})
    return texts


def creation_code(file: str) -> str:
    """Return the creation code of the one contract in a file outside src, for tests and gas."""
    contract = run_solc(solc_input(file))["contracts"][file][Path(file).stem]
    return "0x" + str(contract["evm"]["bytecode"]["object"])


def as_text(value: object) -> str:
    """Return JSON as it is committed."""
    return json.dumps(value, indent=1) + "\n"


def main() -> int:
    """Write the artifacts, or compare them: 1 when one of them differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if anything differs")
    parser.add_argument("--creation", metavar="FILE", help="print a test contract's creation code")
    arguments = parser.parse_args()
    if arguments.creation:
        print(creation_code(arguments.creation))
        return 0
    check = arguments.check
    stale = False
    for name, text in artifacts().items():
        file = ARTIFACTS / name
        same = file.is_file() and file.read_text() == text
        stale = stale or not same
        if check:
            print(f"{name}: {'equal' if same else 'differs from what the sources compile to'}")
        elif not same:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            print(f"{name}: written")
    if check and stale:
        print("run .venv/bin/python contracts/build.py and commit ledger/abi")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
