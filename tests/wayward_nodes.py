"""Nodes for tests that stand before a real one, and do what the test says instead of answering."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lying_node import Answer, LyingNode, NodeSays, Raw, lying_node
from tests.nodes import AnvilNode


@dataclass(slots=True)
class Wayward:
    """A node that answers as the real one, unless `instead` says otherwise."""

    real: AnvilNode
    node: LyingNode = field(default_factory=lambda: LyingNode(""))
    instead: Answer | None = None
    slow: float = 0.0

    @property
    def url(self) -> str:
        return self.node.url

    def count(self, method: str) -> int:
        """Return how often it was asked that."""
        return sum(asked == method for asked, _ in self.node.asked)

    def fails(self, how: object) -> None:
        """Answer everything alike from now on: NodeSays, Raw, or a result."""
        self.instead = lambda _method, _parameters: how

    def mends(self) -> None:
        """Answer as the real node from now on."""
        self.instead, self.slow = None, 0.0

    def answer(self, method: str, parameters: list[object]) -> object:
        """Answer one question; PASS from `instead` means the real node's answer."""
        if self.slow:
            time.sleep(self.slow)
        said = PASS if self.instead is None else self.instead(method, parameters)
        return _ask(self.real, method, parameters) if said is PASS else said


PASS = object()


@contextmanager
def wayward(real: AnvilNode) -> Iterator[Wayward]:
    """Run one such node."""
    found = Wayward(real)
    with lying_node(found.answer) as node:
        found.node = node
        yield found


def _ask(node: AnvilNode, method: str, parameters: list[object]) -> object:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own loopback URL
        node.url, body, {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer = json.load(response)
    except urllib.error.URLError:
        return Raw(b"", 502)
    if "error" in answer:
        error = answer["error"]
        return NodeSays(error["message"], error["code"], error.get("data"))
    return answer["result"]
