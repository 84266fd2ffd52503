"""Blocks, chosen by the settings: this home's folder, and the nodes and gateways beside it."""

from typing import TYPE_CHECKING

from ..config import Settings

if TYPE_CHECKING:
    from ..ports import BlockStore


def open_blocks(settings: Settings) -> "BlockStore":
    """Return the block store."""
    from ..adapters.block_store import BlockFolder

    return BlockFolder(settings.home / "blocks")
