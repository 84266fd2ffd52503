"""The way to a database: this home's queues moved there, and its index copied."""

import time
from collections.abc import Callable, Iterator

from ..config import ChainSettings, Settings, read_database_url
from ..errors import BadSettings, NotFound
from .databases import index_engine, index_file, migrate, moved_file, queue_engine, queue_file

Advance = Callable[[int, int], None]


def move_queues(settings: Settings, url: str, advance: Advance) -> Iterator[tuple[str, int]]:
    """Move each queue that is in a file, one after the other; yield its chain and its leaves.

    NotFound where none is in a file.
    """
    from ..adapters.moves import move_queue

    read_database_url("--to", url)
    chains = [one for one in settings.chains.values() if queue_file(settings, one).exists()]
    if not chains:
        moved = any(moved_file(settings, one).exists() for one in settings.chains.values())
        why = "they were moved already" if moved else "nothing was acknowledged here yet"
        raise NotFound(f"expected a queue in a file of {settings.home}, there is none: {why}")
    for chain in chains:
        ledger = _ledger(settings, chain)
        engine, file = queue_engine(url, ledger), queue_file(settings, chain)
        yield chain.name, move_queue(file, engine, ledger, time.time(), migrate, advance)


def copy_index(settings: Settings, url: str, advance: Advance) -> int:
    """Copy the index from its file to a database; return how many rows it has."""
    from ..adapters.moves import copy_index as copy

    read_database_url("--to", url)
    file = index_file(settings)
    if not file.exists():
        raise NotFound(
            f"expected an index in {file}, there is none; set [database] in config.toml, and "
            "`sealbook sync` makes it there"
        )
    return copy(file, index_engine(url), migrate, advance)


def _ledger(settings: Settings, chain: ChainSettings) -> bytes:
    from ..adapters.ledger_files import LedgerFiles

    founded = LedgerFiles(settings.folder(chain)).founded()
    if founded is None:
        raise BadSettings(
            f"expected {chain.name}'s ledger.json beside its queue, it is missing; restore it from "
            f"a backup, or run `sealbook chain deploy --chain {chain.name}`"
        )
    return founded.ledger
