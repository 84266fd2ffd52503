"""Drafts: a file's claim, signed, with its pending receipt written before anything is sent.

So a kill at any moment loses nothing: the next `seal` of the same file finds the receipt and goes
on with the same claim, and never makes a second one.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .adapters.files import read_file, write_file, write_new_file
from .adapters.log_files import LogFiles
from .asking import CHUNK, SUFFIX, receipt_path
from .errors import Conflict, InvalidInput, UnreadableFile
from .metadata.image_facts import media_type
from .receipt import MAX_BYTES, Receipt
from .services.claiming import Wishes, Work, make_claim, read_work
from .signing import Home
from .step import MAX_JSONL, Step, parse_steps

HEAD = 64 * 1024  # bytes by which a media type is told


@dataclass(frozen=True, slots=True)
class Author:
    """Who seals: the address, and the 32-byte key that signs (their own, or a delegate's)."""

    address: bytes
    private_key: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What the author wants said about the work, beside what its bytes say."""

    title: str | None = None
    licence: str | None = None
    ai_disclosure: str | None = None
    process: Path | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file, where its receipt lies, and the receipt as far as it is known."""

    file: Path
    path: Path
    receipt: Receipt
    resumed: bool

    def with_receipt(self, receipt: Receipt) -> "Draft":
        """Return the draft with a newer receipt, which is written first."""
        if receipt != self.receipt:
            write_file(self.path, receipt.encode(), mode=0o644)
        return replace(self, receipt=receipt)


def require_readable(file: Path) -> None:
    """Raise UnreadableFile unless it is a file that can be read, and is no receipt itself."""
    if file.name.endswith(SUFFIX):
        raise InvalidInput(f"expected a work to seal, got the receipt {file.name}; try `verify`")
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise InvalidInput(
            f"expected a file to seal, got {file}: a pipe or a device, gone once it is read"
        )
    for _ in _chunks(file):
        return


def draft(
    file: Path, author: Author, home: Home, said: Said, logs: LogFiles, steps: tuple[Step, ...]
) -> Draft:
    """Return the file's draft: the one begun before, or a new one with its receipt written.

    Conflict when a receipt lies there of another version of the file, author or chain, or one
    that does not say what is to be said now: a claim is signed once.
    """
    work, head = _read(file)
    path = receipt_path(file)
    data = read_file(path, MAX_BYTES)
    if data is not None:
        receipt = Receipt.decode(data)
        _require_same(receipt, work, author, home, path)
        _require_said(receipt, said, steps, logs, path)
        return Draft(file, path, receipt, resumed=True)
    log = logs.new(steps) if steps else None
    wishes = Wishes(
        media_type=media_type(head),
        title=said.title,
        licence=said.licence,
        ai_disclosure=said.ai_disclosure,
    )
    signed = make_claim(
        work, wishes, home, author.address, author.private_key, secrets.token_bytes, log
    )
    receipt = Receipt(signed)
    if not write_new_file(path, receipt.encode(), mode=0o644):  # another seals the same file
        return draft(file, author, home, said, logs, steps)
    return Draft(file, path, receipt, resumed=False)


def read_steps(path: Path | None) -> tuple[Step, ...]:
    """Read a JSON Lines file of steps; none if there is no file."""
    if path is None:
        return ()
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_JSONL + 1)
    except OSError as cause:
        raise UnreadableFile(f"expected a process log at {path}: {cause.strerror}") from cause
    steps = parse_steps(data)
    if not steps:
        raise InvalidInput(f"expected at least one step in {path}, got none")
    return steps


def _read(file: Path) -> tuple[Work, bytes]:
    head = b""

    def passing() -> Iterator[bytes]:
        nonlocal head
        for chunk in _chunks(file):
            if len(head) < HEAD:
                head += chunk[: HEAD - len(head)]
            yield chunk

    work = read_work(passing())
    return work, head


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            while chunk := opened.read(CHUNK):
                yield chunk
    except OSError as cause:
        raise UnreadableFile(f"expected a file to read, got {file}: {cause.strerror}") from cause


def _require_same(receipt: Receipt, work: Work, author: Author, home: Home, path: Path) -> None:
    signed = receipt.signed
    if signed.claim.work != work.digest.value:
        raise Conflict(
            f"{path.name} is the receipt of another version of this file; move it away to seal "
            "this one"
        )
    if signed.claim.author != author.address or signed.home != home:
        raise Conflict(
            f"{path.name} is the receipt of 0x{signed.claim.author.hex()} on chain "
            f"{signed.home.chain_id}; move it away to seal as another"
        )


def _require_said(
    receipt: Receipt, said: Said, steps: tuple[Step, ...], logs: LogFiles, path: Path
) -> None:
    details = receipt.signed.details
    for name in ("title", "licence", "ai_disclosure"):
        wanted = getattr(said, name)
        if wanted is not None and wanted != getattr(details, name):
            option = name.replace("_", "-")
            raise Conflict(
                f"{path.name} is the receipt of a claim with another --{option}, or none; move it "
                "away to claim anew"
            )
    if not steps:
        return
    log = None if details is None or details.log is None else logs.load(details.log)
    if log is None or log.steps != steps:
        raise Conflict(
            f"{path.name} is the receipt of a claim with another process log, or none; move it "
            "away to claim anew"
        )
