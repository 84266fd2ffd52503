"""The commands on a chain by JSON-RPC: a real anvil node that says it is a public one."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from tests.nodes import AnvilNode, anvil

from .homes import (
    CHEAP,
    PASSPHRASE,
    Home,
    call,
    command,
    environment,
    make_home,
    read_receipt,
    said,
)

CAPSYS = pytest.CaptureFixture[str]
CHAIN_ID = 424_242


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=CHAIN_ID) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, node: AnvilNode) -> Home:
    """A home whose chain `public` is the node, paid for by one of its rich accounts."""
    home = make_home(tmp_path)
    Keystore(home.path / "keys", kdf=CHEAP).add("payer", node.keys[1], PASSPHRASE)
    settings = f'[chains.public]\nrpc = "{node.url}"\nsubmitter = "payer"\n'
    (home.path / "config.toml").write_text(settings, encoding="utf-8")
    return home


def at(home: Home, *more: str) -> tuple[str | Path, ...]:
    word = ("--passphrase-file", home.passphrase_file)
    return ("--home", home.path, "--chain", "public", *word, *more)


def seal(home: Home, capsys: CAPSYS, name: str = "work.png", data: bytes = b"a work") -> Path:
    work = home.write_work(name, data)
    assert call("seal", work, *at(home, "--key", "default")) == 0
    capsys.readouterr()
    return work.with_name(work.name + ".seal.json")


def anchored(home: Home, receipt: Path) -> bool:
    call("upgrade", receipt, "--home", home.path)
    return bool(read_receipt(receipt).anchors)


def deploy(home: Home, capsys: CAPSYS) -> str:
    assert call("chain", "deploy", *at(home, "--yes", "--json")) == 0
    ledger = said(capsys.readouterr().out)["ledger"]
    return str(ledger)


def test_deploying_prints_the_cost_and_asks_before_it_spends(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    before = node.ask("eth_blockNumber")
    ended = subprocess.run(
        command("chain", "deploy", *at(home)),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert ended.returncode == 1
    assert "costs at most" in ended.stderr
    assert "--yes" in ended.stderr
    assert node.ask("eth_blockNumber") == before
    ledger = deploy(home, capsys)
    after = node.ask("eth_blockNumber")
    assert deploy(home, capsys) == ledger
    assert node.ask("eth_blockNumber") == after


def test_the_status_tells_who_pays_and_what_they_hold(home: Home, capsys: CAPSYS) -> None:
    ledger = deploy(home, capsys)
    assert call("chain", "status", *at(home)[:4], "--json") == 0
    told = said(capsys.readouterr().out)
    assert (told["chain_id"], told["local"], told["as_pinned"]) == (CHAIN_ID, False, True)
    assert [one["state"] for one in told["contracts"]] == ["ours", "ours"]
    assert told["ledger"]["id"] == ledger
    assert told["ledger"]["submitter"] == told["submitter"]["address"]
    assert int(told["submitter"]["balance_wei"]) > 10**18
    assert call("chain", "status", *at(home)[:4]) == 0
    out = capsys.readouterr().out
    assert "not pinned" in out
    assert "LOCAL" not in out


def test_a_node_on_another_chain_than_the_settings_pin_is_named(home: Home, capsys: CAPSYS) -> None:
    settings = home.path / "config.toml"
    pinned = settings.read_text(encoding="utf-8") + f'genesis = "0x{"ab" * 32}"\n'
    settings.write_text(pinned, encoding="utf-8")
    assert call("chain", "status", *at(home)[:4]) == 0
    assert "NOT the chain that config.toml pins" in capsys.readouterr().out


def test_a_claim_goes_from_pending_to_final_and_can_be_withdrawn(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    deploy(home, capsys)
    receipt = seal(home, capsys, data=b"public work")
    assert read_receipt(receipt).anchors == ()
    assert call("anchor", *at(home, "--json")) == 0
    captured = capsys.readouterr()
    assert "costs at most" in captured.err
    assert said(captured.out)["anchored"] == 1
    assert call("upgrade", receipt, "--home", home.path, "--json") == 3
    assert said(capsys.readouterr().out)["status"] == "included"
    node.mine(70)  # anvil calls final what is 64 blocks deep
    assert call("upgrade", receipt, "--home", home.path, "--json") == 0
    assert said(capsys.readouterr().out)["status"] == "final"
    assert call("anchor", *at(home)) == 0
    assert call("sync", "--home", home.path, "--chain", "public") == 0
    capsys.readouterr()
    words = ("withdraw", receipt, "--home", home.path)
    assert call(*words, "--passphrase-file", home.passphrase_file, "--yes") == 0
    assert "costs at most" in capsys.readouterr().err
    node.mine(70)
    assert call("verify", receipt, "--home", home.path, "--chain", "public") == 5


def test_two_workers_share_a_ledger_and_stop_when_told(home: Home, capsys: CAPSYS) -> None:
    deploy(home, capsys)
    words = command("anchor", *at(home, "--worker", "--interval", "0.2", "--json"))
    workers = [
        subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        receipts = [seal(home, capsys, f"{n}.png", b"work %d" % n) for n in range(3)]
        give_up = time.monotonic() + 60
        while not all(anchored(home, receipt) for receipt in receipts):
            assert time.monotonic() < give_up, [worker.poll() for worker in workers]
            time.sleep(0.2)
        capsys.readouterr()
        workers[0].send_signal(signal.SIGTERM)
        workers[1].send_signal(signal.SIGINT)
        outputs = [worker.communicate(timeout=60) for worker in workers]
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
                worker.communicate()
    assert [worker.returncode for worker in workers] == [0, 0]
    assert all("stopped" in err and "Traceback" not in err for _, err in outputs)
    assert call("chain", "status", *at(home)[:4], "--json") == 0
    told = said(capsys.readouterr().out)
    assert (told["ledger"]["size"], told["ledger"]["waiting"]) == (3, 0)


def test_a_submitter_that_does_not_unlock_spends_nothing(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    before = node.ask("eth_blockNumber")
    Path(home.passphrase_file).write_text("wrong\n", encoding="utf-8")
    assert call("chain", "deploy", *at(home, "--yes")) == 1
    assert "does not open the key 'payer'" in capsys.readouterr().err
    (home.path / "keys" / "payer.json").unlink()
    assert call("chain", "deploy", *at(home, "--yes")) == 4
    assert node.ask("eth_blockNumber") == before


def test_a_chain_without_the_factory_says_what_it_lacks(tmp_path: Path, capsys: CAPSYS) -> None:
    with anvil(chain_id=CHAIN_ID + 1, extra=("--disable-default-create2-deployer",)) as bare:
        home = make_home(tmp_path)
        Keystore(home.path / "keys", kdf=CHEAP).add("payer", bare.keys[1], PASSPHRASE)
        settings = f'[chains.public]\nrpc = "{bare.url}"\nsubmitter = "payer"\n'
        (home.path / "config.toml").write_text(settings, encoding="utf-8")
        assert call("chain", "deploy", *at(home, "--yes")) == 2
        assert "keyless transaction" in capsys.readouterr().err
        assert bare.ask("eth_blockNumber") == "0x0"


def test_a_node_that_is_gone_is_said_in_one_line(tmp_path: Path, capsys: CAPSYS) -> None:
    home = make_home(tmp_path)
    Keystore(home.path / "keys", kdf=CHEAP).add("payer", bytes(range(5, 37)), PASSPHRASE)
    settings = '[chains.public]\nrpc = "http://127.0.0.1:9"\nsubmitter = "payer"\n'
    (home.path / "config.toml").write_text(settings, encoding="utf-8")
    for words in (("chain", "status"), ("sync",)):
        assert call(*words, "--home", home.path, "--chain", "public") == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "127.0.0.1" in err
