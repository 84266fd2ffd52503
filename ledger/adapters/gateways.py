"""Trustless gateways: blocks from strangers over HTTP, each verified by its own name.

Source: the Trustless Gateway specification (raw blocks: `?format=raw`, application/vnd.ipld.raw).
Redirects are not followed: they would let a gateway make this computer ask hosts that nobody
named, inside its own network too. A gateway that redirects (to subdomains, for browsers) has a
trustless address of its own, which is the one to name.
"""

from ..cid import MAX_BLOCK, Block, Cid
from ..errors import BlockMissing, InvalidBlock, StoreUnavailable
from .web_host import Question, WebHost

_OK = 200
_REDIRECTS = range(300, 400)
_ABSENT = frozenset({404, 410})
_ACCEPT = {"accept": "application/vnd.ipld.raw"}


class FalseBlock(StoreUnavailable):
    """The gateway answered bytes that are not the CID's."""


class Gateway:
    """A `BlockSource`: one gateway at `url`, which may be down, slow, or a liar."""

    def __init__(self, url: str, timeout: float) -> None:
        self._host = WebHost(url, timeout)

    @property
    def name(self) -> str:
        """The gateway's host."""
        return self._host.name

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if the gateway says it has none."""
        answer = self._host.ask(
            Question(
                "GET",
                f"/ipfs/{cid}",
                params=(("format", "raw"),),
                headers=_ACCEPT,
                most=MAX_BLOCK,
            )
        )
        if answer.status in _ABSENT:
            raise BlockMissing(f"expected the block {cid} from {self.name}: it has none")
        if answer.status in _REDIRECTS:
            raise StoreUnavailable(
                f"expected the block {cid} from {self.name}, it redirects; name the address of a "
                "trustless gateway in config.toml"
            )
        if answer.status != _OK:
            raise self._host.broken(f"HTTP status {answer.status}")
        try:
            return Block(cid, answer.body).require_match().data
        except InvalidBlock as cause:
            raise FalseBlock(
                f"expected the bytes of {cid} from {self.name}, got others; take it out of "
                "config.toml if it does so again"
            ) from cause
