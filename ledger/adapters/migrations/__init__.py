"""The histories of the tables: each version's changes, made when an older database is opened.

The version of a database is the number in its own row of facts (`queue_schema`, `index_schema`);
Alembic keeps no table beside it. A database that is made new gets the newest tables at once.
"""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

__all__ = ["migrate"]

_BASE = 0  # no tables at all


def migrate(connection: Connection, history: str, version: int, to: int) -> None:
    """Bring the tables of a history up, one version after the other, within the transaction."""
    folder = str(Path(__file__).parent / history)
    scripts = ScriptDirectory(folder, version_locations=[folder])
    lower = "base" if version == _BASE else str(version)
    steps = list(scripts.iterate_revisions(str(to), lower))
    with Operations.context(MigrationContext.configure(connection)):
        for step in reversed(steps):
            step.module.upgrade()
