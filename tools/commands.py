"""The commands that make.py understands."""

import io
import os
import subprocess
import sys

from . import checks, environment, node_tools
from .console import Stopped, say
from .locks import lock
from .place import RUNTIME_LOCK, TEST_LOCK, WINDOWS, running_environment, script

USAGE = """usage: python3 make.py COMMAND

  demo [IMAGE]      show the whole path on this computer: seal, anchor, verify
  test [ARGS…]      every check and every test; with ARGS, pytest alone, on what they choose
  check [NAMES…]    format, lint, types, layers
  setup             make .venv, and nothing else
  tools             install the tools that only tests need: anvil, forge, solc, an IPFS node
  lock [ARGS…]      write the lock files anew; ARGS go to uv, as --upgrade
"""
USAGE_ERROR = 2


def demo(args: list[str]) -> int:
    """Hand over to the demo; make.py's place is taken by it where the system can do that."""
    environment.prepare(RUNTIME_LOCK)
    command = [str(script("sealbook")), "demo", *args]
    if not WINDOWS:  # there, execve would return to the shell at once
        os.execve(command[0], command, running_environment())  # noqa: S606
    return subprocess.run(command, env=running_environment(), check=False).returncode


def test(args: list[str]) -> int:
    """Run all that must hold, or the tests that were asked for."""
    tools([])
    return checks.test_some(args) if args else checks.test_everything()


def check(args: list[str]) -> int:
    """Run the checks that are not tests."""
    environment.prepare(TEST_LOCK)
    failed = checks.check(args)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return int(bool(failed))


def setup(_args: list[str]) -> int:
    """Make the environment, and nothing else."""
    environment.prepare(RUNTIME_LOCK)
    return 0


def tools(_args: list[str]) -> int:
    """Make the environment with what tests need, and install the tools from npm."""
    environment.prepare(TEST_LOCK)
    node_tools.prepare()
    return 0


def relock(args: list[str]) -> int:
    """Write both lock files anew."""
    lock(args)
    return 0


COMMANDS = {
    "demo": demo,
    "test": test,
    "check": check,
    "setup": setup,
    "tools": tools,
    "lock": relock,
}


def main(argv: list[str]) -> int:
    """Run one command; every failure of a set-up is one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without UTF-8 gets ? for …
            stream.reconfigure(errors="replace")
    if not argv or argv[0] in {"-h", "--help", "help"}:
        sys.stdout.write(USAGE)
        return 0 if argv else USAGE_ERROR
    if argv[0] not in COMMANDS:
        say(f"no command is named {argv[0]!r}\n\n{USAGE}", end="")
        return USAGE_ERROR
    try:
        return COMMANDS[argv[0]](argv[1:])
    except Stopped as stopped:
        say(f"Sealbook: {stopped}")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        say(f"Sealbook: the folder could not be set up: {error.strerror}{where}")
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    return USAGE_ERROR
