"""The settings of the database: this home's own files, or one PostgreSQL for all."""

from dataclasses import dataclass

from .tables import TableReader

_URL = r"postgresql://[^\s]{1,2000}"
_LIKE = '"postgresql://user@host/name"'


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where queue and index lie; None: in files of the home.

    `url` is a PostgreSQL database for both; `index_url` another one for the index alone.
    """

    url: str | None = None
    index_url: str | None = None

    @property
    def index(self) -> str | None:
        """The database of the index."""
        return self.index_url or self.url


def read_databases(table: object) -> DatabaseSettings:
    """Read the table [database]; BadSettings where it is none."""
    reader = TableReader(table, "database")
    read = DatabaseSettings(reader.text("url", _URL, _LIKE), reader.text("index_url", _URL, _LIKE))
    reader.done()
    return read
