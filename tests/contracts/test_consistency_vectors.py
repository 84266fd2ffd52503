"""The language-neutral consistency vectors, on the contracts themselves."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle
from ledger.keccak import keccak256
from tests.contracts.sending import account, send
from tests.nodes import AnvilNode, anvil

ROOT = Path(__file__).resolve().parent.parent.parent
VECTORS = sorted((ROOT / "tests" / "vectors" / "consistency").glob("*.json"))
CID = bytes.fromhex("01551220") + bytes(32)
MAX_BATCH = 2**20
MAX_UINT64 = 2**64 - 1


def word(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.to_bytes(32)


def selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


@dataclass(frozen=True)
class Vector:
    case: str
    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    proof: tuple[bytes, ...]
    valid: bool

    @classmethod
    def read(cls, path: Path) -> "Vector":
        said: dict[str, Any] = json.loads(path.read_text())
        return cls(
            case=said["case"],
            old_size=said["old_size"],
            new_size=said["new_size"],
            old_root=bytes.fromhex(said["old_root"]),
            new_root=bytes.fromhex(said["new_root"]),
            proof=tuple(bytes.fromhex(node) for node in said["proof"]),
            valid=said["valid"],
        )

    def has_words(self) -> bool:
        """Whether the ABI can say it at all: sizes of uint64, hashes of 32 bytes."""
        hashes = (self.old_root, self.new_root, *self.proof)
        sizes = (self.old_size, self.new_size)
        return all(0 <= size <= MAX_UINT64 for size in sizes) and {len(h) for h in hashes} == {32}

    def nodes(self) -> bytes:
        return word(len(self.proof)) + b"".join(self.proof)


@dataclass(frozen=True)
class Contracts:
    node: AnvilNode
    ledgers: str
    harness: str

    def create(self, salt: bytes) -> bytes:
        who = bytes(12) + bytes.fromhex(account(self.node)[2:])
        data = selector("create(bytes32,address)") + salt + who
        ledger = self.node.ask(
            "eth_call", {"from": account(self.node), "to": self.ledgers, "data": "0x" + data.hex()}
        )
        assert send(self.node, self.ledgers, data)["status"] == "0x1"
        assert isinstance(ledger, str)
        return bytes.fromhex(ledger[2:])

    def anchor(self, ledger: bytes, size: int, root: bytes, nodes: bytes) -> bool:
        head = ledger + word(size) + root + word(160) + word(160 + len(nodes))
        cid = word(len(CID)) + CID + bytes(-len(CID) % 32)
        data = selector("anchor(bytes32,uint64,bytes32,bytes32[],bytes)") + head + nodes + cid
        return bool(send(self.node, self.ledgers, data)["status"] == "0x1")

    def consistent(self, vector: Vector) -> bool:
        name = "verifyConsistency(uint64,bytes32,uint64,bytes32,bytes32[])"
        head = word(vector.old_size) + vector.old_root + word(vector.new_size) + vector.new_root
        data = selector(name) + head + word(160) + vector.nodes()
        answer = self.node.ask(
            "eth_call", {"to": self.harness, "data": "0x" + data.hex()}, "latest"
        )
        return answer == "0x" + word(1).hex()


@pytest.fixture(scope="module")
def contracts() -> Iterator[Contracts]:
    build = [sys.executable, str(ROOT / "contracts" / "build.py"), "--creation"]
    harness = subprocess.run(
        [*build, "test/support/MerkleProofHarness.sol"], check=True, capture_output=True, text=True
    )
    abi = ROOT / "ledger" / "abi"
    ledgers = json.loads((abi / "Ledgers.json").read_text())
    factory = json.loads((abi / "Create2Factory.json").read_text())
    with anvil() as node:
        send(node, factory["address"], bytes(32) + bytes.fromhex(ledgers["bytecode"][2:]))
        made = send(node, None, bytes.fromhex(harness.stdout.strip()[2:]))
        yield Contracts(node, ledgers["address"], made["contractAddress"])


def vectors() -> list[Vector]:
    return [Vector.read(path) for path in VECTORS]


def test_there_are_vectors_of_both_kinds() -> None:
    read = vectors()
    assert len(read) >= 100
    assert 0 < sum(vector.valid for vector in read) < len(read)


def test_the_library_accepts_and_refuses_as_the_vectors_say(contracts: Contracts) -> None:
    tried = 0
    for vector in vectors():
        # From nothing, and between equal sizes, there is nothing to prove: the library says no,
        # and `anchor` has rules of its own, tried below.
        if not vector.has_words() or vector.old_size in (0, vector.new_size):
            continue
        tried += 1
        assert contracts.consistent(vector) is vector.valid, vector.case
    assert tried >= 100


def test_anchor_accepts_and_refuses_as_the_vectors_say(contracts: Contracts) -> None:
    """Each vector on a ledger of its own, brought to the old size by a first anchor."""
    tried = {True: 0, False: 0}
    for salt, vector in enumerate(vectors()):
        if not vector.has_words() or vector.old_size > MAX_BATCH:
            continue  # no first anchor can have this old size
        if vector.old_size == 0 and vector.old_root != merkle.EMPTY_ROOT:
            continue  # a ledger has no other root than this before its first anchor
        ledger = contracts.create(word(salt))
        if vector.old_size:
            first = contracts.anchor(ledger, vector.old_size, vector.old_root, word(0))
            if vector.old_root == bytes(32):
                assert not first, vector.case
                continue  # zero is no root here
            assert first, vector.case
        grows = vector.old_size < vector.new_size <= vector.old_size + MAX_BATCH
        accepted = contracts.anchor(ledger, vector.new_size, vector.new_root, vector.nodes())
        assert accepted is (vector.valid and grows), vector.case
        tried[accepted] += 1
    assert min(tried.values()) >= 20
