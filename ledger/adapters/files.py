"""Files written whole or not at all: a temporary file beside it, forced to disk, then renamed."""

import os
import tempfile
from pathlib import Path

from ..errors import StoreUnavailable
from .durable_files import sync_file, sync_folder


def write_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that others see the old bytes or the new, never a part.

    When this returns, a restart does not lose it. StoreUnavailable when it can't be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            sync_file(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as cause:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"expected to write {path}, got: {cause.strerror}; nothing was changed"
        ) from cause


def read_file(path: Path, most: int) -> bytes | None:
    """Return a file's bytes; None if it is missing. StoreUnavailable if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise StoreUnavailable(f"expected to read {path}, got: {cause.strerror}") from cause
    if len(data) > most:
        raise StoreUnavailable(f"expected at most {most} bytes in {path}; it is another file")
    return data


def make_folder(path: Path) -> None:
    """Make a folder (and those above it) for its owner only; nothing if it is there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise StoreUnavailable(
            f"expected to make the folder {path}, got: {cause.strerror}; choose another home with "
            "SEALBOOK_HOME"
        ) from cause
