"""`queue migrate` and `index migrate`, as whole processes; then the home works on PostgreSQL."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.leaf import Disclosed
from ledger.receipt import Receipt
from ledger.wiring import Installation
from tests.ledger.factories import word
from tests.postgres import PostgresServer

from .homes import Home, command, environment, make_home, read_receipt, said, sealbook

HELD = 30_000  # leaves: copying them takes longer than a process takes to start


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one work sealed, and one that waits in the queue."""
    home = make_home(tmp_path)
    home.seal("first.png", b"first")
    home.seal("second.png", b"second", wait=0)
    return home


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


def run(home: Home, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    return sealbook(*words, "--home", home.path)


def good(home: Home, *words: str | Path) -> str:
    ended = run(home, *words)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def configure(home: Home, url: str) -> None:
    (home.path / "config.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")


def test_a_home_moves_to_a_database_and_goes_on_there(home: Home, url: str) -> None:
    good(home, "sync")
    told = good(home, "index", "migrate", "--to", url)
    assert 'index_url = "postgresql://sealbook@127.0.0.1' in told
    moved = said(good(home, "queue", "migrate", "--to", url, "--json"))
    assert moved["moved"] == [
        {"chain": "local", "leaves": 2, "file": "chains/local/queue.db.moved"}
    ]
    password = url.split(":")[2].partition("@")[0]
    assert password not in told + str(moved)
    ended = run(home, "anchor")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "was moved to a database" in ended.stderr
    configure(home, url)
    ended = run(home, "queue", "migrate", "--to", url)
    assert (ended.returncode, "moved already" in ended.stderr) == (4, True)
    good(home, "anchor")
    pending = home.path.parent / "second.png.seal.json"
    good(home, "upgrade", pending)
    assert read_receipt(pending).anchors
    third = home.write_work("third.png", b"third")
    good(home, "seal", third, "--passphrase-file", home.passphrase_file)
    good(home, "verify", third)
    checks = said(good(home, "doctor", "--json"))["checks"]
    assert [one for one in checks if one["state"] == "wrong"] == []
    assert {"database", "queue"} & {one["check"] for one in checks}
    claims = said(good(home, "sync", "--rebuild", "--json"))[0]["claims"]
    assert claims == 3
    assert not (home.path / "chains" / "local" / "queue.db").exists()


def test_the_variable_names_the_database_without_a_file_of_settings(home: Home, url: str) -> None:
    more = {"SEALBOOK_DATABASE_URL": url}
    ended = sealbook("anchor", "--home", home.path, more=more)
    assert (ended.returncode, "sealbook queue migrate" in ended.stderr) == (2, True)
    ended = sealbook("queue", "migrate", "--home", home.path, more=more)
    assert ended.returncode == 0, ended.stderr
    ended = sealbook("anchor", "--home", home.path, more=more)
    assert ended.returncode == 0, ended.stderr
    password = url.split(":")[2].partition("@")[0]
    without = {
        "SEALBOOK_DATABASE_URL": url.replace(f":{password}", ""),
        "PGPASSWORD": password,
    }
    ended = sealbook("doctor", "--home", home.path, more=without)
    assert ended.returncode == 0, ended.stdout
    wrong = {"SEALBOOK_DATABASE_URL": f"postgresql:/{password}"}
    ended = sealbook("anchor", "--home", home.path, more=wrong)
    assert (ended.returncode, password in ended.stderr) == (2, False)


def test_a_database_that_is_gone_is_one_line_and_a_wrong_finding(home: Home, url: str) -> None:
    good(home, "queue", "migrate", "--to", url)
    configure(home, url.replace("@127.0.0.1:", "@127.0.0.1:1"))
    ended = run(home, "anchor")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "look whether it runs" in ended.stderr
    ended = run(home, "doctor", "--json")
    assert ended.returncode == 1
    wrong = [one for one in said(ended.stdout)["checks"] if one["state"] == "wrong"]
    assert "database" in {one["check"] for one in wrong}
    assert ended.stderr == ""


def test_a_backup_leaves_the_database_out_and_says_so(home: Home, url: str, tmp_path: Path) -> None:
    good(home, "queue", "migrate", "--to", url)
    configure(home, url)
    ended = run(home, "backup", tmp_path / "backup.tar")
    assert ended.returncode == 0
    assert "pg_dump" in ended.stderr
    again = tmp_path / "again"
    ended = sealbook("restore", tmp_path / "backup.tar", "--home", again)
    assert ended.returncode == 0
    assert "pg_dump" in ended.stderr
    assert not (again / "chains" / "local" / "queue.db").exists()
    assert Installation.open(again).settings.database.url == url


def test_a_migration_that_is_killed_anywhere_loses_nothing(home: Home, url: str) -> None:
    installation = home.installation
    queue = installation.queue()
    assert isinstance(queue, SqlQueue)
    queue.add([Disclosed(word("held", seed)) for seed in range(HELD)], None)
    queue.close()
    chance, file = random.Random(8), home.path / "chains" / "local" / "queue.db"
    kills = 0
    for _ in range(6):
        process = subprocess.Popen(
            command("queue", "migrate", "--to", url, "--home", home.path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        time.sleep(chance.uniform(0.5, 3.0))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
        if file.exists():
            ended = sealbook(
                "upgrade", home.path.parent / "first.png.seal.json", "--home", home.path
            )
            assert ended.returncode in {0, 3}, ended.stderr
    if file.exists():
        good(home, "queue", "migrate", "--to", url)
    print(f"{kills} kills")
    configure(home, url)
    queue = Installation.open(home.path).queue()
    assert isinstance(queue, SqlQueue)
    assert queue.size() == HELD + 2
    assert queue.find(word("held", HELD - 1)) == HELD + 1
    receipt = Receipt.decode((home.path.parent / "second.png.seal.json").read_bytes())
    assert queue.find(receipt.leaf_hash) == 1
    queue.close()
