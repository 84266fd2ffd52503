"""The columns that SQLite and PostgreSQL keep differently."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# An index or a size. In SQLite only INTEGER, not BIGINT, is the row's own key.
Count = BigInteger().with_variant(Integer, "sqlite")
# Rows kept in the order of their primary key, where the database can.
CLUSTERED: Mapping[str, Any] = {"sqlite_with_rowid": False}


class Uint64(TypeDecorator[int]):
    """What others may set up to 2^64 - 1, where SQL's numbers end at 2^63: 8 bytes, in order."""

    impl = LargeBinary(8)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        """Write the number."""
        del dialect
        return None if value is None else value.to_bytes(8, "big")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> int | None:
        """Read the number."""
        del dialect
        return None if value is None else int.from_bytes(value, "big")
