"""Blocks asked for with patience: whoever names blocks that nobody has costs us only so long."""

import time
from collections.abc import Callable, Iterable, Iterator

from ..cid import Block, Cid
from ..errors import BlockMissing, StoreUnavailable
from .layered_blocks import LayeredBlocks

# Anyone can anchor the CID of a manifest that was never written, as often as they pay for it; to
# hear from a node and gateways that nobody has it takes as long as their time limits.
PATIENCE = 30.0  # seconds spent in vain before others are left alone
REST = 300.0  # seconds until they are asked again


class PatientBlocks:
    """A `BlockStore` over layers; after `patience` seconds spent in vain it asks `own` alone.

    What `own` does not have is then unknown (StoreUnavailable), until `rest` seconds are over.
    What is found costs no patience, however long it takes.
    """

    def __init__(
        self,
        layers: LayeredBlocks,
        patience: float = PATIENCE,
        rest: float = REST,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._layers = layers
        self._own = layers.own
        self._patience, self._rest, self._now = patience, rest, now
        self._spent, self._last = 0.0, 0.0

    def has(self, cid: Cid) -> bool:
        """Say whether the block is in the own store."""
        return self._layers.has(cid)

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks in the own store."""
        self._layers.put(blocks)

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified; from the own store alone while others rest."""
        began = self._now()
        if self._spent >= self._patience:
            if began - self._last < self._rest:
                return self._from_own(cid)
            self._spent = 0.0
        try:
            return self._layers.get(cid)
        except (BlockMissing, StoreUnavailable):
            self._last = self._now()
            self._spent += self._last - began
            raise

    def cids(self) -> Iterator[Cid]:
        """Yield the CID of every block in the own store."""
        return self._layers.cids()

    def _from_own(self, cid: Cid) -> bytes:
        try:
            return self._own.get(cid)
        except BlockMissing as cause:
            raise StoreUnavailable(
                f"{cause}; others were asked in vain for {self._spent:.0f} s and are left alone "
                f"for {self._rest:.0f} s"
            ) from cause
