"""Real IPFS nodes for tests: js-ipfs with Kubo's RPC and a gateway, on loopback alone."""

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
READY_SECONDS = 90.0
LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class KuboRpcNode:
    """A node that can be stopped, killed and started again on the same repository and ports."""

    folder: Path
    api_port: int
    gateway_port: int
    swarm_port: int
    peer_id: str = ""
    multiaddrs: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def rpc_url(self) -> str:
        """Where the RPC is: `/api/v0/...` follows."""
        return f"http://{LOOPBACK}:{self.api_port}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway is: `/ipfs/CID` follows."""
        return f"http://{LOOPBACK}:{self.gateway_port}"

    def start(self) -> None:
        """Start the node and return when its RPC answers."""
        assert self.process is None, "it runs already"
        # What a killed node leaves, and its operator removes.
        shutil.rmtree(self.folder / "repo.lock", ignore_errors=True)
        ports = (self.api_port, self.gateway_port, self.swarm_port)
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [_node(), str(TESTS / "ipfs_daemon.mjs"), str(self.folder), *map(str, ports)],
                env={**os.environ, "SEALBOOK_IPFS_MODULES": str(_modules())},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        said = json.loads(read_line(self.process, READY_SECONDS) or b"null")
        if said is None:
            self.kill()
            raise AssertionError(
                f"the IPFS node did not start: {Path(log.name).read_text()[-2000:]}"
            )
        self.peer_id, self.multiaddrs = said["id"], tuple(said["addresses"])

    def stop(self) -> None:
        """Ask the node to end; it is killed when it does not."""
        process = self.process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
        self.kill()

    def kill(self) -> None:
        """End the node as a crash does (SIGKILL)."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            with process:  # waits, and closes the pipes
                pass


@contextmanager
def kubo_rpc_node(folder: Path) -> Iterator[KuboRpcNode]:
    """Run a node with its repository in this folder until the context ends.

    It knows no other node and asks no network: what it does not hold, it waits for until someone
    connects, so a question needs a time limit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    api, gateway, swarm = _free_ports(3)
    node = KuboRpcNode(folder, api, gateway, swarm)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def read_line(process: "subprocess.Popen[bytes]", seconds: float) -> bytes:
    """Read the one line that a process says next; nothing, when it ended or took too long."""
    assert process.stdout is not None
    give_up = time.monotonic() + seconds
    line = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not waiting.select(max(0.0, give_up - time.monotonic())):
                return b""
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                return b""
            line += part
    return line


def _free_ports(count: int) -> tuple[int, ...]:
    """Find ports that nobody listens on; all are held until all are found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)


def _modules() -> Path:
    chosen = os.environ.get("SEALBOOK_IPFS_MODULES")
    modules = Path(chosen) if chosen else TESTS.parent / ".tools" / "ipfs" / "node_modules"
    assert (modules / "ipfs-core").is_dir(), f"no IPFS node in {modules}: `make test` installs it"
    return modules


def _node() -> str:
    """Find node: beside the Python of the tests first, then on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=path)
    assert node, "node is not installed: run `make test`, which installs it"
    return node
