"""`ledger`: handing over, rotating the submitter, closing, on a real node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from ledger.encoding import hex_of
from ledger.secp256k1 import address_of_key
from ledger.wiring import Installation
from tests.ledger.factories import author_key
from tests.nodes import AnvilNode, anvil

from .homes import CHEAP, PASSPHRASE, Home, call, make_home, said

CAPSYS = pytest.CaptureFixture[str]
NAMES = ("payer", "vault", "payer2")


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=535_353) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, node: AnvilNode, capsys: CAPSYS) -> Home:
    """A home with a ledger of its own on the node, and three keys that hold coin."""
    home = make_home(tmp_path)
    keys = Keystore(home.path / "keys", kdf=CHEAP)
    for name in NAMES:
        keys.add(name, author_key(name), PASSPHRASE)
        node.ask("anvil_setBalance", address_of(name), hex(10**20))
    chains = "".join(
        f'[chains.{name}]\nrpc = "{node.url}"\nsubmitter = "payer"\n' for name in ("town", "town-2")
    )
    (home.path / "config.toml").write_text(chains, encoding="utf-8")
    assert call("chain", "deploy", *at(home, "--yes")) == 0
    capsys.readouterr()
    return home


def address_of(name: str) -> str:
    return hex_of(address_of_key(author_key(name)))


def at(home: Home, *more: str, chain: str = "town") -> tuple[str | Path, ...]:
    word = ("--passphrase-file", home.passphrase_file)
    return ("--home", home.path, "--chain", chain, *word, *more)


def status(home: Home, capsys: CAPSYS, chain: str = "town") -> dict[str, object]:
    assert call("ledger", "status", "--home", home.path, "--chain", chain, "--json") == 0
    told: dict[str, object] = said(capsys.readouterr().out)
    return told


def seal(home: Home, chain: str = "town", data: bytes = b"a work") -> Path:
    work = home.write_work(f"{data.hex()}.png", data)
    assert call("seal", work, *at(home, "--key", "default", chain=chain)) == 0
    return work.with_name(work.name + ".seal.json")


def test_the_owner_s_key_can_lie_elsewhere_than_the_one_that_anchors(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    payer, vault, second = map(address_of, NAMES)
    assert status(home, capsys)["owner"] == payer
    assert call("ledger", "offer", "vault", *at(home, "--yes")) == 0
    capsys.readouterr()
    told = status(home, capsys)
    assert (told["owner"], told["pending_owner"]) == (payer, vault)
    assert call("ledger", "take", *at(home, "--yes")) == 1  # the payer was not offered it
    assert call("ledger", "take", "--key", "vault", *at(home, "--yes")) == 0
    capsys.readouterr()
    assert status(home, capsys)["owner"] == vault

    # a thief of the anchoring key is thrown out, and can't stop that
    assert call("ledger", "submitter", "payer2", *at(home, "--yes")) == 1
    assert "give --key" in capsys.readouterr().err
    assert call("ledger", "submitter", second, "--key", "vault", *at(home, "--yes")) == 0
    capsys.readouterr()
    assert status(home, capsys)["submitter"] == second
    assert call("ledger", "submitter", second, "--key", "vault", *at(home, "--yes")) == 1

    settings = home.path / "config.toml"
    text = settings.read_text(encoding="utf-8")
    seal(home)
    capsys.readouterr()
    assert call("anchor", *at(home)) == 1  # the old key's transaction would be refused
    settings.write_text(text.replace('submitter = "payer"', 'submitter = "payer2"', 1))
    assert call("anchor", *at(home)) == 0
    capsys.readouterr()
    told = status(home, capsys)
    assert (told["size"], told["waiting"]) == (1, 0)


def test_a_closed_ledger_names_its_successor_which_takes_what_waits(
    home: Home, node: AnvilNode, capsys: CAPSYS
) -> None:
    assert call("chain", "deploy", *at(home, "--yes", chain="town-2")) == 0
    capsys.readouterr()
    ledger, successor = (status(home, capsys, name)["ledger"] for name in ("town", "town-2"))
    assert ledger != successor
    seal(home, data=b"anchored")
    assert call("anchor", *at(home)) == 0
    receipt = seal(home, data=b"waits")
    capsys.readouterr()
    close = ("ledger", "close", str(ledger), *at(home, "--yes", "--successor", str(successor)))
    assert call(*close) == 1
    assert "--leave" in capsys.readouterr().err
    assert call("ledger", "close", str(successor), *at(home, "--yes", "--leave")) == 2
    move = ("ledger", "move", "--home", home.path, "--chain", "town", "--to", "town-2", "--json")
    assert call(*move) == 1  # nobody closed it
    capsys.readouterr()
    assert call(*close, "--leave") == 0
    capsys.readouterr()
    told = status(home, capsys)
    assert (told["closed"], told["successor"], told["waiting"]) == (True, successor, 1)
    assert call("ledger", "offer", "vault", *at(home, "--yes")) == 1
    assert "closed" in capsys.readouterr().err
    assert call("anchor", *at(home)) == 1
    node.mine(100)
    for _ in range(2):  # safe to repeat
        capsys.readouterr()
        assert call(*move) == 0
        assert said(capsys.readouterr().out)["moved"] == 1
    assert Installation.open(home.path).queue("town-2").size() == 1
    assert call("anchor", *at(home, chain="town-2")) == 0
    node.mine(100)
    assert call("upgrade", receipt, "--home", home.path) == 0
    assert call("verify", receipt, "--home", home.path) == 0


def test_what_is_wrong_is_said_in_one_line(home: Home, capsys: CAPSYS) -> None:
    for words, code in (
        (("submitter", "nobody"), 2),
        (("offer", "0x12"), 2),
        (("close", "0x12"), 2),
        (("take", "--key", "missing"), 4),
    ):
        assert call("ledger", *words, *at(home, "--yes")) == code
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert call("ledger", "offer", "vault", *at(home, "--yes", chain="local")) == 2
    assert "this computer's own" in capsys.readouterr().err
