"""Blocks, chosen by the settings: this home's folder, and the nodes and gateways beside it."""

import os
from typing import TYPE_CHECKING

from ..config import Settings
from ..verification.availability import THIS_COMPUTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..adapters.block_store import BlockFolder
    from ..adapters.kubo import Kubo
    from ..ports import BlockSource, BlockStore, Clock, Pinner, Queue
    from ..services.pinning import Pinning


def open_blocks(settings: Settings) -> "BlockStore":
    """Return the block store: the own folder, and behind it whoever the settings name."""
    own = _folder(settings)
    node, gateways = _node(settings), _gateways(settings)
    sources: list[BlockSource] = []
    if node is not None:
        from ..adapters.kubo_blocks import KuboBlocks, KuboNetwork

        sources.append(KuboBlocks(node))  # what it holds itself is there at once
        gateways = [*gateways, KuboNetwork(node)]
    if gateways:
        from ..adapters.source_pool import SourcePool

        sources.append(SourcePool(gateways, settings.ipfs.timeout))
    if not sources:
        return own
    from ..adapters.layered_blocks import LayeredBlocks

    return LayeredBlocks(own, sources)


def patient(blocks: "BlockStore") -> "BlockStore":
    """Return the blocks for whoever follows a chain: strangers name what is asked for there."""
    from ..adapters.layered_blocks import LayeredBlocks
    from ..adapters.patient_blocks import PatientBlocks

    return PatientBlocks(blocks) if isinstance(blocks, LayeredBlocks) else blocks


def open_own_blocks(settings: Settings) -> "BlockStore":
    """Return this home's own folder of blocks, and nobody behind it."""
    return _folder(settings)


def open_sources(settings: Settings) -> "Sequence[BlockSource]":
    """Return each place where blocks can be had, by name: the own folder, the node, gateways."""
    from ..adapters.named_source import NamedSource

    own = NamedSource(THIS_COMPUTER, _folder(settings))
    node = _node(settings)
    if node is None:
        return (own, *_gateways(settings))
    from ..adapters.kubo_blocks import KuboBlocks

    return (own, KuboBlocks(node), *_gateways(settings))


def open_pinners(settings: Settings) -> "Sequence[Pinner]":
    """Return who is to pin what this home publishes: the node first, then the services."""
    pinners: list[Pinner] = []
    node = _node(settings)
    if node is not None:
        from ..adapters.kubo_pinner import KuboPinner

        pinners.append(KuboPinner(node))
    for one in settings.ipfs.pinning:
        from ..adapters.access_token import AccessToken
        from ..adapters.pinning_service import PinningService

        token = None if one.token_file is None else AccessToken(one.token_file)
        pinners.append(PinningService(one.name, one.endpoint, token, settings.ipfs.timeout))
    return tuple(pinners)


def open_pinning(settings: Settings, queue: "Queue", ledger: bytes, clock: "Clock") -> "Pinning":
    """Return the pinning of what a ledger has published."""
    from ..adapters.failpoint import failpoint_from
    from ..services.pinning import Pinning

    failpoint = failpoint_from(os.environ)
    return Pinning(queue, open_pinners(settings), clock, ledger=ledger, failpoint=failpoint)


def _folder(settings: Settings) -> "BlockFolder":
    from ..adapters.block_store import BlockFolder

    return BlockFolder(settings.home / "blocks")


def _node(settings: Settings) -> "Kubo | None":
    if settings.ipfs.kubo is None:
        return None
    from ..adapters.kubo import Kubo

    return Kubo(settings.ipfs.kubo, settings.ipfs.timeout)


def _gateways(settings: Settings) -> "list[BlockSource]":
    if not settings.ipfs.gateways:
        return []
    from ..adapters.gateways import Gateway

    return [Gateway(url, settings.ipfs.timeout) for url in settings.ipfs.gateways]
