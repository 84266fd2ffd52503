"""Chains, chosen by their settings: the embedded one, or any that speaks JSON-RPC."""

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from ..config import ChainSettings, Settings
from ..errors import BadSettings, Unavailable

if TYPE_CHECKING:
    from ..ports import Chain, ChainReader, Clock
    from ..services.known_chain import KnownChain


def open_reader(settings: Settings, chain: ChainSettings) -> "ChainReader":
    """Return a chain to be read: no EVM, no web3, no keys.

    BadSettings when it is the embedded chain and nothing was ever sealed here.
    """
    if not chain.embedded:
        from ..adapters.json_rpc_reader import JsonRpcReader

        return JsonRpcReader(chain.rpc[0])
    path = settings.chain_file(chain)
    if not path.exists():
        raise BadSettings(f"expected an embedded chain in {settings.home}; seal something first")
    from ..adapters.embedded_reader import EmbeddedReader

    return EmbeddedReader(path)


def open_chain(
    settings: Settings, chain: ChainSettings, clock: "Clock", submitter_key: bytes | None
) -> "Chain":
    """Return a chain to be written. The embedded one is made if it is missing."""
    if not chain.embedded:
        from ..adapters.json_rpc_chain import JsonRpcChain

        if submitter_key is None:
            raise BadSettings(f"expected the submitter's key for {chain.name}; unlock it")
        return JsonRpcChain(
            chain.rpc[0], submitter_key, max_wei_per_gas=chain.max_wei_per_gas, clock=clock
        )
    from ..adapters.embedded_chain import EmbeddedChain, drawn_chain_id
    from ..adapters.files import make_folder
    from ..adapters.ledger_files import LedgerFiles

    make_folder(settings.home)
    files = LedgerFiles(settings.folder(chain))
    files.require_chain()
    path, key = settings.chain_file(chain), files.embedded_key()
    return EmbeddedChain.create(path, key, clock, drawn_chain_id(secrets.token_bytes(6)))


def known_chain(settings: Settings, chain: ChainSettings) -> "KnownChain":
    """Return a chain of the settings, ready to be read; nothing is asked yet."""
    from ..services.known_chain import KnownChain

    reader = open_reader(settings, chain)
    return KnownChain(chain.name, reader, chain.rule, chain.node, chain.genesis, chain.chain_id)


def known_chains(settings: Settings) -> "dict[int, KnownChain]":
    """Return the chains that can be read, by chain id; one that can't be asked is left out.

    A chain whose id is pinned is not asked for it until a question is about it.
    """
    known: dict[int, KnownChain] = {}
    for chain in settings.chains.values():
        if chain.embedded and not settings.chain_file(chain).exists():
            continue
        one = known_chain(settings, chain)
        with suppress(Unavailable):
            known[chain.chain_id or one.reader.identity().chain_id] = one
    return known
