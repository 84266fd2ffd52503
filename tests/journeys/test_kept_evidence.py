"""Whole commands on a node that forgets: the worker keeps evidence, its author comes later."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from ledger.encoding import hex_of
from ledger.receipt import Receipt, StateProof
from ledger.wiring import Installation
from tests.api.serving import serving
from tests.journeys.shell import SCRIPT, Shell, receipt_of
from tests.nodes import AnvilNode, anvil

CHAIN_ID = 4_245
STATES = 128  # as a full node has them
LATER = 300  # blocks
PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=CHAIN_ID, extra=("--prune-history", str(STATES))) as running:
        yield running


def home(folder: Path, node: AnvilNode, url: str, database: str = "") -> Shell:
    """Make a home that knows the node's chain, and asks it at the URL."""
    shell = Shell.at(folder)
    genesis = node.ask("eth_getBlockByNumber", "0x0", False)
    assert isinstance(genesis, dict)
    shell.home.mkdir(mode=0o700)
    (shell.home / "config.toml").write_text(
        f'chain = "court"\n{database}[chains.court]\nrpc = "{url}"\nsubmitter = "payer"\n'
        f'chain_id = {CHAIN_ID}\ngenesis = "{genesis["hash"]}"\n'
    )
    return shell


@pytest.fixture(params=["file", "postgres"])
def author(request: pytest.FixtureRequest, node: AnvilNode, tmp_path: Path) -> Shell:
    """A person with a ledger on the node's chain, whose queue is in a file or in PostgreSQL."""
    database = ""
    if request.param == "postgres":
        database = f'[database]\nurl = "{request.getfixturevalue("database_url")}"\n'
    shell = home(tmp_path / "author", node, node.url, database)
    keys = Keystore(shell.home / "keys", kdf=16)
    keys.add("default", bytes(range(1, 33)), PASSPHRASE)
    keys.add("payer", node.keys[1], PASSPHRASE)
    shell.good("chain", "deploy", "--yes")
    return shell


def anchored_by_a_worker(shell: Shell) -> None:
    """Run `anchor --worker` until nothing is waiting and no evidence is due; then stop it."""
    words = [str(SCRIPT), "anchor", "--worker", "--interval", "0.3"]
    queue = Installation.open(shell.home).queue()
    process = subprocess.Popen(
        words, env=shell.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            batch = queue.last_batch()
            if batch is not None and batch.anchor is not None and queue.evidence().due(0) is None:
                break
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def sealed(shell: Shell, name: str) -> Path:
    work = shell.folder / f"{name}.png"
    work.write_bytes(name.encode())
    said = shell.good("seal", work, "--key", "default", "--yes", "--json").json
    assert said["status"] == "pending"
    return work


def test_the_author_who_comes_when_the_state_is_gone_gets_the_evidence(
    author: Shell, node: AnvilNode, tmp_path: Path
) -> None:
    work = sealed(author, "lantern")
    anchored_by_a_worker(author)
    node.mine(LATER)
    path = receipt_of(work)
    told = author.good("upgrade", path, "--json").json
    assert (told["status"], told["evidence"]) == ("final", {"held": True})
    receipt = Receipt.decode(path.read_bytes())
    assert receipt.evidence is not None
    # the node itself has it no longer
    proving = replace(Installation.open(author.home).proving(), queue=None)
    number = receipt.anchors[0].block_number
    with pytest.raises(AssertionError):
        node.ask("eth_getProof", hex_of(receipt.anchors[0].contract), [], hex(number))
    (attempt,) = proving.attach([Receipt(receipt.signed, receipt.inclusion, receipt.anchors)])
    assert attempt.why is not None
    # a court that has a block hash, and no node
    court = home(tmp_path / "court", node, "http://127.0.0.1:9")
    block = hex_of(receipt.anchors[0].block_hash)
    assert court.run("verify", path, "--offline", "--trusted-block", block).code == 0
    assert court.run("verify", path, "--offline", "--trusted-block", f"0x{'ab' * 32}").code == 8
    # and who asks the server gets it too, once the manifest is public
    author.good("anchor")
    with serving(author.home, "--no-worker") as server, server.client() as client:
        claim, leaf = hex_of(receipt.signed.id), hex_of(receipt.leaf_hash)
        assert client.get(f"/v1/claims/{claim}/receipt").content == path.read_bytes()
        answer = client.get(f"/v1/leaves/{leaf}").json()
        assert StateProof.from_json(answer["evidence"]) == receipt.evidence


def test_one_run_of_anchor_keeps_it_as_well_and_without_it_there_is_none(
    node: AnvilNode, tmp_path: Path
) -> None:
    shell = home(tmp_path / "one", node, node.url)
    keys = Keystore(shell.home / "keys", kdf=16)
    keys.add("default", bytes(range(1, 33)), PASSPHRASE)
    keys.add("payer", node.keys[2], PASSPHRASE)
    shell.good("chain", "deploy", "--yes")
    work = sealed(shell, "one")
    shell.good("anchor")
    node.mine(LATER)
    path = receipt_of(work)
    pending = path.read_bytes()
    assert shell.good("upgrade", path, "--json").json["evidence"] == {"held": True}
    with sqlite3.connect(shell.home / "chains" / "court" / "queue.db") as connection:
        connection.execute("DELETE FROM queue_evidence")
    connection.close()
    path.write_bytes(pending)
    told = shell.good("upgrade", path, "--json").json
    assert (told["status"], told["changed"]) == ("final", True)
    evidence = told["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["held"] is False
