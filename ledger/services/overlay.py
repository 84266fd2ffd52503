"""Nodes over nodes: what a tree grows by, without writing to where it is kept."""

from collections.abc import Iterable

from ..tree import Node, Nodes


class Overlay:
    """Reads the nodes below; keeps what is put in memory."""

    def __init__(self, below: Nodes) -> None:
        self._below = below
        self._above: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int) -> bytes:
        """Return the node put here, else the one below."""
        found = self._above.get((level, index))
        return self._below.get(level, index) if found is None else found

    def put(self, nodes: Iterable[Node]) -> None:
        """Keep the nodes here only."""
        self._above.update({(node.level, node.index): node.hash for node in nodes})
