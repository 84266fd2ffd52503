"""Chains, chosen by their settings: the embedded one, or any that speaks JSON-RPC."""

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from ..config import ChainSettings, Settings, known_as
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

        if len(chain.rpc) == 1:
            return JsonRpcReader(chain.rpc[0])
        from ..adapters.json_rpc_nodes import JsonRpcNodes
        from ..adapters.json_rpc_pool import NODE_TIMEOUT

        readers = [JsonRpcReader(url, timeout=NODE_TIMEOUT, tries=1) for url in chain.rpc]
        return JsonRpcNodes(readers, chain_id=chain.chain_id, genesis=chain.genesis)
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
        if submitter_key is None:
            raise BadSettings(f"expected the submitter's key for {chain.name}; unlock it")
        return _open_nodes(settings, chain, clock, submitter_key)
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


def _open_nodes(
    settings: Settings, chain: ChainSettings, clock: "Clock", submitter_key: bytes
) -> "Chain":
    """Return a chain over its nodes; before anything is spent, they must be on the one pinned."""
    from ..adapters.json_rpc_chain import JsonRpcChain
    from ..adapters.json_rpc_nodes_chain import JsonRpcNodesChain
    from ..adapters.json_rpc_pool import NODE_TIMEOUT
    from ..adapters.json_rpc_transport import TRIES
    from ..adapters.outbox import Outbox
    from ..secp256k1 import address_of_key

    alone = len(chain.rpc) == 1
    preset = known_as(chain.chain_id, chain.genesis)
    outbox = Outbox(settings.folder(chain) / "outbox" / address_of_key(submitter_key).hex())
    nodes = [
        JsonRpcChain(
            url,
            submitter_key,
            max_wei_per_gas=chain.max_wei_per_gas,
            l1_fee=preset is not None and preset[1].fees == "op",
            outbox=outbox,
            timeout=2 * NODE_TIMEOUT if alone else NODE_TIMEOUT,
            clock=clock,
            tries=TRIES if alone else 1,
        )
        for url in chain.rpc
    ]
    return JsonRpcNodesChain(nodes, chain_id=chain.chain_id, genesis=chain.genesis, clock=clock)


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
