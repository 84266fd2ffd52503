"""A chain of the settings, ready to be read: it is the chain that its id and genesis hash say."""

from dataclasses import dataclass

from ..anchor import ClockRule
from ..chain import BlockRef, ChainIdentity
from ..errors import InvalidChainAnswer
from ..ports import ChainReader


@dataclass(frozen=True, slots=True)
class KnownChain:
    """A chain of the settings, ready to be read; `node` is how it is named, without secrets.

    `chain_id` and `genesis` are what the settings pin (None: as the node says).
    """

    name: str
    reader: ChainReader
    rule: ClockRule
    node: str
    genesis: bytes | None = None
    chain_id: int | None = None

    def identity(self) -> ChainIdentity:
        """Return what the node says it is on; InvalidChainAnswer if not what the settings pin."""
        identity = self.reader.identity()
        require_pinned(identity, self.node, self.chain_id, self.genesis)
        return identity

    def require_still(self, identity: ChainIdentity) -> None:
        """Raise InvalidChainAnswer unless the node is on that chain now, as it was before."""
        require_same(self.identity(), identity, self.node)

    def holds(self, block: BlockRef) -> bool:
        """Say whether the block is still on the chain."""
        now = self.reader.block(block.number)
        return now is not None and now.hash == block.hash


def require_pinned(
    identity: ChainIdentity, node: str, chain_id: int | None, genesis: bytes | None
) -> None:
    """Raise InvalidChainAnswer where a node is on another chain than the settings pin."""
    if chain_id not in (None, identity.chain_id):
        raise InvalidChainAnswer(
            f"expected {node} to be on chain {chain_id}, it is on {identity.chain_id}; "
            "ask another node"
        )
    if genesis not in (None, identity.genesis):
        raise InvalidChainAnswer(
            f"expected {node} to be on a chain of genesis 0x{_hex(genesis)}, it is on one of "
            f"0x{identity.genesis.hex()}: a stranger's; ask another node"
        )


def require_same(now: ChainIdentity, before: ChainIdentity, node: str) -> None:
    """Raise InvalidChainAnswer where a node is on another chain than a moment ago."""
    if (now.chain_id, now.genesis) != (before.chain_id, before.genesis):
        raise InvalidChainAnswer(
            f"expected {node} to stay on the chain of genesis 0x{before.genesis.hex()}, it "
            f"answers from one of 0x{now.genesis.hex()} now; ask another node"
        )


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()
