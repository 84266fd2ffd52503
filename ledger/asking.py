"""Asking: what a person names (a file, a receipt, a digest) becomes a question.

Imported by every `verify`, so it imports little.
"""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from .digest import Digest
from .disclosure import Disclosure
from .errors import UnreadableFile
from .receipt import MAX_BYTES
from .services.verifying import Question

SUFFIX = ".seal.json"
CHUNK = 1024 * 1024
_SHOWN = 200  # characters of a name that nobody can read
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-fA-F]{64}")
_BEGINS = b'{"anchors":'  # the first field of a canonical receipt


def ask(
    what: str | Path | Digest,
    receipt: Path | None,
    *,
    offline: bool,
    trusted_block: bytes | None = None,
    disclosure: Disclosure | None = None,
) -> Question:
    """Make a question of what a person names: a receipt, a file, or a digest."""
    digest: Digest | None = None
    data: bytes | None = None
    from_file = False
    path = Path(what) if not isinstance(what, Digest) else None
    if path is not None and _is_stream(path):
        with _opening(path, "a stream to read, got"), path.open("rb") as opened:
            question = ask_bytes(opened, receipt, offline=offline)
        return replace(question, trusted_block=trusted_block, disclosure=disclosure)
    if path is not None and (_exists(path) or not _DIGEST.fullmatch(str(what))):
        if receipt is None and is_receipt(path):
            data = read_receipt(path)
        else:
            digest, from_file = digest_of_file(path), True
            beside = receipt_path(path) if receipt is None else receipt
            data = read_receipt(beside) if receipt is not None or _exists(beside) else None
    else:
        digest = what if isinstance(what, Digest) else Digest.parse(str(what).lower())
        data = None if receipt is None else read_receipt(receipt)
    return Question(
        digest=digest,
        from_file=from_file,
        receipt=data,
        offline=offline,
        trusted_block=trusted_block,
        disclosure=disclosure,
    )


def ask_bytes(source: BinaryIO, receipt: Path | None, *, offline: bool) -> Question:
    """Make a question of a stream: a receipt if it begins like one, else a work's bytes."""
    head = source.read(MAX_BYTES + 1)
    if receipt is None and head.startswith(_BEGINS):
        return Question(receipt=head, offline=offline)
    digest = Digest.of_chunks(chain((head,), _chunks(source)))
    data = None if receipt is None else read_receipt(receipt)
    return Question(digest=digest, from_file=True, receipt=data, offline=offline)


def is_receipt(path: Path) -> bool:
    """Say whether a file is meant as a receipt: by its name, or by how it begins."""
    if path.name.endswith(SUFFIX):
        return True
    with _opening(path, "a file, a receipt or a digest, got"), path.open("rb") as opened:
        return opened.read(len(_BEGINS)) == _BEGINS


def read_receipt(path: Path) -> bytes:
    """Return a receipt's bytes, one more than the limit at the most."""
    with _opening(path, "a receipt at"), path.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def receipt_path(file: Path) -> Path:
    """Return where a file's receipt lies: beside it."""
    return file.with_name(file.name + SUFFIX)


def digest_of_file(path: Path) -> Digest:
    """Return a file's digest, read in pieces."""
    with _opening(path, "a file to read, got"), path.open("rb") as opened:
        return Digest.of_chunks(_chunks(opened))


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def _is_stream(path: Path) -> bool:
    """Say whether it is a pipe or a device: what is read of it once is gone."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # missing, closed to us, or no name at all
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _exists(path: Path) -> bool:
    """Say whether there is a file of that name, as far as one may look."""
    try:
        return path.exists()
    except OSError:  # no file can be called so, or its folder is closed
        return False


@contextmanager
def _opening(path: Path, expected: str) -> Iterator[None]:
    """Raise UnreadableFile for whatever keeps a file from being read."""
    try:
        yield
    except OSError as cause:
        raise UnreadableFile(f"expected {expected} {_short(path)}: {cause.strerror}") from cause
    except ValueError as cause:
        raise UnreadableFile(f"expected {expected} {_short(path)}: {cause}") from cause


def _short(path: Path) -> str:
    name = str(path)
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
