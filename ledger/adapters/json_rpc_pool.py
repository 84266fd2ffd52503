"""The nodes of one chain: whichever can be asked, and is not left behind, is asked.

A node is asked which chain it is on before anything else is taken from it, and again after it was
lost. The first in the settings is preferred; one that is lost is left alone for a while, longer
each time, and asked again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from ..chain import BlockRef, ChainIdentity
from ..errors import ChainUnreachable
from ..ports import Clock
from .clocks import SystemClock
from .json_rpc_errors import NodeRefused, Remedy
from .json_rpc_reader import JsonRpcReader

# What one node of several is given for each step of a request: another may be faster.
NODE_TIMEOUT = 10.0
_LIMIT = 45.0  # seconds after which no other node is tried for a question
_ROUNDS = 3
_FIRST_PAUSE = 0.2  # seconds
_PAUSE_GROWTH = 4
_FIRST_ASIDE = 15.0  # seconds that a lost node is left alone
_LONGEST_ASIDE = 300.0
LOOK_SECONDS = 15.0  # so often the heads of all nodes are compared
# Nodes differ by some blocks, and on fast chains by many in a second: both bounds must be passed
LAG_BLOCKS = 3
LAG_SECONDS = 15
# So long no node is asked that is behind what was seen just before: it would tell the past
_FLOOR_SECONDS = 60.0
_SHOWN = 320

R = TypeVar("R", bound=JsonRpcReader)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Node(Generic[R]):
    """One of the nodes, and how it has behaved."""

    reader: R
    checked: bool = False
    behind: bool = False
    aside_until: float = 0.0
    aside: float = 0.0


class NodePool(Generic[R]):
    """The `readers` of one chain's nodes, the preferred one first.

    `chain_id` and `genesis` say which chain it must be (None: as the first that answers says).
    ChainUnreachable, with what each said, when none can be asked.
    """

    def __init__(
        self,
        readers: Sequence[R],
        *,
        chain_id: int | None = None,
        genesis: bytes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._nodes = [_Node(reader) for reader in readers]
        self._chain_id, self._genesis = chain_id, genesis
        self._clock = clock or SystemClock()
        self._looked = float("-inf")
        self._last = self._nodes[0]
        self._floor, self._floor_until = 0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to all nodes."""
        for node in self._nodes:
            node.reader.close()

    @property
    def node(self) -> str:
        """How the node is named that answered last."""
        return self._last.reader.node

    def _among(self, ask: Callable[[R], T]) -> T:
        """Ask the nodes one after another until one answers; what a chain refuses is an answer."""
        failures: list[ChainUnreachable] = []
        spent, pause = 0.0, _FIRST_PAUSE
        # a reader that is alone asks again by itself
        for turn in range(_ROUNDS if len(self._nodes) > 1 else 1):
            if turn:
                self._clock.sleep(pause)
                spent += pause
                pause *= _PAUSE_GROWTH
            failures.clear()
            for node in self._in_order():
                if spent > _LIMIT:
                    break
                began = time.monotonic()
                try:
                    self._require_usable(node)
                    answer = ask(node.reader)
                except ChainUnreachable as cause:
                    if not isinstance(cause, NodeRefused) or cause.remedy is Remedy.AGAIN:
                        self._set_aside(node)
                    failures.append(cause)
                    # many good answers may have come before the one that failed
                    spent += min(time.monotonic() - began, NODE_TIMEOUT)
                else:
                    node.aside, node.aside_until, self._last = 0.0, 0.0, node
                    return answer
            if spent > _LIMIT:
                break
        raise self._none_answered(failures)

    def _first(self, ask: Callable[[R], T | None]) -> T | None:
        """Return the first answer that is one: a node that lacks something answers None."""
        found = self._among(ask)
        for node in self._in_order():
            if found is not None:
                break
            if node is self._last or node.aside_until > time.monotonic():
                continue
            try:
                self._require_usable(node)
                found = ask(node.reader)
            except ChainUnreachable:
                self._set_aside(node)
        return found

    def _in_order(self) -> Iterator[_Node[R]]:
        """Yield the nodes: first those that can be asked, in their order, the others at the end."""
        self._look()
        good = self._good()
        yield from good
        yield from sorted((one for one in self._nodes if one not in good), key=_lost)

    def _good(self) -> list[_Node[R]]:
        now = time.monotonic()
        return [one for one in self._nodes if one.aside_until <= now and not one.behind]

    def _look(self) -> None:
        """Compare the heads of all nodes, now and then; who is behind, is not asked."""
        now = time.monotonic()
        if len(self._nodes) == 1 or now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        asked = [node for node in self._nodes if node.aside_until <= now]
        if not asked:
            return
        with ThreadPoolExecutor(len(asked)) as threads:
            answers = list(zip(asked, threads.map(_seen, asked), strict=True))
        # judged in their order, not as they come in: the first says which chain it is
        heads = [(node, head) for node, seen in answers if (head := self._judged(node, seen))]
        newest = max((head for _, head in heads), key=_number, default=None)
        for node, head in heads:
            if newest is not None:
                node.behind = (
                    head.number < newest.number - LAG_BLOCKS
                    and head.timestamp < newest.timestamp - LAG_SECONDS
                )

    def _judged(
        self, node: _Node[R], seen: tuple[ChainIdentity | None, BlockRef] | None
    ) -> BlockRef | None:
        """Return a node's head; None, and it is set aside, where it is not to be asked."""
        if seen is not None:
            identity, head = seen
            try:
                if identity is not None:
                    self._require_chain(node.reader, identity)
            except ChainUnreachable:
                pass
            else:
                node.checked = True
                return head
        self._set_aside(node)
        return None

    def _require_from_now(self, number: int) -> None:
        """Let no other node that is behind this block answer in the next time."""
        self._floor = number
        self._floor_until = time.monotonic() + _FLOOR_SECONDS

    def _require_usable(self, node: _Node[R]) -> None:
        self._require_checked(node)
        if node is self._last or time.monotonic() > self._floor_until:
            return
        head = node.reader.block("latest")
        if head is None or head.number < self._floor:
            at = "no block" if head is None else f"block {head.number}"
            raise ChainUnreachable(
                f"expected {node.reader.node} to have come to block {self._floor}, it is at {at}; "
                "wait for it"
            )

    def _require_checked(self, node: _Node[R]) -> None:
        if not node.checked:
            self._require_chain(node.reader, node.reader.identity())
            node.checked = True

    def _require_chain(self, reader: R, identity: ChainIdentity) -> None:
        """Raise ChainUnreachable unless it is this chain; the first that is asked says which."""
        pinned = self._genesis or b""
        if self._chain_id is None:
            self._chain_id = identity.chain_id
        if self._genesis is None and self._chain_id == identity.chain_id:
            self._genesis = identity.genesis
        if identity.chain_id != self._chain_id:
            raise ChainUnreachable(
                f"expected {reader.node} to be on chain {self._chain_id}, it is on "
                f"{identity.chain_id}; correct its rpc in config.toml"
            )
        if identity.genesis != self._genesis:
            raise ChainUnreachable(
                f"expected {reader.node} to be on our chain {self._chain_id}, it is on another "
                f"chain behind the same id: its genesis is 0x{identity.genesis.hex()}, not "
                f"0x{pinned.hex()}; correct its rpc in config.toml"
            )

    def _set_aside(self, node: _Node[R]) -> None:
        node.checked = False
        if len(self._nodes) > 1:
            node.aside = min(max(_FIRST_ASIDE, 2 * node.aside), _LONGEST_ASIDE)
            node.aside_until = time.monotonic() + node.aside

    def _none_answered(self, failures: Sequence[ChainUnreachable]) -> ChainUnreachable:
        if len(self._nodes) == 1 and failures:
            return failures[0]
        said = "; ".join(str(one)[:_SHOWN] for one in failures) or "no time is left"
        return ChainUnreachable(f"expected one of {len(self._nodes)} nodes to answer, got: {said}")


def _seen(node: _Node[R]) -> tuple[ChainIdentity | None, BlockRef] | None:
    """Return who a node is, if that is not known, and its head; None where it can't be asked."""
    try:
        identity = None if node.checked else node.reader.identity()
        head = node.reader.block("latest")
    except ChainUnreachable:
        return None
    return None if head is None else (identity, head)


def _lost(node: _Node[R]) -> float:
    return node.aside_until


def _number(head: BlockRef) -> int:
    return head.number
