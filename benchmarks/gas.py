"""Gas of whole transactions on anvil: one checkpoint of 1,024 leaves, beside an EAS timestamp.

Run as `.venv/bin/python benchmarks/gas.py [--json]`. Every figure is the receipt's gasUsed: the
base of 21,000, calldata and execution. Goal: at most 80 gas a leaf in the worst of the three.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from ledger import merkle
from ledger.keccak import keccak256

ROOT = Path(__file__).resolve().parent.parent
MODULES = Path(os.environ.get("SEALBOOK_NODE_MODULES") or ROOT / ".tools" / "node_modules")
OLD_SIZES = (60_000, 60_001, 65_535)
BATCH = 1_024
GOAL_PER_LEAF = 80
EAS = "test/support/EasTimestamp.sol"
MANIFEST_CID = bytes.fromhex("01551220") + bytes(range(1, 33))  # raw, SHA-256: 36 bytes


class Node:
    """A JSON-RPC node that signs for its first account."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.account: str = self.ask("eth_accounts")[0]

    def ask(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON is what it is
        """Return the result of one call, or raise what the node answered."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        asked = Request(self.url, body.encode(), {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(asked, timeout=30) as reply:  # noqa: S310 - always http on loopback
            answer = json.load(reply)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def send(self, data: bytes, to: str | None = None) -> dict[str, Any]:
        """Send a transaction; return its receipt once it is in a block."""
        tx = {"from": self.account, "data": "0x" + data.hex(), "gas": hex(10_000_000)}
        sent = self.ask("eth_sendTransaction", tx | ({"to": to} if to else {}))
        while (receipt := self.ask("eth_getTransactionReceipt", sent)) is None:
            time.sleep(0.02)
        if receipt["status"] != "0x1":
            raise RuntimeError(f"reverted: {sent}")
        found: dict[str, Any] = receipt
        return found


@contextmanager
def anvil() -> Iterator[Node]:
    """Run anvil on a free port of loopback while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = sorted(MODULES.glob("@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        sys.exit(f"expected anvil in {MODULES}, found none: run `python make.py tools`")
    # Not the launcher in .bin: it would have to pass our signal on.
    process = subprocess.Popen([str(found[0]), "--port", str(port), "--silent"])
    try:
        for _ in range(200):
            try:
                node = Node(f"http://127.0.0.1:{port}")
            except OSError:
                time.sleep(0.05)
                continue
            yield node
            return
        raise RuntimeError("expected anvil to listen within 10 seconds")
    finally:
        process.terminate()
        process.wait(timeout=10)


def environment() -> dict[str, str]:
    """Return this process's environment with node on the PATH."""
    beside = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return os.environ | {"PATH": os.pathsep.join(beside), "SEALBOOK_NODE_MODULES": str(MODULES)}


def word(value: int | bytes) -> bytes:
    """Return one ABI word."""
    return value if isinstance(value, bytes) else value.to_bytes(32)


def anchor_call(ledger: bytes, size: int, root: bytes, proof: list[bytes]) -> bytes:
    """Return the calldata of `anchor`, as the ABI specification orders it."""
    nodes = word(len(proof)) + b"".join(proof)
    cid = word(len(MANIFEST_CID)) + MANIFEST_CID + bytes(-len(MANIFEST_CID) % 32)
    head = ledger + word(size) + root + word(160) + word(160 + len(nodes))
    return selector("anchor(bytes32,uint64,bytes32,bytes32[],bytes)") + head + nodes + cid


def selector(signature: str) -> bytes:
    """Return the four bytes that name a function."""
    return keccak256(signature.encode())[:4]


def measure(node: Node) -> dict[str, int]:
    """Return the gas of each transaction by name."""
    ledgers = json.loads((ROOT / "ledger" / "abi" / "Ledgers.json").read_text())
    factory = json.loads((ROOT / "ledger" / "abi" / "Create2Factory.json").read_text())
    creation = bytes.fromhex(ledgers["bytecode"][2:])
    node.send(bytes(32) + creation, factory["address"])
    address = ledgers["address"]
    account = bytes.fromhex(node.account[2:])
    chain = int(node.ask("eth_chainId"), 16)

    leaves = [merkle.leaf_hash(str(i).encode()) for i in range(max(OLD_SIZES) + BATCH)]
    gas = {}
    for salt, old in enumerate(OLD_SIZES):
        new = old + BATCH
        who = bytes(12) + account
        contract = bytes(12) + bytes.fromhex(address[2:])
        ledger = keccak256(word(chain) + contract + who + word(salt))
        node.send(selector("create(bytes32,address)") + word(salt) + who, address)
        node.send(anchor_call(ledger, old, merkle.root(leaves[:old]), []), address)
        proof = merkle.consistency_proof(leaves, old, new)
        receipt = node.send(anchor_call(ledger, new, merkle.root(leaves[:new]), proof), address)
        gas[f"anchor {old:,} to {new:,}"] = int(receipt["gasUsed"], 16)

    compile_eas = [sys.executable, str(ROOT / "contracts" / "build.py"), "--creation", EAS]
    eas = subprocess.run(compile_eas, check=True, env=environment(), stdout=subprocess.PIPE).stdout
    deployed = node.send(bytes.fromhex(eas.decode().strip()[2:]))["contractAddress"]
    receipt = node.send(selector("timestamp(bytes32)") + leaves[0], deployed)
    gas["EAS timestamp"] = int(receipt["gasUsed"], 16)
    return gas


def main() -> int:
    """Print the table; 1 when the worst anchor is over the goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    with anvil() as node:
        gas = measure(node)
    anchors = {name: used for name, used in gas.items() if name.startswith("anchor")}
    if as_json:
        print(json.dumps(gas))
    else:
        print(f"{'whole transaction':24}{'gas':>8}{'a leaf':>12}")
        for name, used in gas.items():
            leaves = BATCH if name in anchors else 1
            print(f"{name:24}{used:>8,}{used / leaves:>12,.2f}")
    return int(max(anchors.values()) > GOAL_PER_LEAF * BATCH)


if __name__ == "__main__":
    sys.exit(main())
