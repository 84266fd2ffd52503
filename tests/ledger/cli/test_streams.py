"""Standard streams that are closed, full, left by their reader, or in a narrow encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.cli.streams import PIPE, UNWRITTEN

SCRIPT = Path(sys.executable).with_name("sealbook")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX says what is closed")


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which $S is sealbook."""
    said = {"S": str(SCRIPT), "SEALBOOK_HOME": str(folder / "home"), "PYTHONUNBUFFERED": ""}
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=os.environ | said | environment,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    assert "Exception ignored" not in ended.stderr, ended.stderr
    return ended


NO_CLAIM = "$S verify --offline work.bin"  # exit 8, a report on standard output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a work that nobody claimed."""
    (tmp_path / "work.bin").write_bytes(b"a work")
    return tmp_path


def test_a_closed_standard_output_changes_no_verdict(folder: Path) -> None:
    assert shell(folder, f"{NO_CLAIM} >&-").returncode == 8
    assert shell(folder, "$S --help >&-").returncode == 0


def test_what_is_said_on_a_closed_standard_error_lands_nowhere_else(folder: Path) -> None:
    ended = shell(folder, "$S verify --json nothing-here 2>&-")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["exit_code"] == 2


def test_a_reader_that_leaves_changes_no_verdict(folder: Path) -> None:
    for command, code in ((NO_CLAIM, 8), (f"{NO_CLAIM} --json", 8), ("$S --help", 0)):
        line = f"({command}; echo $? > code) | sleep 0"
        assert shell(folder, line).stderr == ""
        assert (folder / "code").read_text() == f"{code}\n"


def test_a_long_answer_cut_short_by_its_reader_is_not_called_done(folder: Path) -> None:
    (folder / "many").write_text("\n".join(["work.bin"] * 1_000))
    shell(folder, "(xargs $S inspect < many; echo $? > code) | sleep 0")
    # xargs itself says 123 or 125 of a program that failed
    assert (folder / "code").read_text() in (f"{PIPE}\n", "123\n", "125\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is Linux's")
def test_an_answer_that_a_full_disk_does_not_take_is_no_verdict(folder: Path) -> None:
    for command in (NO_CLAIM, "$S inspect work.bin", "$S --help", "$S chain list"):
        ended = shell(folder, f"{command} > /dev/full")
        assert ended.returncode == UNWRITTEN
        assert ended.stderr == "sealbook: input or output failed: No space left on device\n"


def test_a_closed_standard_input_is_said_so(folder: Path) -> None:
    for command in ("verify -", "inspect -", "keys import x -", "restore -"):
        ended = shell(folder, f"$S {command} <&-")
        assert ended.returncode == 2, ended.stderr


def test_every_name_and_character_can_be_said(folder: Path) -> None:
    name = os.fsdecode(b"bad\xff.bin")
    (folder / name).write_bytes(b"a work")
    for encoding in ("ascii", "utf-8:strict", "latin-1"):
        for command in ("inspect", "inspect --json", "verify --offline"):
            ended = shell(folder, f"$S {command} bad*", PYTHONIOENCODING=encoding)
            assert ended.returncode in (0, 8), ended.stderr
            if "--json" in command:
                assert json.loads(ended.stdout)["file"] == name
        assert shell(folder, "$S --help", PYTHONIOENCODING=encoding).returncode == 0


def test_a_name_with_marks_for_the_terminal_is_spelled_out_in_one_line(folder: Path) -> None:
    name = "two\nlines\x1b[31m.bin"
    ended = shell(folder, '$S verify --offline "$NAME"', NAME=name)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert r"two\nlines\x1b[31m.bin" in ended.stderr
