"""Exporting: a stored file as one CAR, which any IPFS node imports (`ipfs dag import`)."""

from collections.abc import Iterator

from ..cid import Block, Cid, car, export_file, import_file
from ..errors import InvalidBlock
from ..ports import BlockStore


def export_car(store: BlockStore, root: Cid) -> Iterator[bytes]:
    """Yield the pieces of a CAR of the file under a CID: each block verified, the root last.

    BlockMissing if a block is not here; InvalidBlock if the file was not made by our profile.
    """
    return car(root, _blocks(store, root))


def _blocks(store: BlockStore, root: Cid) -> Iterator[Block]:
    last = None
    for block in import_file(export_file(root, store.get)):
        last = block.cid
        yield block
    if last != root:
        raise InvalidBlock(f"expected a file of the profile that this writes, got another: {root}")
