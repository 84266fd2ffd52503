"""Queue and index, chosen by the settings: files of the home, or a database by its URL."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..config import ChainSettings, Settings
from ..errors import StoreUnavailable

if TYPE_CHECKING:
    from ..ports import Index, Queue


def queue_file(settings: Settings, chain: ChainSettings) -> Path:
    """Return the file of a chain's queue."""
    return settings.folder(chain) / "queue.db"


def has_queue(settings: Settings, chain: ChainSettings) -> bool:
    """Say whether anything was ever acknowledged for a chain here."""
    return queue_file(settings, chain).exists()


def open_queue(settings: Settings, chain: ChainSettings, ledger: bytes) -> "Queue":
    """Return the queue of a ledger on a chain, made if it is missing."""
    from ..adapters.queue import SqlQueue

    return SqlQueue(queue_file(settings, chain), ledger)


def require_whole_queue(settings: Settings, chain: ChainSettings) -> None:
    """Raise StoreUnavailable where the queue's file is damaged."""
    from ..adapters.snapshot import require_whole

    require_whole(queue_file(settings, chain))


def has_index(settings: Settings) -> bool:
    """Say whether there is an index already."""
    return (settings.home / "index.db").exists()


def open_index(settings: Settings) -> "Index":
    """Return the index, made if it is missing: a cache, remade by `sync --rebuild`."""
    from ..adapters.files import make_folder
    from ..adapters.index import SqlIndex

    make_folder(settings.home)
    return SqlIndex(settings.home / "index.db")


def delete_index(settings: Settings) -> None:
    """Delete the index, so that the next sync remakes it."""
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        try:
            (settings.home / name).unlink(missing_ok=True)
        except OSError as cause:
            raise StoreUnavailable(
                f"expected to delete {name} in {settings.home}, got: {cause.strerror}"
            ) from cause
