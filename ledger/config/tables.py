"""The tables of config.toml, read strictly: known names and right types, or one clear line."""

import re
from collections.abc import Mapping
from pathlib import Path

from ..encoding import MAX_NUMBER
from ..errors import BadSettings

_URL = re.compile(r"https?://[^\s]{1,2000}")
_SHOWN = 60


class TableReader:
    """One table of settings; each name is asked for once, and `done` refuses what is left."""

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, Mapping):
            raise BadSettings(f"config.toml: expected {where} to be a table")
        self._left = dict(table)
        self.where = where

    def has(self, key: str) -> bool:
        """Say whether the table names this."""
        return key in self._left

    def number(self, key: str, default: int) -> int:
        """Take a whole number from 0."""
        found = self.maybe_number(key)
        return default if found is None else found

    def maybe_number(self, key: str) -> int | None:
        """Take a whole number from 0; None where it is not named."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            raise self.wrong(f"expected {key} to be a whole number from 0")
        return value

    def text(self, key: str, pattern: str, like: str) -> str | None:
        """Take a text that fits the pattern, such as `like`; None where it is not named."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.wrong(f"expected {key} = {like}")
        return value

    def urls(self, key: str, most: int) -> tuple[str, ...]:
        """Take an http(s) URL or a list of them, each once; empty where it is not named."""
        value = self._left.pop(key, None)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else value
        if (
            not isinstance(listed, list)
            or not 0 < len(listed) <= most
            or not all(isinstance(one, str) and _URL.fullmatch(one) for one in listed)
            or len(set(listed)) != len(listed)
        ):
            raise self.wrong(f'expected {key} = "http(s)://…", or a list of at most {most} such')
        return tuple(listed)

    def path(self, key: str, home: Path) -> Path | None:
        """Take a file's path, from the home folder on; None where it is not named."""
        value = self.text(key, r"[^\x00]{1,4096}", '"a file\'s path"')
        return None if value is None else home / Path(value).expanduser()

    def tables(self, key: str, most: int) -> list[object]:
        """Take a list of tables; empty where it is not named."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(f"expected {key} to be a list of at most {most} tables")
        return value

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if self._left:
            raise self.wrong(f"unknown setting {min(map(str, self._left))!r:.{_SHOWN}}; remove it")

    def wrong(self, what: str) -> BadSettings:
        """Return the error that names the table."""
        return BadSettings(f"{self.where}: {what}")
