"""Blocks in memory: the block store of tests and of a single run."""

from collections.abc import Iterable, Iterator

from ..cid import RAW, Block, Cid
from ..errors import BlockMissing


class MemoryBlocks:
    """A `BlockStore` that a restart empties. Like Kubo's, it knows blocks by hash alone."""

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}

    def has(self, cid: Cid) -> bool:
        """Say whether the block is here."""
        return cid.digest in self._kept

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks; InvalidBlock for the first that is not its CID's (those before stay)."""
        for block in blocks:
            self._kept[block.cid.digest] = block.require_match().data

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes. BlockMissing if it is not here."""
        data = self._kept.get(cid.digest)
        if data is None:
            raise BlockMissing(f"expected the block {cid} in memory: put it there first")
        return Block(cid, data).require_match().data

    def cids(self) -> Iterator[Cid]:
        """Yield a CID, of codec raw, for every block kept here."""
        return (Cid(RAW, digest) for digest in list(self._kept))
