"""The settings of the database: this home's own files, or one PostgreSQL for all."""

import re
from dataclasses import dataclass

from ..errors import BadSettings
from .tables import TableReader

_URL = r"postgresql://[^\s]{1,2000}"
_LIKE = '"postgresql://user@host/name"'


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where queue and index lie; None: in files of the home.

    `url` is a PostgreSQL database for both; `index_url` another one for the index alone. They may
    hold a password: no message repeats them.
    """

    url: str | None = None
    index_url: str | None = None

    @property
    def index(self) -> str | None:
        """The database of the index."""
        return self.index_url or self.url


def read_database_url(where: str, value: str) -> str:
    """Return a PostgreSQL database's URL; BadSettings (which does not repeat it) if it is none."""
    if not re.fullmatch(_URL, value):
        raise BadSettings(f"{where}: expected {_LIKE}")
    return value


def read_databases(table: object) -> DatabaseSettings:
    """Read the table [database]; BadSettings where it is none."""
    reader = TableReader(table, "database")
    read = DatabaseSettings(reader.text("url", _URL, _LIKE), reader.text("index_url", _URL, _LIKE))
    reader.done()
    return read
