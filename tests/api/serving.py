"""A real `sealbook serve`: a process of its own on a free port, ended by its own id."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.nodes import ROOT

DOOR = "from ledger.cli.main import main; raise SystemExit(main())"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that answers at `url`."""

    url: str
    process: "subprocess.Popen[str]"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """Tell it to end, and return its exit code."""
        os.kill(self.process.pid, signal.SIGTERM)
        return self.process.wait(40)


def command(home: Path, *more: str) -> list[str]:
    return [sys.executable, "-c", DOOR, "serve", "--home", str(home), "--port", "0", *more]


@contextmanager
def serving(home: Path, *more: str) -> Iterator[Serving]:
    """Serve a home until the context ends."""
    process = subprocess.Popen(
        command(home, "--json", *more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server ended before it answered"
        yield Serving(json.loads(line)["url"], process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def wait_until_anchored(client: httpx.Client, leaf_hash: str, seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while client.get(f"/v1/leaves/{leaf_hash}").json()["status"] != "anchored":
        assert time.monotonic() < give_up, leaf_hash
        time.sleep(0.05)
