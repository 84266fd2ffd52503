#!/usr/bin/env python3
"""The project's commands (demo, test, check, setup, tools, lock); each sets up what it needs.

This file must parse on Python 3.6, so that an old Python gets a sentence and not a traceback:
it only finds a Python that fits and hands over to tools/commands.py.
"""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 11)
NEWEST = (3, 14)
# 3.14 last: it has no wheel of coincurve, so signatures are slower there.
NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")
ASK = "import sys; print(sys.implementation.name, *sys.version_info[:2])"


def fits(name: str, major: int, minor: int) -> bool:
    """Whether the locked wheels exist for this interpreter."""
    return name == "cpython" and OLDEST <= (major, minor) <= NEWEST


def another_python() -> str:
    """Find a Python on PATH that fits; each is run, since a shim may be empty."""
    for name in NAMES:
        path = shutil.which(name)
        if path is None:
            continue
        asked = subprocess.run(
            [path, "-c", ASK], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        words = asked.stdout.decode("utf-8", "replace").split()
        if asked.returncode == 0 and fits(words[0], int(words[1]), int(words[2])):
            return path
    return ""


def main() -> int:
    """Run on this Python if it fits, else on another one, else say what is missing."""
    name = sys.implementation.name
    if fits(name, *sys.version_info[:2]):
        sys.path.insert(0, ROOT)
        from tools.commands import main as commands

        return commands(sys.argv[1:])
    other = another_python()
    if other:
        return subprocess.call([other, os.path.join(ROOT, "make.py")] + sys.argv[1:])
    text = "Sealbook needs CPython {}.{} to {}.{}, and this is {} {}.{} ({}): {}\n"
    advice = "install one of these, or name one you have, as in: python3.12 make.py demo"
    came = (name,) + tuple(sys.version_info[:2])
    sys.stderr.write(text.format(*(OLDEST + NEWEST + came + (sys.executable, advice))))
    return 2


if __name__ == "__main__":
    sys.exit(main())
