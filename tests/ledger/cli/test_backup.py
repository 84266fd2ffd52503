"""`backup` and `restore`: all comes back, while others write, after kills, or nothing does."""

import io
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.adapters.backups import restore_backup, write_backup
from tests.nodes import ROOT

from . import home_writer
from .homes import PASSPHRASE, Home, call, command, environment, make_home, said, sealbook

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_home_comes_back_whole_and_goes_on(home: Home, tmp_path: Path, capsys: CAPSYS) -> None:
    receipt = home.seal()
    (home.path / "config.toml").write_text('chain = "local"\n', encoding="utf-8")
    assert call("verify", receipt, "--home", home.path) == 0  # keeps what it saw
    file, again = tmp_path / "backup.tar", Home(tmp_path / "again")
    capsys.readouterr()
    assert call("backup", file, "--home", home.path, "--json") == 0
    assert said(capsys.readouterr().out)["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert call("restore", file, "--home", again.path) == 0
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o700
    before = {name for name in names(home.path) if "index.db" not in name and ".lock" not in name}
    shutil.rmtree(home.path)
    assert names(again.path) == {
        name for name in before if not name.endswith(("-wal", "-shm", ".temp"))
    }
    assert again.installation.keystore.unlock(None, PASSPHRASE) == bytes(range(1, 33))
    assert call("verify", receipt, "--offline", "--home", again.path) == 0
    assert call("verify", receipt, "--home", again.path) == 0
    assert call("verify", again.seal("more.png", b"more"), "--home", again.path) == 0


def test_a_backup_goes_through_a_pipe(home: Home, tmp_path: Path) -> None:
    receipt = home.seal()
    written = subprocess.run(
        command("backup", "-", "--home", home.path),
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    subprocess.run(
        command("restore", "-", "--home", tmp_path / "again"),
        env=environment(),
        cwd=ROOT,
        input=written.stdout,
        capture_output=True,
        check=True,
    )
    assert call("verify", receipt, "--home", tmp_path / "again") == 0


def test_a_backup_that_is_made_while_others_seal_is_of_one_moment(
    home: Home, tmp_path: Path
) -> None:
    home.seal("first.png", b"first")
    writer = subprocess.Popen(
        [sys.executable, home_writer.__file__, str(home.path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment({"PYTHONPATH": str(ROOT)}),
    )
    chance = random.Random(3)
    try:
        assert writer.stdout is not None
        acknowledged = [Path(writer.stdout.readline().strip())]
        for number in range(6):
            time.sleep(chance.uniform(0.0, 0.3))
            out = io.BytesIO()
            write_backup(home.path, out)
            out.seek(0)
            again = Home(tmp_path / f"again-{number}")
            restore_backup(out, again.path)
            goes_on(again)
            assert call("verify", acknowledged[-1], "--home", again.path) == 0
            acknowledged.append(Path(writer.stdout.readline().strip()))
    finally:
        writer.kill()
        writer.communicate()


def goes_on(home: Home) -> None:
    """Assert that queue and chain of a restored home fit, and that it can seal."""
    installation = home.installation
    queue = installation.queue("local")
    last = queue.last_batch()
    assert last is not None
    assert installation.syncing("local").run() is not None
    assert installation.index.missing(installation.reader("local").identity()) == []
    receipt = home.seal("after.png", b"after the restore")
    assert call("verify", receipt, "--home", home.path) == 0
    receipt.unlink()  # other restored homes lie in the same folder


def test_a_home_that_is_not_empty_is_left_as_it_is(
    home: Home, tmp_path: Path, capsys: CAPSYS
) -> None:
    home.seal()
    file = tmp_path / "backup.tar"
    assert call("backup", file, "--home", home.path) == 0
    before = names(home.path)
    assert call("restore", file, "--home", home.path) == 1
    assert "empty" in capsys.readouterr().err
    assert names(home.path) == before
    assert call("restore", file, "--home", file) == 1
    (tmp_path / "empty").mkdir()
    assert call("restore", file, "--home", tmp_path / "empty") == 0


def test_a_backup_does_not_write_over_another_file(
    home: Home, tmp_path: Path, capsys: CAPSYS
) -> None:
    work = home.write_work()
    assert call("backup", work, "--home", home.path) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert work.read_bytes() == b"a work"
    assert call("backup", work, "--home", home.path, "--overwrite") == 0
    assert call("restore", work, "--home", tmp_path / "again") == 0


def test_a_cut_backup_leaves_nothing(home: Home, tmp_path: Path, capsys: CAPSYS) -> None:
    home.seal()
    file = tmp_path / "backup.tar"
    assert call("backup", file, "--home", home.path) == 0
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    before = names(tmp_path)
    assert call("restore", file, "--home", tmp_path / "again") == 2
    assert "cut off" in capsys.readouterr().err
    assert names(tmp_path) == before


def test_a_killed_restore_leaves_no_home_and_the_next_one_clears_up(
    home: Home, tmp_path: Path
) -> None:
    home.seal(data=b"a work")
    for number in range(40):  # so that there is something to be killed at
        folder = home.path / "logs" / f"{number:064x}"
        folder.mkdir(parents=True)
        (folder / "steps.jsonl").write_bytes(bytes(200_000))
    file, again = tmp_path / "backup.tar", tmp_path / "again"
    assert call("backup", file, "--home", home.path) == 0
    data = file.read_bytes()
    for share in (0.1, 0.5, 0.99):
        process = subprocess.Popen(
            command("restore", "-", "--home", again),
            stdin=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
        )
        assert process.stdin is not None
        process.stdin.write(data[: int(len(data) * share)])
        process.stdin.flush()
        give_up = time.monotonic() + 30
        while not (tmp_path / ".again.restoring").exists():
            assert time.monotonic() < give_up
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        assert not again.exists()
    assert (tmp_path / ".again.restoring").exists()
    assert call("restore", file, "--home", again) == 0
    assert [path.name for path in tmp_path.glob(".again*")] == []
    assert (again / "logs" / f"{39:064x}" / "steps.jsonl").stat().st_size == 200_000


def test_a_backup_of_nothing_says_so(tmp_path: Path, capsys: CAPSYS) -> None:
    assert call("backup", tmp_path / "b.tar", "--home", tmp_path / "nowhere") == 2
    assert "--home" in capsys.readouterr().err
    assert names(tmp_path) == set()


def test_broken_settings_do_not_keep_from_a_backup(home: Home, tmp_path: Path) -> None:
    (home.path / "config.toml").write_text("not = = toml", encoding="utf-8")
    assert call("backup", tmp_path / "b.tar", "--home", home.path) == 0


def test_a_place_that_cannot_be_written_says_so_in_one_line(home: Home, tmp_path: Path) -> None:
    ended = sealbook("backup", tmp_path / "no" / "b.tar", "--home", home.path)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    (tmp_path / "file").write_bytes(b"")
    file = tmp_path / "b.tar"
    assert call("backup", file, "--home", home.path) == 0
    ended = sealbook("restore", file, "--home", tmp_path / "file" / "home")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
