"""Wiring: settings in, working services out; what is not there yet is said in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.adapters.failpoint import VARIABLE
from ledger.checkpoint import ledger_id
from ledger.errors import BadSettings, InvalidInput
from ledger.wiring import Installation, home_path
from tests.nodes import anvil


def test_a_home_is_where_it_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALBOOK_HOME", str(tmp_path / "environment"))
    assert home_path() == tmp_path / "environment"
    assert home_path(str(tmp_path / "given")) == tmp_path / "given"
    assert Installation.open(tmp_path).home == tmp_path
    monkeypatch.delenv("SEALBOOK_HOME")
    assert home_path().name == "sealbook"


def test_opening_a_home_makes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    installation = Installation.open(home)
    for ask in (installation.founded, installation.queue, installation.reader):
        with pytest.raises(BadSettings, match=r"there is none yet|seal something first"):
            ask()
    assert installation.keystore.addresses() == []
    assert not home.exists()


def test_the_embedded_chain_and_its_ledger_are_made_once(tmp_path: Path) -> None:
    installation = Installation.open(tmp_path / "home")
    chain = installation.chain()
    founded = installation.found(chain, None, chain.submitter)
    again = Installation.open(tmp_path / "home")
    assert again.found(again.chain(), None, chain.submitter) == founded == again.founded()
    identity = again.reader().identity()
    assert identity == chain.identity()
    contract = installation.contracts.ledgers
    assert founded.ledger == ledger_id(identity.chain_id, contract, chain.submitter, founded.salt)
    assert again.queue() is again.queue()
    head = chain.block("latest")
    assert head is not None
    assert head.number == 3  # two contracts and a ledger


def test_each_embedded_chain_has_an_id_of_its_own(tmp_path: Path) -> None:
    ids = {
        Installation.open(tmp_path / name).chain().identity().chain_id for name in ("a", "b", "c")
    }
    assert len(ids) == 3


def test_a_chain_by_settings_needs_its_submitters_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with anvil() as node:
        (home / "config.toml").write_text(f'[chains.node]\nrpc = "{node.url}"\n', encoding="utf-8")
        installation = Installation.open(home)
        with pytest.raises(BadSettings, match="submitter"):
            installation.chain("node")
        with pytest.raises(BadSettings, match="chain deploy"):
            installation.founded("node")
        chain = installation.chain("node", node.keys[0])
        with pytest.raises(InvalidInput, match="creator"):
            installation.found(chain, "node", bytes(20))
        founded = installation.found(chain, "node", chain.submitter)
        assert Installation.open(home).founded("node") == founded
        assert not (home / "chains" / "local").exists()
        with pytest.raises(BadSettings):
            installation.chain("nowhere")


def test_the_failpoint_is_taken_from_the_environment(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ledger.leaf import Disclosed\n"
        "from ledger.wiring import Installation\n"
        "one = Installation.open(Path(sys.argv[1]))\n"
        "chain = one.chain()\n"
        "one.found(chain, None, chain.submitter)\n"
        "one.queue().add([Disclosed(b'\\x01' * 32)], None)\n"
        "print(one.anchoring(chain).run().anchored)\n"
    )
    for name, code in (("kept", -9), ("", 0)):
        ended = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "home")],
            env={**os.environ, VARIABLE: name, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
