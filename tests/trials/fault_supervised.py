"""Processes of the faults trial, supervised: what they say, how they end, who posts to a server."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.nodes import ROOT

GIVE_UP = 60.0  # seconds within which all must go on by itself
LONGEST_LINE = 700
_KINDS_OF_LINES = re.compile(
    r"sealbook: |anchoring on |stopped; |\d+ leaves wait; |the worker pays on "
)
_CHANGING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{16,}|\bbafy\w+|\bbafk\w+|/[\w./-]+/|\d+(\.\d+)?")


class Kept:
    """A process that is started again whenever it ends, as a service manager does it."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], said: "Said") -> None:
        self._words = [sys.executable, "-m", "tests.trials.fault_processes", *words]
        self._environment = environment
        self._said = said
        self._wanted = True
        self._killed = False
        self.ends: list[int] = []
        self.output: list[str] = []
        self.process = self._started()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """End it as a crash does; it is started again."""
        self._killed = True
        self.process.kill()

    def stop(self) -> None:
        """Tell it to end, and wait until it has."""
        self._wanted = False
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(GIVE_UP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit(f"expected {self._words[3:6]} to end when told to") from None
        finally:
            self._thread.join(GIVE_UP)

    def _started(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self._words,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _keep(self) -> None:
        while True:
            assert self.process.stdout is not None
            assert self.process.stderr is not None
            heard = threading.Thread(target=self._said.hear, args=(self.process.stderr,))
            heard.start()
            for line in self.process.stdout:
                self.output.append(line)
            code = self.process.wait()
            heard.join()
            self.process.stderr.close()
            self.process.stdout.close()
            if not self._killed and (self._wanted or code):
                self.ends.append(code)
            self._killed = False
            if not self._wanted:
                return
            self.process = self._started()


class Said:
    """What processes said on standard error, by line, numbers left out."""

    def __init__(self) -> None:
        self.lines = Counter[str]()
        self.by_kind: dict[str, Counter[str]] = {}
        self.kind = "none"
        self.strange: list[str] = []
        self.last: list[str] = []

    def hear(self, stream: Iterable[str]) -> None:
        """Take in all lines of a stream; keep those that no command should say."""
        for line in stream:
            self.take(line.rstrip("\n"))

    def take(self, line: str) -> None:
        """Take in a line."""
        self.last.append(f"{self.kind}: {line}")
        if not _KINDS_OF_LINES.match(line) or len(line) > LONGEST_LINE:
            self.strange.append(line)
        elif line.startswith("sealbook: "):
            short = _CHANGING.sub("N", line.removeprefix("sealbook: "))[:160]
            self.by_kind.setdefault(self.kind, Counter())[short] += 1


class Poster(threading.Thread):
    """Posts leaf hashes to the server without an end; each request until it is acknowledged."""

    def __init__(self, server: Kept) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.leaves: dict[bytes, int] = {}
        self.refusals = Counter[str]()
        self.wrong: list[str] = []
        self.done = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.done.is_set():
            hashes = [os.urandom(32) for _ in range(5)]
            while not self.done.is_set() and not self._post(number, hashes):
                time.sleep(0.1)
            number += 1
            self.done.wait(0.3)

    def _post(self, number: int, hashes: list[bytes]) -> bool:
        url = next((line for line in reversed(self._server.output) if "http" in line), "")
        if not url:
            return False
        request = urllib.request.Request(  # noqa: S310 - our own loopback URL
            url.split()[-1] + "/v1/leaves",
            json.dumps({"leaves": [f"0x{one.hex()}" for one in hashes]}).encode(),
            {"content-type": "application/json", "idempotency-key": f"post-{number}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                rows = json.load(response)["leaves"]
        except urllib.error.HTTPError as cause:
            with cause:
                self.refusals[f"{cause.code} {json.load(cause).get('title')}"] += 1
            if cause.code != 503:
                self.wrong.append(f"a post was answered with {cause.code}")
            return False
        except OSError:
            self.refusals["no answer"] += 1
            return False
        for row in rows:
            leaf = bytes.fromhex(row["leaf_hash"][2:])
            if self.leaves.setdefault(leaf, row["index"]) != row["index"]:
                self.wrong.append("a leaf moved")
        return True
