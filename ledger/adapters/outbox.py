"""The outbox: what a submitter signed on one chain, kept before it is sent, until it is final.

One file for each transaction that something was signed for, by its name. Whoever writes next, or
anchors, hands it in again; so a transaction that a node forgot, or a process that was killed,
leaves no gap in the nonces and loses nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..encoding import Json, canonical, hex_of, parse_canonical
from ..errors import InvalidInput, StoreUnavailable
from ..fields import Fields
from ..keccak import keccak256
from .file_lock import hold
from .files import make_folder, read_file, write_file

ANCHOR = bytes(32)  # the name of the one anchor that may wait
MAX_VARIANTS = 1_000  # a day of one each minute and more: the cap comes long before
_MOST = 512 * 1024  # bytes: a contract's creation code, and the hashes
_WAIT = 60.0
_WORD = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed transaction: its name and nonce, the hashes of all that was signed for it.

    `signed` is the last of them, the dearest. `told`: whoever sent it knows that it is in a block.
    """

    name: bytes
    nonce: int
    signed: bytes
    hashes: tuple[bytes, ...]
    told: bool = False


def with_hash(hashes: Sequence[bytes], signed: bytes) -> tuple[bytes, ...]:
    """Return the hashes with that of a new variant; of very many, the newest."""
    name = keccak256(signed)
    return (*[one for one in hashes if one != name][1 - MAX_VARIANTS :], name)


class Outbox:
    """The files in a folder. Raises StoreUnavailable when the disk fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else take a nonce or keep anything meanwhile."""
        make_folder(self._folder)
        with hold(self._folder / "outbox.lock", _WAIT):
            yield

    def all(self) -> Sequence[Kept]:
        """Return all that is kept, by nonce."""
        found = []
        try:
            paths = sorted(self._folder.glob("*.json"))
        except OSError as cause:
            raise StoreUnavailable(f"expected to read {self._folder}: {cause.strerror}") from cause
        for path in paths:
            data = read_file(path, _MOST)
            if data is not None:  # else another has just dropped it
                found.append(_read(path, data))
        return sorted(found, key=lambda one: (one.nonce, one.name))

    def named(self, name: bytes) -> Kept | None:
        """Return what is kept under a name and was not told yet."""
        path = self._path(name)
        data = read_file(path, _MOST)
        return None if data is None else _read(path, data)

    def holding(self, transaction: bytes) -> Kept | None:
        """Return what that transaction was signed for; None if it is not known here."""
        return next((one for one in self.all() if transaction in one.hashes), None)

    def keep(self, kept: Kept) -> None:
        """Keep it in place of what has its name. When this returns, a restart does not lose it."""
        said: dict[str, Json] = {
            "hashes": [hex_of(one) for one in kept.hashes],
            "name": hex_of(kept.name),
            "nonce": kept.nonce,
            "signed": hex_of(kept.signed),
            "told": int(kept.told),
        }
        write_file(self._path(kept.name), canonical(said))

    def drop(self, kept: Kept) -> None:
        """Forget it."""
        try:
            self._path(kept.name).unlink(missing_ok=True)
        except OSError as cause:
            raise StoreUnavailable(f"expected to write {self._folder}: {cause.strerror}") from cause

    def _path(self, name: bytes) -> Path:
        return self._folder / f"{name.hex()}.json"


def _read(path: Path, data: bytes) -> Kept:
    try:
        fields = Fields(parse_canonical(data, _MOST), path.name, InvalidInput)
        kept = Kept(
            name=fields.binary("name", _WORD),
            nonce=fields.number("nonce"),
            signed=fields.binary("signed", 1, _MOST),
            hashes=tuple(
                fields.as_bytes(one, "hashes", _WORD)
                for one in fields.items("hashes", MAX_VARIANTS)
            ),
            told=fields.number("told", 0, 1) == 1,
        )
        fields.done()
    except InvalidInput as cause:
        raise StoreUnavailable(
            f"expected {path} as it was written: {cause}; restore it from a backup, or remove it "
            "if its transaction is in a block"
        ) from cause
    return kept
