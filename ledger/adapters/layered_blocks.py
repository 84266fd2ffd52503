"""Blocks in layers: this home's own folder first, then whoever else can be asked for them."""

from collections.abc import Iterable, Iterator, Sequence

from ..cid import Block, Cid
from ..errors import BlockMissing, InvalidBlock, LedgerError, StoreUnavailable
from ..ports import BlockSource, BlockStore


class LayeredBlocks:
    """A `BlockStore`: what `own` holds, and what the sources, asked in their order, give.

    `put` writes to `own` alone: what nodes and services are owed is kept and paid elsewhere. What
    comes from a source is verified and kept in `own`, which also mends a damaged block.
    """

    def __init__(self, own: BlockStore, sources: Sequence[BlockSource]) -> None:
        self.own = own
        self.sources = tuple(sources)

    def has(self, cid: Cid) -> bool:
        """Say whether the block is in the own store; nobody else is asked."""
        return self.own.has(cid)

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks in the own store. When this returns, a restart does not lose them."""
        self.own.put(blocks)

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified, from the first that has them.

        BlockMissing if all were asked and none has it. StoreUnavailable if none gave it and one
        could not be asked, since what is unknown is not missing.
        """
        failed: list[LedgerError] = []
        try:
            return self.own.get(cid)
        except BlockMissing:
            pass
        except StoreUnavailable as failure:  # damaged, perhaps: others may have it whole
            failed.append(failure)
        for source in self.sources:
            try:
                block = Block(cid, source.get(cid)).require_match()
            except BlockMissing:
                continue
            except (StoreUnavailable, InvalidBlock) as failure:
                failed.append(failure)
                continue
            self._keep(block)
            return block.data
        if failed:
            raise StoreUnavailable("; ".join(map(str, failed))) from failed[0]
        asked = ", ".join(source.name for source in self.sources)
        raise BlockMissing(f"expected the block {cid} here or from {asked}: none has it")

    def cids(self) -> Iterator[Cid]:
        """Yield the CID of every block in the own store."""
        return self.own.cids()

    def _keep(self, block: Block) -> None:
        try:
            self.own.put((block,))
        except StoreUnavailable:  # a full disk hinders nobody from reading what is verified
            return
