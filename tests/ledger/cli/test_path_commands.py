"""The commands along the path on the embedded chain: anchor, upgrade, show, sync, withdraw."""

import gc
import json
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from ledger.secp256k1 import address_of_key

from .homes import AUTHOR, CHEAP, PASSPHRASE, Home, call, make_home, read_receipt, said, sealbook

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path)


def test_a_pending_receipt_becomes_final_in_place(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal(wait=0)
    at = ("--home", home.path)
    assert read_receipt(receipt).anchors == ()
    assert call("upgrade", receipt, *at, "--json") == 3
    assert said(capsys.readouterr().out)["status"] == "pending"
    assert call("anchor", *at, "--json") == 0
    told = said(capsys.readouterr().out)
    counts = {"anchored": 1, "waiting": 0, "unfinal": 0, "overturned": 0}
    assert told == {"chain": "local", **counts, "pins": {}}
    assert call("upgrade", receipt, *at, "--json") == 0
    told = said(capsys.readouterr().out)
    assert (told["status"], told["changed"]) == ("final", True)
    assert len(read_receipt(receipt).anchors) == 1
    before = receipt.read_bytes()
    assert call("upgrade", receipt, *at, "--json") == 0
    assert said(capsys.readouterr().out)["changed"] is False
    assert receipt.read_bytes() == before
    assert call("verify", receipt, *at) == 0


def test_a_receipt_is_brought_up_to_date_from_the_index_alone(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal(wait=0)
    pending = receipt.read_bytes()
    at = ("--home", home.path)
    assert call("anchor", *at) == 0
    assert call("upgrade", receipt, *at) == 0
    final = receipt.read_bytes()
    receipt.write_bytes(pending)
    (home.path / "chains" / "local" / "queue.db").unlink()
    assert call("upgrade", receipt, *at) == 0
    assert receipt.read_bytes() == final


def test_a_strangers_receipt_is_not_known_here(home: Home, tmp_path: Path, capsys: CAPSYS) -> None:
    receipt = home.seal()
    other = make_home(tmp_path / "other")
    other.seal("other.png")
    assert call("upgrade", receipt, "--home", other.path) == 4
    assert "--home DIR" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\n", b"[" * 10_000])
def test_what_is_no_receipt_is_a_usage_error(home: Home, data: bytes, capsys: CAPSYS) -> None:
    bad = home.write_work("bad.seal.json", data)
    for command in (("show", bad), ("upgrade", bad), ("withdraw", bad)):
        at = () if command[0] == "show" else ("--home", home.path)
        assert call(*command, *at) == 2
        assert "Traceback" not in capsys.readouterr().err


def test_show_says_what_is_written_and_gives_no_verdict(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal(wait=0)
    assert call("show", receipt) == 0
    out = capsys.readouterr().out
    assert "nothing here is checked" in out
    assert "PENDING" in out
    assert f"0x{AUTHOR.address.hex()}" in out
    assert call("anchor", "--home", home.path) == 0
    assert call("upgrade", receipt, "--home", home.path) == 0
    capsys.readouterr()
    assert call("show", receipt, "--json") == 0
    told = said(capsys.readouterr().out)
    assert told["status"] == "anchored"
    assert told["receipt"] == json.loads(receipt.read_bytes())


def test_show_reads_standard_input(home: Home) -> None:
    receipt = home.seal(wait=0)
    ended = sealbook("show", "-", given=receipt.read_text(encoding="utf-8"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "PENDING" in ended.stdout


def test_sync_counts_and_a_rebuild_says_the_same(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    home.seal("second.png", b"another")
    at = ("--home", home.path, "--json")
    assert call("sync", *at) == 0
    told = said(capsys.readouterr().out)
    assert told[0]["claims"] == 2
    assert told[0]["missing_manifests"] == []
    gc.collect()  # this process holds no connection to the file that is damaged now
    for name in ("index.db-wal", "index.db-shm"):
        (home.path / name).unlink(missing_ok=True)
    (home.path / "index.db").write_bytes(b"not a database" * 100)
    assert call("sync", *at) == 1
    capsys.readouterr()
    assert call("sync", "--rebuild", *at) == 0
    assert said(capsys.readouterr().out) == told


def test_sync_names_a_missing_manifest(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    for block in (home.path / "blocks").rglob("*.data"):
        block.unlink()
    assert call("sync", "--home", home.path) == 0
    assert "missing: manifest bafk" in capsys.readouterr().out


def test_sync_of_nothing_says_so(home: Home, capsys: CAPSYS) -> None:
    assert call("sync", "--home", home.path) == 0
    assert "seal something first" in capsys.readouterr().out
    assert call("sync", "--home", home.path, "--chain", "local") == 2
    assert call("sync", "--home", home.path, "--chain", "local", "--rebuild") == 2


def test_a_withdrawn_claim_keeps_its_place_and_is_void(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal()
    at = ("--home", home.path, "--passphrase-file", home.passphrase_file)
    assert call("verify", receipt, *at[:2]) == 0
    assert call("verify", receipt, *at[:2], "--offline") == 0
    capsys.readouterr()
    assert call("withdraw", receipt, *at, "--json") == 0
    assert said(capsys.readouterr().out)["status"] == "withdrawn"
    assert call("verify", receipt, *at[:2], "--offline") == 8  # no longer what was seen before
    capsys.readouterr()
    assert call("verify", receipt, "--home", home.path, "--json") == 5
    told = said(capsys.readouterr().out)
    assert told["claim"] is not None
    outcomes = {one["check"]: one["outcome"] for one in told["findings"]}
    assert outcomes["standing"] == "withdrawn"
    assert call("withdraw", receipt, *at) == 1
    assert "already" in capsys.readouterr().err


def test_only_the_authors_own_key_withdraws(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal()
    keystore = Keystore(home.path / "keys", kdf=CHEAP)
    keystore.add("stranger", bytes(range(9, 41)), PASSPHRASE)
    assert address_of_key(bytes(range(9, 41))) != AUTHOR.address
    at = ("--home", home.path, "--passphrase-file", home.passphrase_file)
    assert call("withdraw", receipt, "--key", "stranger", *at) == 2
    assert "delegate" in capsys.readouterr().err
    (home.path / "keys" / "default.json").unlink()
    assert call("withdraw", receipt, *at) == 4
    assert "keys import" in capsys.readouterr().err
    assert call("verify", receipt, "--home", home.path) == 0


def test_a_wrong_passphrase_withdraws_nothing(home: Home, capsys: CAPSYS) -> None:
    receipt = home.seal()
    Path(home.passphrase_file).write_text("wrong\n", encoding="utf-8")
    at = ("--home", home.path, "--passphrase-file", home.passphrase_file)
    assert call("withdraw", receipt, *at) == 1
    assert "does not open" in capsys.readouterr().err


def test_anchoring_without_a_ledger_says_how_to_make_one(home: Home, capsys: CAPSYS) -> None:
    assert call("anchor", "--home", home.path) == 2
    assert "chain deploy" in capsys.readouterr().err
    assert call("chain", "deploy", "--home", home.path) == 0
    assert call("anchor", "--home", home.path) == 0
    assert call("anchor", "--home", home.path, "--interval", "0") == 2
