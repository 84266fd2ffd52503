"""A home's process logs: id, secret and steps, one folder each. The secret is never shown."""

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadSettings, InvalidProcessLog, StoreUnavailable
from ..process import ProcessLog
from ..step import MAX_JSONL, Step, encode_steps, parse_steps
from .files import read_file, write_file

_ID = re.compile(r"[0-9a-f]{64}")


class LogFiles:
    """The logs in a folder, by the hex of their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, steps: Sequence[Step]) -> ProcessLog:
        """Draw an id and a secret for a log of these steps, and keep it before it is claimed."""
        log = ProcessLog(secrets.token_bytes(32), secrets.token_bytes(32), tuple(steps))
        folder = self._folder / log.log_id.hex()
        write_file(folder / "secret", log.secret.hex().encode())
        write_file(folder / "steps.jsonl", encode_steps(log.steps))
        return log

    def ids(self) -> list[str]:
        """Return the hex ids of the logs that are kept here, readable or not; in order."""
        try:
            return sorted(one.name for one in self._folder.iterdir() if _ID.fullmatch(one.name))
        except FileNotFoundError:
            return []
        except OSError as cause:
            raise StoreUnavailable(f"expected to read {self._folder}: {cause.strerror}") from cause

    def load(self, log_id: bytes) -> ProcessLog | None:
        """Return a log that is kept here; None if it is not."""
        folder = self._folder / log_id.hex()
        secret = read_file(folder / "secret", 128)
        steps = read_file(folder / "steps.jsonl", MAX_JSONL)
        if secret is None or steps is None:
            return None
        try:
            return ProcessLog(log_id, bytes.fromhex(secret.decode()), parse_steps(steps))
        except (ValueError, InvalidProcessLog) as cause:
            raise BadSettings(f"{folder} was changed; restore it from a backup") from cause
