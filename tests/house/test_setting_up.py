"""make.py from any state: a wrong Python, half-made folders, no rights, no network, two at once."""

import ast
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import stamp
from tools.console import cause
from tools.mutex import only_one_run
from tools.node_tools import FILES, Tools

ROOT = Path(__file__).resolve().parents[2]
OLD = "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['make.py', 'help'];"
NO_SUCH = f"sealbook-no-such-package==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
REFUSING = "http://127.0.0.1:9/simple"  # nobody listens on the discard port


def call(
    args: list[str | Path], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        args,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what make.py needs, in a folder with a space, locked to what no index has."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copytree(ROOT / "tools", folder / "tools")
    for name in ("make.py", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    for name in ("requirements.lock", "requirements-test.lock"):
        (folder / name).write_text(NO_SUCH, encoding="utf-8")
    return folder


def setup(folder: Path) -> subprocess.CompletedProcess[str]:
    unreachable = {"PIP_INDEX_URL": REFUSING, "http_proxy": "", "https_proxy": "", "all_proxy": ""}
    return call([sys.executable, "make.py", "setup"], folder, unreachable)


def test_make_py_parses_on_an_old_python_so_that_it_can_say_what_is_missing() -> None:
    ast.parse((ROOT / "make.py").read_bytes(), feature_version=(3, 6))


def test_an_old_python_is_told_what_to_do_in_one_line(tmp_path: Path) -> None:
    script = f"{OLD} runpy.run_path({str(ROOT / 'make.py')!r}, run_name='__main__')"
    told = call([sys.executable, "-c", script], tmp_path, {"PATH": str(tmp_path)})
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "needs CPython 3.11 to 3.14, and this is cpython 3.9" in told.stderr


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_an_old_python_hands_over_to_a_newer_one_and_passes_over_an_empty_shim(
    tmp_path: Path,
) -> None:
    for name, line in (("python3.13", "exit 127"), ("python3.12", f'exec "{sys.executable}" "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    script = f"{OLD} runpy.run_path({str(ROOT / 'make.py')!r}, run_name='__main__')"
    helped = call([sys.executable, "-c", script], tmp_path, {"PATH": str(tmp_path)})
    assert helped.returncode == 0
    assert helped.stdout.startswith("usage: python3 make.py COMMAND")


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10), False), ((3, 11), True), ((3, 14), True), ((3, 15), False), ((4, 0), False)],
)
def test_only_pythons_that_the_locks_know_fit(version: tuple[int, int], fits: bool) -> None:
    make = runpy.run_path(str(ROOT / "make.py"))
    assert make["fits"]("cpython", *version) is fits
    assert make["fits"]("pypy", *version) is False


def test_a_half_made_environment_is_made_anew_and_a_missing_network_is_one_line(
    checkout: Path,
) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "left-by-a-killed-run").touch()
    told = setup(checkout)
    assert told.returncode == 2
    first, progress, last = told.stderr.splitlines()
    assert first.startswith("Making .venv anew")
    assert progress.startswith("Installing 1 packages into .venv (first time only")
    assert "the package index can't be reached" in last
    assert not (checkout / ".venv" / "left-by-a-killed-run").exists()
    assert not (checkout / ".venv" / "sealbook-stamp.json").exists()
    assert "sealbook-no-such-package" in (checkout / ".venv" / "setup.log").read_text()


def test_a_folder_that_cannot_be_written_is_one_line(checkout: Path) -> None:
    (checkout / ".make.lock").mkdir()  # stops the superuser as well, whom no mode bits stop
    told = setup(checkout)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "the folder could not be set up" in told.stderr


def test_a_stamp_counts_only_while_all_that_it_tells_of_is_there(checkout: Path) -> None:
    script = """
from tools import environment as e, stamp
from tools.place import RUNTIME_LOCK, TEST_LOCK, VENV, script
assert not e.ready(RUNTIME_LOCK), "there is nothing yet"
package = VENV / "lib/python3.11/site-packages/x-1.dist-info"
if e.WINDOWS: package = VENV / "Lib/site-packages/x-1.dist-info"
package.mkdir(parents=True)
script("python").parent.mkdir()
for name in ("python", "sealbook"): script(name).touch()
stamp.write(e.STAMP, e.wanted(RUNTIME_LOCK) | e.found())
assert e.ready(RUNTIME_LOCK)
assert not e.ready(TEST_LOCK), "what tests need was not installed"
said = stamp.read(e.STAMP)
for key in said:
    stamp.write(e.STAMP, said | {key: said[key] + " y-2.dist-info"})
    assert not e.ready(RUNTIME_LOCK), key
stamp.write(e.STAMP, said)
other = VENV / "another-python"
other.touch()
script("python").unlink()
script("python").symlink_to(other)
assert not e.ready(RUNTIME_LOCK), "the Python under the environment is another"
script("python").unlink()
script("python").touch()
assert e.ready(RUNTIME_LOCK)
script("sealbook").unlink()
assert not e.ready(RUNTIME_LOCK), "the command is gone"
script("sealbook").touch()
RUNTIME_LOCK.write_text("changed")
assert not e.ready(RUNTIME_LOCK), "the lock is another"
"""
    judged = call([sys.executable, "-c", script], checkout, {})
    assert judged.returncode == 0, judged.stderr


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"format": 1'])
def test_a_damaged_stamp_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "stamp").write_bytes(content)
    assert stamp.read(tmp_path / "stamp") == {}


def test_tools_count_only_when_finished_and_of_this_lock(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "installed"
    source.mkdir()
    for name in FILES:
        (source / name).write_text("{}")
    tools = Tools(name="a tool", source=source, folder=folder, needed=("tool",))
    (folder / "node_modules" / "tool").mkdir(parents=True)
    assert not tools.ready(), "killed before the end"
    stamp.write(tools.stamp, tools.wanted())
    assert tools.ready()
    (source / "package-lock.json").write_text("[]")
    assert not tools.ready(), "the lock is another"
    (source / "package-lock.json").write_text("{}")
    (folder / "node_modules" / "tool").rmdir()
    assert not tools.ready(), "the tool is gone"


def test_two_set_ups_take_turns(tmp_path: Path) -> None:
    script = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tools.mutex import only_one_run
with only_one_run(Path("mutex")): print(Path("done").exists())
"""
    with only_one_run(tmp_path / "mutex"):
        second = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        (tmp_path / "done").touch()
    assert second.communicate(timeout=30)[0] == "True\n"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError: refused\nNo matching distribution found", "can't be reached"),
        ("npm error code EAI_AGAIN", "can't be reached"),
        ("ERROR: No matching distribution found for x==1", "has no wheel"),
    ],
)
def test_the_likeliest_reason_of_a_failure_is_named(log: str, reason: str) -> None:
    assert reason in cause(log)


def test_an_unknown_failure_is_not_explained_away() -> None:
    assert cause("Segmentation fault") == ""
