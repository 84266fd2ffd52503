"""A person's receipts on a public chain take state proofs with them; a court reads them offline."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.adapters.keystore import Keystore
from ledger.keccak import keccak256
from ledger.library import verify
from ledger.receipt import Receipt
from ledger.services.proving import Proving
from ledger.wiring import Installation
from tests.journeys.shell import Shell, receipt_of
from tests.nodes import AnvilNode, anvil

CHAIN_ID = 4_244
CHEAP = 16  # scrypt's cost: a passphrase that opens at once
PASSPHRASE = "correct horse"


@dataclass(frozen=True, slots=True)
class Court:
    """Somebody with a home that knows which chain is meant, and nothing else: no node."""

    shell: Shell

    def judge(self, receipt: Path, block: str) -> int:
        """Verify offline against a block hash, and print what it said; return the exit code."""
        ended = self.shell.run("verify", receipt, "--offline", "--trusted-block", block)
        summary = next((line for line in ended.out.splitlines() if line.strip()), "")
        print(f"\nverify {receipt.name} --offline --trusted-block {block[:10]}… → {ended.code}")
        print(f"  {summary}")
        return ended.code


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=CHAIN_ID) as running:
        yield running


@pytest.fixture(scope="module")
def author(node: AnvilNode, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A person with a ledger on the node's chain."""
    shell = Shell.at(tmp_path_factory.mktemp("author"))
    _settle(shell, node, node.url)
    keys = Keystore(shell.home / "keys", kdf=CHEAP)
    keys.add("default", bytes(range(1, 33)), PASSPHRASE)
    keys.add("payer", node.keys[1], PASSPHRASE)
    shell.good("chain", "deploy", "--yes")
    return shell


@pytest.fixture
def court(node: AnvilNode, tmp_path: Path) -> Court:
    shell = Shell.at(tmp_path / "court")
    _settle(shell, node, "http://127.0.0.1:9")  # where nobody listens
    return Court(shell)


def _settle(shell: Shell, node: AnvilNode, url: str) -> None:
    genesis = node.ask("eth_getBlockByNumber", "0x0", False)
    assert isinstance(genesis, dict)
    shell.home.mkdir(mode=0o700)
    (shell.home / "config.toml").write_text(
        f'chain = "court"\n[chains.court]\nrpc = "{url}"\nsubmitter = "payer"\n'
        f'chain_id = {CHAIN_ID}\ngenesis = "{genesis["hash"]}"\n'
    )


def _work(shell: Shell, name: str) -> Path:
    work = shell.folder / f"{name}.png"
    work.write_bytes(name.encode())
    return work


def _seal(shell: Shell, name: str, *more: str) -> dict[str, object]:
    words = ("--key", "default", "--yes", "--json", *more)
    return shell.good("seal", _work(shell, name), *words).json


def _read(work: Path) -> Receipt:
    return Receipt.decode(receipt_of(work).read_bytes())


def _block(receipt: Receipt) -> str:
    return f"0x{receipt.anchors[0].block_hash.hex()}"


def test_sealing_takes_a_state_proof_by_which_a_court_judges_offline(
    author: Shell, court: Court
) -> None:
    said = _seal(author, "lantern", "--wait", "150")
    assert said["evidence"] == {"held": True}
    work = author.folder / "lantern.png"
    receipt, path = _read(work), receipt_of(work)
    block = _block(receipt)
    print(f"a receipt with its state proof: {path.stat().st_size} bytes")
    shown = author.good("show", path)
    assert "evidence   state proofs" in shown.out
    assert author.good("show", path, "--json").json["evidence"] == {"held": True}
    words = ("verify", work, "--receipt", path, "--offline", "--trusted-block", block)
    judged = court.shell.good(*words, "--json")
    assert court.judge(path, block) == 0
    assert "the block that you trust holds it" in str(judged.json["summary"])
    assert judged.outcome("finality") == "finalized"
    # the manifest is named, so that it can be fetched from anywhere
    findings = judged.json["findings"]
    assert isinstance(findings, list)
    assert any("the manifest is bafkrei" in one["message"] for one in findings)
    # without the hash, with another, or in a home that does not know the chain: not known
    assert court.shell.run("verify", path, "--offline").code == 8
    assert court.judge(path, f"0x{'ab' * 32}") == 8
    fresh = Shell.at(court.shell.folder / "fresh")
    assert Court(fresh).judge(path, block) == 8


def test_every_flipped_byte_of_a_kept_proof_is_refused(author: Shell, court: Court) -> None:
    _seal(author, "flipped", "--wait", "150")
    path = receipt_of(author.folder / "flipped.png")
    receipt = Receipt.decode(path.read_bytes())
    trusted, forged = receipt.anchors[0].block_hash, court.shell.folder / "forged.seal.json"
    counts: Counter[str] = Counter()
    for name, said in _flipped(json.loads(path.read_text())):
        forged.write_text(json.dumps(said, separators=(",", ":"), sort_keys=True) + "\n")
        report = verify(forged, home=court.shell.home, offline=True, trusted_block=trusted)
        assert report.verdict == 1, said["evidence"][name]
        counts[name] += 1
    print(f"\nflipped bytes, each refused with exit code 1: {counts.total()}, {dict(counts)}")
    assert counts.total() > 1_500
    assert court.judge(forged, _block(receipt)) == 1  # the last of them, by the whole command
    assert court.judge(path, _block(receipt)) == 0


def _flipped(said: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the receipt with every byte of its evidence changed in turn, and what that is of."""
    evidence = said["evidence"]
    for name, value in evidence.items():
        texts = [value] if isinstance(value, str) else value
        for at, text in enumerate(texts):
            for place in range(2, len(text), 2):
                byte = int(text[place : place + 2], 16) ^ (1 << place // 2 % 8)
                other = f"{text[:place]}{byte:02x}{text[place + 2 :]}"
                changed = other if value is text else [*texts[:at], other, *texts[at + 1 :]]
                yield name, {**said, "evidence": {**evidence, name: changed}}


def test_other_code_at_the_contract_is_refused(
    author: Shell, court: Court, node: AnvilNode
) -> None:
    """Whoever runs a chain's node may set any code, and so any root, at the contract's address."""
    installation = Installation.open(author.home)
    address = f"0x{installation.contracts.ledgers.hex()}"
    code = node.ask("eth_getCode", address, "latest")
    assert isinstance(code, str)
    with ThreadPoolExecutor(1) as aside:
        # nothing is ever sent to other code: it is set once the anchor is under way
        node.ask("evm_setAutomine", False)
        try:
            sealing = aside.submit(_seal, author, "set", "--wait", "60")
            _until_one_waits(node)
            node.ask("anvil_setCode", address, f"{code}00")
            node.mine(2)  # what is set afterwards changes the state of the latest block
        finally:
            node.ask("anvil_setCode", address, code)
            node.ask("evm_setAutomine", True)
            node.mine()
        evidence = sealing.result()["evidence"]
    assert isinstance(evidence, dict)
    assert "expected Sealbook's own code at the contract" in evidence["why"]
    receipt = _read(author.folder / "set.png")
    proven = _as_a_forger(installation, receipt, bytes.fromhex(f"{code[2:]}00"))
    forged = court.shell.folder / "set.seal.json"
    forged.write_bytes(proven.encode())
    assert court.judge(forged, _block(proven)) == 1
    ended = court.shell.run("verify", forged, "--offline", "--trusted-block", _block(proven))
    assert "expected Sealbook's own code at the contract, got other code" in ended.out
    assert author.run("verify", forged).code == 1  # online too


def _until_one_waits(node: AnvilNode) -> None:
    give_up = time.monotonic() + 60
    while True:
        status = node.ask("txpool_status")
        assert isinstance(status, dict)
        if int(status["pending"], 16):
            return
        assert time.monotonic() < give_up, "no anchor was sent"
        time.sleep(0.05)


def _as_a_forger(installation: Installation, receipt: Receipt, code: bytes) -> Receipt:
    contracts = replace(installation.contracts, ledgers_code=keccak256(code))
    (attempt,) = Proving(installation.proving().chain, contracts).attach([receipt])
    assert attempt.why is None
    return attempt.receipt


def test_upgrading_adds_keeps_repairs_and_renews_state_proofs(
    author: Shell, court: Court, node: AnvilNode
) -> None:
    assert _seal(author, "later")["evidence"] == {"held": False, "why": "it is not anchored yet"}
    work = author.folder / "later.png"
    path = receipt_of(work)
    assert author.good("show", path, "--json").json["evidence"] == {
        "held": False,
        "why": "it is not anchored yet",
    }
    author.good("anchor")
    ended = author.run("upgrade", path)
    assert (ended.code, "with a state proof" in ended.out) == (3, True)
    first = _read(work)
    assert first.evidence is not None
    # nothing new: the very same bytes
    told = author.run("upgrade", path, "--json").json
    assert (told["changed"], told["evidence"]) == (False, {"held": True})
    # what is damaged is asked for again, and what is missing too
    damaged = replace(first, evidence=replace(first.evidence, before=bytes(32)))
    for worse in (damaged, replace(first, evidence=None)):
        path.write_bytes(worse.encode())
        assert author.run("upgrade", path).code == 3
        assert _read(work) == first
    # a reorganisation moves the anchor into another block: another proof
    number = first.anchors[0].block_number
    raw = node.ask("eth_getRawTransactionByHash", f"0x{first.anchors[0].transaction.hex()}")
    head = node.ask("eth_blockNumber")
    assert isinstance(head, str)
    node.ask("anvil_reorg", int(head, 16) - number + 1, [[raw, 0]])
    node.mine(2)
    author.good("anchor")
    assert author.run("upgrade", path).code == 3
    moved = _read(work)
    assert moved.anchors[0].block_hash != first.anchors[0].block_hash
    assert moved.evidence is not None
    assert court.judge(path, _block(moved)) == 0
    assert court.judge(path, _block(first)) == 8
    node.mine(70)
    assert author.good("upgrade", path, "--json").json["evidence"] == {"held": True}


def test_a_node_without_the_state_leaves_the_receipt_whole(
    node: AnvilNode, author: Shell, tmp_path: Path
) -> None:
    _seal(author, "old", "--wait", "150")
    receipt = _read(author.folder / "old.png")
    path = tmp_path / "old.seal.json"
    path.write_bytes(replace(receipt, evidence=None).encode())
    node.mine(70)
    local = Shell.at(tmp_path / "local")
    work = local.copy("at-home")
    said = local.good("seal", work, "--json").json
    assert said["evidence"] == {
        "held": False,
        "why": "local is this computer's own chain: nobody else trusts its blocks",
    }
    told = local.good("upgrade", receipt_of(work), "--json").json
    assert (told["status"], told["changed"]) == ("final", False)
    # final already, without evidence: it is asked for all the same
    told = author.good("upgrade", path, "--json").json
    assert (told["status"], told["changed"], told["evidence"]) == ("final", True, {"held": True})
