"""A node whose chain is reorganised at will: who mines, what is dropped, and what comes back."""

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.nodes import AnvilNode

# anvil's rule: safe is so many blocks behind the head, finalized twice as many. Every
# reorganisation of the trial is shallower than that.
SLOTS = 12
FINAL_DEPTH = 2 * SLOTS
DEEPEST = 20
# anvil keeps 500 states in memory and the others on disk; going back to one of those loses the
# contracts' code. So it keeps the newest only.
OPTIONS = ("--slots-in-an-epoch", str(SLOTS), "--prune-history", "200")
SLOW_BLOCK, QUICK_BLOCK = 0.08, 0.02  # seconds from one block to the next


class Kind(Enum):
    """What becomes of the transactions of the blocks that went away."""

    DROPPED = "dropped"  # nobody brings them back
    RETURNED = "returned"  # the new branch holds them, in other blocks
    REBROADCAST = "rebroadcast"  # another node's pool hands them in again, some time later


@dataclass(slots=True)
class Branches:
    """The node's blocks: one thread makes them, one call takes them back.

    Whoever holds `still` sees a chain that stands still.
    """

    node: AnvilNode
    chance: random.Random
    still: threading.RLock = field(default_factory=threading.RLock)
    reverted: list[str] = field(default_factory=list)
    transactions: int = 0  # that went away
    refused: int = 0  # that a pool brought back in vain: their place was taken
    _ended: threading.Event = field(default_factory=threading.Event)

    def mine_on(self) -> None:
        """Make blocks until told to end."""
        pace = random.Random(self.chance.random())
        while not self._ended.wait(pace.uniform(QUICK_BLOCK, SLOW_BLOCK)):
            with self.still:
                self.node.mine()

    def end(self) -> None:
        """Make no more blocks."""
        self._ended.set()

    def number(self, tag: str) -> int:
        """Return the number of that block."""
        return int(str(self.block(tag)["number"]), 16)

    def block(self, at: int | str) -> dict[str, Any]:
        """Return a block as the node tells it, its transactions whole."""
        asked = hex(at) if isinstance(at, int) else at
        found = self.node.ask("eth_getBlockByNumber", asked, True)
        assert isinstance(found, dict)
        return found

    def receipts(self, at: int) -> list[dict[str, Any]]:
        """Return the receipts of a block's transactions."""
        found = self.node.ask("eth_getBlockReceipts", hex(at))
        assert isinstance(found, list)
        return found

    def reorganise(self, depth: int, kind: Kind, between: Callable[[], None]) -> None:
        """Put other blocks in the place of the last `depth`; `between` is what happens then."""
        with self.still:
            head = self.number("latest")
            assert head - depth >= self.number("finalized"), "deeper than the chain's rule allows"
            gone = self._transactions(range(head - depth + 1, head + 1))
            back: list[list[object]] = []
            if kind is Kind.RETURNED:
                offsets = sorted(self.chance.choices(range(depth), k=len(gone)))
                back = [[raw, offset] for raw, offset in zip(gone, offsets, strict=True)]
            self.node.ask("anvil_reorg", depth, back)
            self.transactions += len(gone)
        between()
        if kind is Kind.REBROADCAST:
            self._hand_in(gone)

    def _transactions(self, numbers: Sequence[int]) -> list[str]:
        """Return the raw transactions of those blocks in their order; note those that failed."""
        raw = list[str]()
        for number in numbers:
            self.reverted += [
                one["transactionHash"] for one in self.receipts(number) if one["status"] != "0x1"
            ]
            raw += [
                str(self.node.ask("eth_getRawTransactionByHash", one["hash"]))
                for one in self.block(number)["transactions"]
            ]
        return raw

    def _hand_in(self, gone: Sequence[str]) -> None:
        for raw in self.chance.sample(gone, len(gone)):
            self.refused += 1
            with suppress(AssertionError):  # it is here already, or another has its place
                self.node.ask("eth_sendRawTransaction", raw)
                self.refused -= 1
        with self.still:  # nobody signs on what was, while these wait
            self.node.mine()
