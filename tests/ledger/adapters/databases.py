"""The databases that the queue and the index are tried on. PostgreSQL is one line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Engine

from ledger.adapters.database import IN_MEMORY, make_engine

MAKERS: Mapping[str, Callable[[Path], Engine]] = {
    "file": lambda folder: make_engine(folder / "kept.db", durable=True),
    "memory": lambda _: make_engine(IN_MEMORY, durable=True),
}
