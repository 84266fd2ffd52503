"""A block store under a name, so that people can be told where a block was found."""

from dataclasses import dataclass

from ..cid import Cid
from ..ports import BlockStore


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A `BlockSource` over any block store."""

    name: str
    store: BlockStore

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, as the store does."""
        return self.store.get(cid)
