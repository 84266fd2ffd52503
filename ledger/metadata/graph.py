"""A ComfyUI prompt graph: nodes, and links from a node's inputs back to other nodes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .text import well_formed
from .written_json import Written

# Large published workflows have some hundred nodes; a walk over these takes milliseconds.
MAX_NODES = 10_000
# A value behind more than a few primitive nodes is computed, and we do not compute.
_MAX_HOPS = 8
_VALUE_NAMES = ("value", "int", "float", "number", "seed", "noise_seed")


@dataclass(frozen=True, slots=True)
class Node:
    """A node: what it does (`class_type`) and its inputs, each a value or a link."""

    kind: str
    inputs: Mapping[str, object]

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield (input, id of the node it comes from)."""
        for name, value in self.inputs.items():
            source = link(value)
            if source is not None:
                yield name, source

    def text(self, name: str) -> str | None:
        """Return the input if it is a string, else None."""
        value = self.inputs.get(name)
        if isinstance(value, str) and not isinstance(value, Written):
            return well_formed(value)
        return None


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, in the order of the file; links may dangle and may run in circles."""

    nodes: Mapping[str, Node]

    def upstream(
        self, start: str, follow: Callable[[Node], Iterable[str]], seen: set[str]
    ) -> Iterator[Node]:
        """Yield nodes in the order of execution, inputs first and `start` last.

        Nodes in `seen` are left out and those visited are added to it, so that several walks
        with one set cost one walk over the graph, circles or not.
        """
        if start in seen:
            return
        seen.add(start)
        stack = [(start, self._sources(start, follow))]
        while stack:
            name, sources = stack[-1]
            source = next((found for found in sources if found not in seen), None)
            if source is not None:
                seen.add(source)
                stack.append((source, self._sources(source, follow)))
                continue
            stack.pop()
            node = self.nodes.get(name)
            if node is not None:
                yield node

    def scalar(self, node: Node, *names: str) -> str | None:
        """Return the first input that is a number or a string, through primitive nodes."""
        for name in names:
            value = node.inputs.get(name)
            for _ in range(_MAX_HOPS):
                if isinstance(value, str):
                    return well_formed(value)
                source = self.nodes.get(link(value) or "")
                if source is None:
                    break
                keys = (name, *_VALUE_NAMES)
                value = next((source.inputs[key] for key in keys if key in source.inputs), None)
        return None

    def _sources(self, name: str, follow: Callable[[Node], Iterable[str]]) -> Iterator[str]:
        node = self.nodes.get(name)
        return iter(()) if node is None else iter(follow(node))


def graph(value: object) -> Graph | None:
    """Return the graph of parsed JSON; None if it is none, or larger than any real one."""
    if not isinstance(value, dict) or len(value) > MAX_NODES:
        return None
    nodes: dict[str, Node] = {}
    for name, node in value.items():
        kind, inputs = (
            (node.get("class_type"), node.get("inputs")) if isinstance(node, dict) else (None, None)
        )
        if isinstance(kind, str) and isinstance(inputs, dict):
            nodes[name] = Node(kind, inputs)
    return Graph(nodes) if nodes else None


def link(value: object) -> str | None:
    """Return the node's id if the value is a link `["4", 0]`, else None."""
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004
        source, slot = value
        if isinstance(source, str) and isinstance(slot, Written):
            return source
    return None
