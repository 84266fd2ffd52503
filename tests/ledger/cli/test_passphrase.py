"""A passphrase asked on a terminal: not shown, twice for a new key, and refused if it differs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.adapters.keystore import Keystore
from tests.nodes import ROOT

from .homes import command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")
SECRET = "correct horse battery"


def at_a_terminal(home: Path, *answers: str) -> tuple[int, str]:
    """Run `keys new` at a terminal; give each answer when it is asked. Return code and screen."""
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        command("keys", "new", "--home", home),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(),
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(terminal)
    seen = ""
    try:
        for asked, answer in enumerate(answers, 1):
            while seen.count(": ") < asked:
                seen += os.read(screen, 1024).decode()
            time.sleep(0.1)  # what is typed before the echo is off is thrown away
            os.write(screen, answer.encode() + b"\n")
        while True:
            seen += os.read(screen, 1024).decode()
    except OSError:  # Linux: the other end has closed
        pass
    finally:
        code = process.wait(60)
        os.close(screen)
    return code, seen


def test_a_new_passphrase_is_asked_twice_and_not_shown(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "home", SECRET, SECRET)
    assert code == 0, seen
    assert SECRET not in seen
    assert len(Keystore(tmp_path / "home" / "keys").unlock(None, SECRET)) == 32


def test_two_passphrases_that_differ_make_no_key(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "home", SECRET, SECRET + "!")
    assert code == 2
    assert "twice" in seen
    assert not (tmp_path / "home").exists()


def test_an_empty_passphrase_makes_no_key(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "home", "")
    assert code == 2
    assert "empty" in seen
