"""What a person is told when the chain takes a block back: by verify, upgrade, doctor, anchor."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from tests.nodes import AnvilNode, anvil

from .homes import CHEAP, PASSPHRASE, Home, call, make_home

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=424_243, extra=("--slots-in-an-epoch", "2")) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, node: AnvilNode) -> Home:
    home = make_home(tmp_path)
    Keystore(home.path / "keys", kdf=CHEAP).add("payer", node.keys[0], PASSPHRASE)
    settings = f'[chains.public]\nrpc = "{node.url}"\nsubmitter = "payer"\n'
    (home.path / "config.toml").write_text(settings, encoding="utf-8")
    return home


def at(home: Home, *more: str) -> tuple[str | Path, ...]:
    word = ("--passphrase-file", home.passphrase_file)
    return ("--home", home.path, "--chain", "public", *word, *more)


def anchored(home: Home) -> Path:
    """Return the receipt of a work that is sealed and anchored on the node's chain."""
    assert call("chain", "deploy", *at(home, "--yes")) == 0
    work = home.write_work()
    assert call("seal", work, *at(home, "--key", "default")) == 0
    assert call("anchor", *at(home)) == 0
    receipt = work.with_name(work.name + ".seal.json")
    call("upgrade", receipt, "--home", home.path)
    return receipt


def ledger_diagnosis(home: Home, capsys: CAPSYS) -> str:
    capsys.readouterr()
    assert call("doctor", "--home", home.path, "--json") == 1
    told = json.loads(capsys.readouterr().out)["checks"]
    (found,) = [one["message"] for one in told if one["check"] == "ledger"]
    return str(found)


def test_a_receipt_of_a_block_that_went_away_is_7_until_it_is_anchored_again_and_upgraded(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    receipt = anchored(home)
    node.ask("anvil_reorg", 1, [])
    assert call("verify", receipt, "--home", home.path) == 7
    assert call("upgrade", receipt, "--home", home.path) == 3
    assert "was reorganised away" in capsys.readouterr().out
    assert "reorganised away" in ledger_diagnosis(home, capsys)
    assert call("anchor", *at(home)) == 0
    assert call("verify", receipt, "--home", home.path) == 7
    node.mine(4)
    assert call("upgrade", receipt, "--home", home.path) == 0
    assert call("verify", receipt, "--home", home.path) == 0


def test_a_chain_that_breaks_its_own_rule_is_named_and_what_was_final_is_anchored_again(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    receipt = anchored(home)
    node.mine(4)
    assert call("anchor", *at(home)) == 0
    assert call("upgrade", receipt, "--home", home.path) == 0
    assert call("verify", receipt, "--home", home.path) == 0
    assert call("verify", receipt, "--home", home.path, "--offline") == 0
    node.ask("anvil_reorg", 5, [])
    assert "broke its own rule" in ledger_diagnosis(home, capsys)
    assert call("verify", receipt, "--home", home.path) == 7
    assert call("verify", receipt, "--home", home.path, "--offline") != 0  # no longer remembered
    capsys.readouterr()
    assert call("anchor", *at(home, "--json")) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["overturned"] == 1
    assert "broke its own rule" in told.err
    node.mine(4)
    assert call("anchor", *at(home)) == 0
    assert call("upgrade", receipt, "--home", home.path) == 0
    assert call("verify", receipt, "--home", home.path) == 0
