"""Commands on a home that can't be written: one line that says so, no traceback, no harm."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .homes import Home, call, make_home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders there have no such mode")
NOBODY = 65534
CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def home() -> Iterator[Home]:
    # not below pytest's own folder, which only its owner may enter
    folder = Path(tempfile.mkdtemp(prefix="sealbook-"))
    home = make_home(folder)
    home.seal()
    # loads what a stranger may not
    assert call("doctor", "--home", home.path) == 0
    assert call("backup", folder / "first.backup", "--home", home.path) == 0
    Path(home.passphrase_file).chmod(0o644)
    set_modes(folder, 0o555, 0o444)
    try:
        yield home
    finally:
        set_modes(folder, 0o755, 0o644)
        shutil.rmtree(folder)


def set_modes(folder: Path, folders: int, files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody whom file modes bind: the superuser is not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "new", "other"),
        ("anchor",),
        ("chain", "deploy"),
        ("sync",),
        ("sync", "--rebuild"),
        ("backup", "-"),
    ],
    ids=" ".join,
)
def test_a_command_that_writes_says_so_in_one_line(
    home: Home, capsys: CAPSYS, words: tuple[str, ...]
) -> None:
    word = ("--passphrase-file", home.passphrase_file) if words[0] == "keys" else ()
    capsys.readouterr()
    with without_rights():
        code = call(*words, "--home", home.path, *word)
    said = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith("sealbook: expected")


def test_doctor_names_it_and_checks_what_it_can(home: Home, capsys: CAPSYS) -> None:
    capsys.readouterr()
    with without_rights():
        assert call("doctor", "--home", home.path) == 1
    out = capsys.readouterr().out
    assert "can't be written" in out
    assert "blocks       well" in out


def test_what_only_reads_still_works(home: Home, capsys: CAPSYS) -> None:
    receipt = home.path.parent / "work.png.seal.json"
    with without_rights():
        assert call("keys", "list", "--home", home.path) == 0
        assert call("chain", "list", "--home", home.path) == 0
        assert call("show", receipt) == 0
