"""What a set-up says: one line while it works, the end of its log when it fails."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TAIL = 15
WIDTH = 300
NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeout",
    "ReadTimeoutError",
    "ConnectionRefusedError",
    "Failed to establish a new connection",
    "Network is unreachable",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
)
NO_WHEEL = ("No matching distribution found", "Could not find a version")
NO_SPACE = ("No space left on device", "ENOSPC")


class Stopped(Exception):
    """The set-up cannot go on; the message is for the person at the keyboard."""


def say(text: str, end: str = "\n") -> None:
    """Say it on standard error: standard output belongs to the command that follows."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def cause(log: str) -> str:
    """Name the likeliest reason of a failure, from what the installer wrote; empty if unknown."""
    if any(sign in log for sign in NO_SPACE):
        return "the disk is full; free some space and run it again"
    if any(sign in log for sign in NO_NETWORK):
        return "the package index can't be reached; check the network or proxy and run it again"
    if any(sign in log for sign in NO_WHEEL):
        return "a locked package has no wheel for this Python and machine; see docs/dependencies.md"
    return ""


def run_quietly(
    doing: str, args: Sequence[str | Path], log: Path, environment: dict[str, str], keep: int | None
) -> None:
    """Run an installer behind one line of progress.

    `keep` is a file descriptor that the installer inherits: should this process be killed, the
    mutex stays taken until the orphan has ended too.
    """
    say(f"{doing}…", end=" ")
    began = time.monotonic()
    with log.open("a", encoding="utf-8", errors="replace") as written:
        start = written.tell()
        written.write(f"$ {' '.join(map(str, args))}\n")
        written.flush()
        ended = subprocess.run(
            args,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
            pass_fds=() if keep is None else (keep,),
        )
    if ended.returncode == 0:
        say(f"{time.monotonic() - began:.0f} s")
        return
    with log.open(encoding="utf-8", errors="replace") as read:
        read.seek(start)
        lines = read.read().splitlines()
    say("failed")
    known = cause("\n".join(lines))
    if not known:
        for line in lines[-TAIL:]:
            say(f"  {line[:WIDTH]}")
    raise Stopped(f"{doing.partition(' (')[0]} failed: {known or 'see above'} (log: {log})")
