"""Real nodes for tests: anvil, started on a free loopback port and stopped by its own id."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
_LISTENING = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")
_KEY = re.compile(r"^\(\d+\) 0x([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AnvilNode:
    """A running anvil: where it listens, and the keys of its accounts that hold ether."""

    url: str
    chain_id: int
    keys: tuple[bytes, ...]
    process_id: int

    def ask(self, method: str, *parameters: object) -> object:
        """Ask the node anything; raise if it answers with an error."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        request = urllib.request.Request(  # noqa: S310 - our own loopback URL
            self.url, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer = json.load(response)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        """Mine that many blocks now."""
        self.ask("anvil_mine", hex(blocks))


def node_tool(name: str) -> Path:
    """Return the path of a tool that npm installed; fail, rather than skip, when it is missing."""
    modules = os.environ.get("SEALBOOK_NODE_MODULES")
    folder = Path(modules) if modules else ROOT / ".tools" / "node_modules"
    tool = folder / ".bin" / name
    assert tool.exists(), f"{name} is not installed: run `make test`, which installs it in .tools"
    return tool


@contextmanager
def anvil(
    *,
    chain_id: int = 31337,
    block_time: float | None = None,
    mining: bool = True,
    accounts: int = 3,
    state: Path | None = None,
    extra: tuple[str, ...] = (),
) -> Iterator[AnvilNode]:
    """Run an anvil node until the context ends.

    `block_time` mines every so many seconds instead of at once; `mining=False` waits for `mine`.
    `state` is a file that the chain is kept in from one node to the next.
    """
    command = [str(node_tool("anvil")), "--host", "127.0.0.1", "--port", "0"]
    command += ["--chain-id", str(chain_id), "--accounts", str(accounts), *extra]
    command += ["--block-time", str(block_time)] if block_time is not None else []
    command += [] if mining else ["--no-mining"]
    command += ["--state", str(state)] if state is not None else []
    with tempfile.TemporaryFile("w+") as said:
        # a session of its own, since npm's launcher starts the node as its child
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            text = _wait_until_ready(process, said.fileno())
            port = _LISTENING.search(text)
            assert port is not None
            keys = tuple(bytes.fromhex(key) for key in _KEY.findall(text))
            yield AnvilNode(f"http://127.0.0.1:{port.group(1)}", chain_id, keys, process.pid)
        finally:
            _stop(process)


def _wait_until_ready(process: "subprocess.Popen[bytes]", said: int) -> str:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        text = os.pread(said, 2**20, 0).decode("utf-8", "replace")
        if _LISTENING.search(text):
            return text
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"anvil did not start: {os.pread(said, 2**20, 0)[-2000:]!r}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    except ProcessLookupError:
        process.wait(10)
