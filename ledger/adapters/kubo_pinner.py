"""An IPFS node that keeps what it is told to keep."""

import re
from collections.abc import Sequence

from ..cid import Cid
from ..errors import StoreUnavailable
from ..ports import BlockStore, Pin, PinState
from .kubo import Kubo, KuboSays
from .kubo_blocks import KuboBlocks
from .web_host import shown

_NOT_PINNED = re.compile(r"not pinned", re.IGNORECASE)
_INCOMPLETE = re.compile(
    r"not found|could not find|timed out|deadline exceeded|canceled", re.IGNORECASE
)


class KuboPinner:
    """A `Pinner`: the node pins what was put into its `store` before."""

    def __init__(self, node: Kubo, name: str | None = None) -> None:
        self._node = node
        self._blocks = KuboBlocks(node)
        self._name = name or f"node {node.name}"

    @property
    def name(self) -> str:
        """Its host, as no service is called."""
        return self._name

    @property
    def store(self) -> BlockStore:
        """The node's own blocks."""
        return self._blocks

    def pin(self, cid: Cid, label: str, origins: Sequence[str] = ()) -> Pin:  # noqa: ARG002
        """Pin everything under the CID; a node takes no label, and needs no origins.

        `failed` if blocks under it are not on the node. Safe to repeat.
        """
        try:
            self._node.pin(cid)
        except KuboSays as cause:
            if _INCOMPLETE.search(cause.said):
                return Pin(cid, PinState.FAILED, why=f"not all is there: {shown(cause.said)}")
            raise
        return Pin(cid, PinState.PINNED)

    def status(self, cid: Cid, request: str | None = None) -> Pin:  # noqa: ARG002 - none here
        """Return `pinned` or `lost`."""
        try:
            pinned = self._node.pinned(cid)
        except KuboSays as cause:
            if not _NOT_PINNED.search(cause.said):
                raise
            pinned = False
        return Pin(cid, PinState.PINNED if pinned else PinState.LOST)

    def unpin(self, cid: Cid, request: str | None = None) -> None:  # noqa: ARG002 - none here
        """Let go of the CID. Safe to repeat."""
        try:
            self._node.unpin(cid)
        except KuboSays as cause:
            if not _NOT_PINNED.search(cause.said):
                raise

    def addresses(self) -> Sequence[str]:
        """Return the multiaddrs at which other nodes fetch what is here; none if it won't say."""
        try:
            return self._node.addresses()
        except StoreUnavailable:
            return ()
