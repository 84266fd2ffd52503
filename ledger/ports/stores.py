"""The block store port: blocks by CID, each verified."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from ..cid import Block, Cid


class BlockStore(Protocol):
    """Blocks by CID. Every block is verified by its hash on the way in and on the way out."""

    def has(self, cid: Cid) -> bool:
        """Say whether the block is here (not whether its bytes are still good)."""
        ...

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks. When this returns, a restart does not lose the bytes."""
        ...

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if it is not here."""
        ...

    def cids(self) -> Iterator[Cid]:
        """Yield the CID of every block kept here, in no order."""
        ...
