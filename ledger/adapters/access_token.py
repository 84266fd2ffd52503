"""An access token in a file: read when it is needed, and in no message ever."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadSettings

MAX_TOKEN = 4096  # bytes
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PRINTABLE = re.compile(rb"[ -~]+")  # more than RFC 6750 §2.1 allows: what a header can carry


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The token in that file, for its owner's eyes only; a new one is used from the next request.

    BadSettings where the file is missing, is no token, or may be read by others.
    """

    path: Path

    def read(self) -> str:
        """Return the token."""
        try:
            with self.path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(MAX_TOKEN + 1).strip()
        except OSError as cause:
            raise BadSettings(
                f"expected an access token in {self.path}, got: {cause.strerror}"
            ) from cause
        if os.name == "posix" and stat.S_ISREG(mode) and mode & _OTHERS:
            raise BadSettings(
                f"expected {self.path} to be its owner's only, others may use it; run `chmod 600 "
                f"{self.path}`"
            )
        if len(data) > MAX_TOKEN or _PRINTABLE.fullmatch(data) is None:
            raise BadSettings(
                f"expected an access token in {self.path}: one line of printable characters, "
                f"at most {MAX_TOKEN}"
            )
        return data.decode("ascii")
