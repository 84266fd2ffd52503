"""`keys`: what a person sees, what a program reads, and that no secret is shown."""

import stat
from pathlib import Path

import pytest
from eth_account import Account

from ledger.adapters.keystore import Keystore

from .homes import CHEAP, KEY, PASSPHRASE, Home, call, make_home, said, sealbook

OTHER = "0x" + bytes(range(2, 34)).hex()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path)


def test_a_new_key_is_made_listed_and_exported(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "word").write_text("long enough\n", encoding="utf-8")
    (tmp_path / "word").chmod(0o600)
    more = {"SEALBOOK_HOME": str(home), "SEALBOOK_PASSPHRASE_FILE": str(tmp_path / "word")}
    made = sealbook("keys", "new", "--json", more=more)
    assert (made.returncode, made.stderr) == (0, "")
    address = said(made.stdout)["address"]
    assert said(sealbook("keys", "list", "--json", more=more).stdout) == [
        {"name": "default", "address": address}
    ]
    exported = sealbook("keys", "export", more=more)
    opened = Account.from_key(Account.decrypt(said(exported.stdout), "long enough"))
    assert opened.address.lower() == address
    assert said(exported.stdout)["address"].lower() == address[2:]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_without_a_terminal_one_line_says_what_to_give(tmp_path: Path) -> None:
    ended = sealbook("keys", "new", "--home", tmp_path / "home")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "--passphrase-file FILE" in ended.stderr
    assert not (tmp_path / "home").exists()


def test_a_raw_key_comes_by_stdin_and_is_never_shown(home: Home, tmp_path: Path) -> None:
    given = ("keys", "import", "studio", "--home", home.path)
    word = ("--passphrase-file", home.passphrase_file)
    ended = sealbook(*given, *word, given=OTHER + "\n")
    assert ended.returncode == 0
    assert OTHER[2:] not in ended.stdout + ended.stderr
    assert Keystore(home.path / "keys").unlock("studio", PASSPHRASE).hex() == OTHER[2:]


def test_a_key_that_is_here_already_is_named(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key.hex").write_text(KEY.hex(), encoding="utf-8")
    word = ("--passphrase-file", home.passphrase_file, "--home", home.path)
    assert call("keys", "import", "again", tmp_path / "key.hex", *word) == 1
    assert "here already, named 'default'" in capsys.readouterr().err
    assert call("keys", "new", *word) == 1
    assert "choose another" in capsys.readouterr().err


def test_another_wallets_key_keeps_or_changes_its_passphrase(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = Keystore(tmp_path / "foreign", kdf=CHEAP)
    foreign.add("x", bytes.fromhex(OTHER[2:]), "their word")
    (tmp_path / "wallet.json").write_text(foreign.export("x"), encoding="utf-8")
    (tmp_path / "theirs").write_text("their word\r\n", encoding="utf-8")
    (tmp_path / "theirs").chmod(0o600)
    common = ("keys", "import", "studio", tmp_path / "wallet.json", "--home", home.path)
    word = ("--passphrase-file", home.passphrase_file)
    assert call(*common, *word) == 1
    assert "passphrase" in capsys.readouterr().err
    assert call(*common, *word, "--opens-with", tmp_path / "theirs", "--json") == 0
    assert said(capsys.readouterr().out)["name"] == "studio"
    assert Keystore(home.path / "keys").unlock("studio", PASSPHRASE).hex() == OTHER[2:]


def test_an_export_is_a_new_file_for_its_owner_only(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert call("keys", "export", "--output", out, "--home", home.path) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert call("keys", "export", "--output", out, "--home", home.path) == 1
    assert "choose another name" in capsys.readouterr().err


def test_a_passphrase_file_that_others_read_is_warned_of(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(home.passphrase_file).chmod(0o644)
    word = ("--passphrase-file", home.passphrase_file, "--home", home.path)
    assert call("keys", "new", "other", *word) == 0
    assert "chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\n", b"a" * 5000])
def test_what_is_no_passphrase_is_refused(
    home: Home, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    Path(home.passphrase_file).write_bytes(data)
    word = ("--passphrase-file", home.passphrase_file, "--home", home.path)
    assert call("keys", "new", "other", *word) == 2
    assert "passphrase" in capsys.readouterr().err
    assert call("keys", "new", "other", "--passphrase-file", home.path / "no", *word[2:]) == 2


def test_a_missing_key_is_not_found(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("keys", "export", "studio", "--home", home.path, "--json") == 4
    out = capsys.readouterr().out
    assert said(out)["error"] == "KeyMissing"


def test_a_home_that_cannot_be_written_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "word").write_text("word\n", encoding="utf-8")
    (tmp_path / "word").chmod(0o600)
    ended = sealbook(
        "keys", "new", "--home", tmp_path / "file", "--passphrase-file", tmp_path / "word"
    )
    assert ended.returncode in {1, 2}
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_each_action_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("new", "list", "import", "export"):
        assert call("keys", action, "--help") == 0
        assert f"sealbook keys {action}" in capsys.readouterr().out.split("example", 1)[1]
