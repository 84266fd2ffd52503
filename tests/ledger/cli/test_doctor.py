"""`doctor`: each fault is found, named with what to do, and the home that is well passes."""

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.adapters.backups import restore_backup, write_backup
from ledger.errors import BadSettings
from ledger.step import parse_steps
from ledger.wiring import Installation

from .homes import Home, call, make_home

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path)


def doctor(home: Home, capsys: CAPSYS, code: int, *more: str) -> dict[str, dict[str, Any]]:
    """Return what doctor found, by check; of a check that found more, what is wrong."""
    capsys.readouterr()
    assert call("doctor", "--home", home.path, "--json", *more) == code
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is (code == 0)
    found: dict[str, dict[str, Any]] = {}
    for one in told["checks"]:
        if one["check"] not in found or one["state"] != "well":
            found[one["check"]] = one
    return found


def test_a_home_that_is_well_passes_every_check(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    assert call("sync", "--home", home.path) == 0
    found = doctor(home, capsys, 0)
    assert {one["state"] for one in found.values()} == {"well"}
    assert list(found) == [
        "home",
        "settings",
        "disk",
        "leftovers",
        "keys",
        "logs",
        "ledger files",
        "chain",
        "contracts",
        "ledger",
        "index",
        "accumulators",
        "manifests",
        "blocks",
    ]
    assert call("doctor", "--home", home.path) == 0
    out = capsys.readouterr().out
    assert out.startswith(" 1 home ")
    assert out.endswith("all is well\n")


def test_a_missing_home_is_named(tmp_path: Path, capsys: CAPSYS) -> None:
    assert doctor(Home(tmp_path / "no"), capsys, 1)["home"]["state"] == "wrong"


def test_a_home_and_keys_that_others_read_are_named(home: Home, capsys: CAPSYS) -> None:
    home.path.chmod(0o755)
    (home.path / "keys" / "default.json").chmod(0o640)
    found = doctor(home, capsys, 1)
    assert found["home"]["advice"] == f"chmod 700 {home.path}"
    assert found["keys"]["advice"].startswith("chmod 600")


def test_broken_settings_are_named_and_the_disk_is_still_checked(
    home: Home, capsys: CAPSYS
) -> None:
    (home.path / "config.toml").write_text("chain = 'nowhere'\n", encoding="utf-8")
    found = doctor(home, capsys, 1)
    assert found["settings"]["state"] == "wrong"
    assert found["disk"]["state"] == "well"


def test_a_damaged_key_and_a_submitter_without_one_are_named(home: Home, capsys: CAPSYS) -> None:
    settings = '[chains.public]\nrpc = "http://127.0.0.1:9"\nsubmitter = "payer"\n'
    (home.path / "config.toml").write_text(settings, encoding="utf-8")
    found = doctor(home, capsys, 1, "--chain", "local")
    assert "payer" in found["keys"]["message"]
    (home.path / "keys" / "default.json").write_bytes(b"{")
    found = doctor(home, capsys, 1)
    assert "damaged" in found["keys"]["message"]
    assert found["chain"]["chain"] == "public"  # nobody listens there
    assert found["chain"]["state"] == "wrong"


def test_a_lost_and_a_damaged_manifest_are_put_back_from_the_queue(
    home: Home, capsys: CAPSYS
) -> None:
    home.seal()
    home.seal("second.png", b"second")
    lost, damaged = sorted((home.path / "blocks").rglob("*.data"))
    kept = lost.read_bytes()
    lost.unlink()
    damaged.write_bytes(b"something else")
    found = doctor(home, capsys, 0)
    assert "2 were lost or damaged and are put back" in found["manifests"]["message"]
    assert found["blocks"]["state"] == "well"
    assert lost.read_bytes() == kept


def test_a_block_that_nothing_can_mend_is_wrong(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    (block,) = (home.path / "blocks").rglob("*.data")
    block.write_bytes(b"something else")
    (home.path / "chains" / "local" / "queue.db").unlink()
    found = doctor(home, capsys, 1)
    assert found["blocks"]["state"] == "wrong"
    assert found["ledger"]["state"] == "wrong"


def test_an_old_backup_of_a_ledger_that_went_on_is_named(
    home: Home, tmp_path: Path, capsys: CAPSYS
) -> None:
    home.seal()
    with (tmp_path / "b.tar").open("wb") as out:
        write_backup(home.path, out)
    home.seal("later.png", b"later")
    old = Home(tmp_path / "old")
    with (tmp_path / "b.tar").open("rb") as source:
        restore_backup(source, old.path)
    for path in (home.path / "chains" / "local").glob("chain.db*"):
        shutil.copy(path, old.path / "chains" / "local")
    found = doctor(old, capsys, 1)
    assert "older than its ledger" in found["ledger"]["message"]


def test_leaves_that_wait_and_an_index_behind_are_notes(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    assert call("sync", "--home", home.path) == 0
    home.seal("second.png", b"second")
    home.seal("third.png", b"third", wait=0)
    found = doctor(home, capsys, 0)
    assert (found["ledger"]["state"], found["index"]["state"]) == ("note", "note")
    assert found["ledger"]["advice"] == "sealbook anchor --chain local"


def test_a_chain_that_was_changed_is_wrong(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    path = home.path / "chains" / "local" / "chain.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE blocks SET hash = zeroblob(32) WHERE number = 2")
        connection.commit()
    found = doctor(home, capsys, 1)
    assert "does not follow" in found["chain"]["message"]
    path.write_bytes(b"no database")
    assert doctor(home, capsys, 1)["chain"]["state"] == "wrong"


def test_an_index_that_lost_an_anchor_is_wrong(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    home.seal("second.png", b"second")
    assert call("sync", "--home", home.path) == 0
    with closing(sqlite3.connect(home.path / "index.db")) as connection:
        connection.execute("DELETE FROM index_checkpoints WHERE size = 1")
        connection.commit()
    found = doctor(home, capsys, 1)
    assert found["accumulators"]["advice"].startswith("sealbook sync --rebuild")


def test_what_killed_processes_left_is_noted(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    left = home.path / ".config.toml.x1"
    left.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(left, (long_ago, long_ago))
    (home.path.parent / f".{home.path.name}.restoring").mkdir()
    found = doctor(home, capsys, 0)
    assert ".config.toml.x1" in found["leftovers"]["message"]
    assert "restoring" in found["leftovers"]["message"]


def test_a_damaged_process_log_is_wrong(home: Home, capsys: CAPSYS) -> None:
    home.seal()
    log = Installation.open(home.path).logs.new(parse_steps(b'{"kind":"generate"}\n'))
    assert doctor(home, capsys, 0)["logs"]["state"] == "well"
    (home.path / "logs" / log.log_id.hex() / "secret").write_bytes(b"")
    assert doctor(home, capsys, 1)["logs"]["state"] == "wrong"
    (home.path / "logs" / log.log_id.hex() / "secret").unlink()
    assert doctor(home, capsys, 1)["logs"]["state"] == "wrong"


@pytest.mark.parametrize("name", ["submitter.key", "ledger.salt", "chain.db"])
def test_a_file_that_the_ledger_rests_on_is_never_replaced(
    home: Home, capsys: CAPSYS, name: str
) -> None:
    home.seal()
    lost = home.path / "chains" / "local" / name
    lost.unlink()
    assert f"{name} is lost" in doctor(home, capsys, 1)["ledger files"]["message"]
    installation = Installation.open(home.path)

    def found_anew() -> None:
        installation.found(installation.chain("local"), "local", bytes(20))

    with pytest.raises(BadSettings, match="lost"):
        found_anew()
    assert not lost.exists()
