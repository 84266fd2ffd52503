"""The blocks of an IPFS node, and what it can find for us on the network: each verified."""

import re
from collections.abc import Iterable, Iterator

from ..cid import RAW, Block, Cid
from ..errors import BlockMissing, InvalidBlock, StoreUnavailable
from .kubo import Kubo, KuboSays

PATIENCE = 2.0  # seconds: what a node holds on its disk it finds in less
_BATCH_BLOCKS = 1_000
_BATCH_BYTES = 16 * 1024 * 1024
# Kubo: "block was not found locally (offline)", "ipld: could not find"; js-ipfs: "Not Found"
_ABSENT = re.compile(r"not found|could not find", re.IGNORECASE)
# js-ipfs knows no `offline`: it asks the network, until the time that we gave it is over
_TIME_OVER = re.compile(r"timed out|deadline exceeded|canceled", re.IGNORECASE)


class KuboBlocks:
    """A `BlockStore` (and `BlockSource`): the blocks that a node holds itself.

    They go to it in CARs, a thousand at a time, so that its own chunker never matters. It may
    collect what is not pinned: pin the root when all is there.
    """

    def __init__(self, node: Kubo, patience: float = PATIENCE) -> None:
        self._node = node
        self._patience = min(patience, node.timeout)

    @property
    def name(self) -> str:
        """The node's host."""
        return f"the node {self._node.name}"

    def has(self, cid: Cid) -> bool:
        """Say whether the node holds the block (not whether its bytes are still good)."""
        try:
            self._node.stat(cid, self._patience)
        except KuboSays as cause:
            return self._holds(cid, cause)
        return True

    def put(self, blocks: Iterable[Block]) -> None:
        """Give the node the blocks. When this returns, it says that it holds the last of them.

        InvalidBlock for the first that is not its CID's; of those before it, any may be kept.
        """
        batch, weight = dict[bytes, Block](), 0
        for block in blocks:
            # last, so that the batch's root is the one that came last
            batch.pop(block.cid.digest, None)
            batch[block.cid.digest] = block.require_match()
            weight += len(block.data)
            if len(batch) == _BATCH_BLOCKS or weight >= _BATCH_BYTES:
                self._keep(list(batch.values()))
                batch, weight = {}, 0
        if batch:
            self._keep(list(batch.values()))

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if the node does not hold it.

        StoreUnavailable if it can't be asked, or keeps other bytes under that name.
        """
        try:
            data = self._node.block(cid, self._patience, offline=True)
        except KuboSays as cause:
            if self._holds(cid, cause):
                raise
            raise BlockMissing(f"expected the block {cid} on {self.name}: it has none") from cause
        return _verified(cid, data, self.name)

    def cids(self) -> Iterator[Cid]:
        """Yield a CID, of codec raw, for every block that the node holds and we could make."""
        return self._node.cids()

    def _keep(self, batch: list[Block]) -> None:
        self._node.bring(batch)
        if not self.has(batch[-1].cid):
            raise StoreUnavailable(
                f"expected {self.name} to keep {len(batch)} blocks, it does not hold the last; "
                "does it run out of disk, or collect garbage?"
            )

    def _holds(self, cid: Cid, said: KuboSays) -> bool:
        """Say whether it holds the block that its error is about; raise any other error."""
        if _ABSENT.search(said.said):
            return False
        if _TIME_OVER.search(said.said):
            return Cid(RAW, cid.digest) in self._node.cids()
        raise said


class KuboNetwork:
    """A `BlockSource`: whatever a node finds for us, on its disk or on the network."""

    def __init__(self, node: Kubo) -> None:
        self._node = node

    @property
    def name(self) -> str:
        """The node's host, and that others are asked by it."""
        return f"the network by {self._node.name}"

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified.

        StoreUnavailable if nobody gave it in time: a network can't say that it has no block.
        """
        try:
            data = self._node.block(cid, self._node.timeout, offline=False)
        except KuboSays as cause:
            if _TIME_OVER.search(cause.said) or _ABSENT.search(cause.said):
                raise StoreUnavailable(
                    f"expected the block {cid} from {self.name}, nobody gave it within "
                    f"{self._node.timeout:g} s"
                ) from cause
            raise
        return _verified(cid, data, self.name)


def _verified(cid: Cid, data: bytes, name: str) -> bytes:
    try:
        return Block(cid, data).require_match().data
    except InvalidBlock as cause:
        raise StoreUnavailable(
            f"expected the bytes of {cid} from {name}, got others: its copy is damaged; remove the "
            f"block there (`ipfs block rm -f {cid}`) and publish again"
        ) from cause
