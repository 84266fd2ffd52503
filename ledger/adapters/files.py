"""Files written whole or not at all: a temporary file beside it, forced to disk, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreUnavailable
from .durable_files import sync_file, sync_folder


def write_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that others see the old bytes or the new, never a part.

    When this returns, a restart does not lose it. StoreUnavailable when it can't be written.
    """
    with _written(path, data, mode) as temporary:
        temporary.replace(path)


def write_new_file(path: Path, data: bytes, *, mode: int = 0o600) -> bool:
    """Write a file, whole or not at all, unless there is one; say whether it was written.

    Of several that write it at once, one does. StoreUnavailable when it can't be written.
    """
    with _written(path, data, mode) as temporary:
        try:
            path.hardlink_to(temporary)  # unlike a rename, it never takes another's place
        except FileExistsError:
            return False
        except OSError:  # a file system without links: some sticks and network shares
            if path.exists():
                return False
            temporary.replace(path)
    return True


@contextmanager
def _written(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Yield a temporary file beside `path` with the bytes, on the disk; it is gone afterwards."""
    temporary: Path | None = None
    try:
        _make_folders(path.parent)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            sync_file(file.fileno())
        temporary.chmod(mode)
        yield temporary
        temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as cause:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"expected to write {path}, got: {cause.strerror}; nothing was changed"
        ) from cause


def _make_folders(path: Path) -> None:
    """Make a folder and those above it, so that a restart does not lose their names."""
    if not path.is_dir():
        _make_folders(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


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
        _make_folders(path)
    except OSError as cause:
        raise StoreUnavailable(
            f"expected to make the folder {path}, got: {cause.strerror}; choose another home with "
            "SEALBOOK_HOME"
        ) from cause
