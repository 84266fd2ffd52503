"""A backup's bytes: a tar of a home's state, that any tar reads; read back by rules of our own.

The members are plain files with names of a home's state, nothing else. The last one, `contents`,
names each with its size and SHA-256: an archive that was cut off or changed has no such end.
"""

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..encoding import Json, canonical, parse_canonical
from ..errors import InvalidInput, LedgerError, LimitExceeded, StoreUnavailable
from .durable_files import sync_file
from .home_layout import STATE

CONTENTS = "contents.json"
VERSION = 1
MAX_FILES = 2_000_000
MAX_CONTENTS = 512 * 1024**2  # bytes: what so many files need
UNIT = 512  # bytes: what tar counts in
CHUNK = 1024 * 1024
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


class ArchiveWriter:
    """Writes members one after the other, then the contents. `OSError` is the caller's."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._files: dict[str, Json] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file; nothing if it has gone. StoreUnavailable if it shrinks meanwhile."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            self._add(name, os.fstat(file.fileno()).st_size, file)

    def close(self) -> int:
        """Write the contents and tar's end; return how many files there are."""
        said: dict[str, Json] = {"files": self._files, "version": VERSION}
        data = canonical(said)
        self._out.write(_header(CONTENTS, len(data)) + data + _padding(len(data)))
        self._out.write(bytes(2 * UNIT))
        return len(self._files)

    def _add(self, name: str, size: int, file: BinaryIO) -> None:
        self._out.write(_header(name, size))
        state, left = hashlib.sha256(), size
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise StoreUnavailable(f"expected {name} to stay whole, it shrank; run it again")
            self._out.write(chunk)
            state.update(chunk)
            left -= len(chunk)
        self._out.write(_padding(size))
        self._files[name] = {"sha256": state.hexdigest(), "size": size}


def extract(
    source: BinaryIO, folder: Path, room: int, advance: Callable[[int], None] = lambda _: None
) -> int:
    """Write an archive's files below a folder, `room` bytes at the most; return how many.

    InvalidInput at the first thing that no backup holds: another kind of member, another name, a
    name twice, a digest that differs, an end that is missing. What was written stays behind.
    """
    found: dict[str, Json] = {}
    total = 0
    for name, size in _members(source):
        total += size
        if total > room:
            raise LimitExceeded(f"expected a backup of at most {room} bytes: the disk has no more")
        if name == CONTENTS:
            _require_contents(_exactly(source, size, MAX_CONTENTS), found)
            _require_end(source, size)
            return len(found)
        if name in found or len(found) == MAX_FILES or not STATE.fullmatch(name):
            raise InvalidInput(f"expected only a home's files in a backup, got {name!r:.120}")
        found[name] = {"sha256": _write(source, size, folder / name), "size": size}
        advance(total)
    raise InvalidInput("expected a whole backup, it was cut off; restore another one")


def _members(source: BinaryIO) -> Iterator[tuple[str, int]]:
    """Yield each member's name and size; the caller reads its bytes before the next."""
    while True:
        block = source.read(UNIT)
        if len(block) < UNIT or not any(block):
            return
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as cause:
            raise InvalidInput(
                f"expected a backup (a tar of `sealbook backup`): {cause}"
            ) from cause
        if info.type not in _PLAIN or info.size < 0:
            raise InvalidInput(f"expected only plain files in a backup, got {info.name!r:.120}")
        yield info.name, info.size
        if any(_exactly(source, -info.size % UNIT, UNIT)):
            raise InvalidInput(f"expected zeros after {info.name!r:.120} in a backup, got others")


def _write(source: BinaryIO, size: int, path: Path) -> str:
    """Write a member's bytes, forced to the disk; return their SHA-256."""
    state, left = hashlib.sha256(), size
    for parent in reversed(path.relative_to(path.anchor).parents):
        where = Path(path.anchor) / parent
        if not where.exists():
            where.mkdir(mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while left:
            chunk = _exactly(source, min(CHUNK, left), CHUNK)
            file.write(chunk)
            state.update(chunk)
            left -= len(chunk)
        file.flush()
        sync_file(file.fileno())
    return state.hexdigest()


def _exactly(source: BinaryIO, size: int, most: int) -> bytes:
    if size > most:
        raise LimitExceeded(f"expected at most {most} bytes there in a backup, got {size}")
    data = source.read(size)
    if len(data) < size:
        raise InvalidInput("expected a whole backup, it was cut off; restore another one")
    return data


def _require_contents(data: bytes, found: dict[str, Json]) -> None:
    try:
        said = parse_canonical(data, MAX_CONTENTS)
    except LedgerError as cause:
        raise InvalidInput(f"expected a backup's contents at its end: {cause}") from cause
    wanted: dict[str, Json] = {"files": found, "version": VERSION}
    if said != wanted:
        version = said.get("version") if isinstance(said, dict) else None
        why = "it was changed" if version == VERSION else f"it is of version {version!r:.20}"
        raise InvalidInput(f"expected the files that the backup's contents name: {why}")


def _require_end(source: BinaryIO, size: int) -> None:
    left = -size % UNIT + 2 * UNIT
    if source.read(left + 1) != bytes(left):
        raise InvalidInput("expected a backup to end with its contents, it does not")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % UNIT)
