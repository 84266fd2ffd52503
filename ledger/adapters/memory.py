"""What this home saw final, one small file a receipt: read without any engine."""

from pathlib import Path

from ..anchor import Interval
from ..chain import HASH_BYTES, ChainIdentity
from ..digest import Digest
from ..encoding import Json, canonical, hex_of, parse_canonical
from ..errors import InvalidReceipt, LedgerError, StoreUnavailable
from ..fields import Fields
from ..receipt import Receipt
from ..verification.evidence import Remembered
from .durable_files import sync_folder
from .files import write_file

MAX_SEEN = 4096  # bytes of one file that this program wrote


class FolderMemory:
    """The Memory in a folder, by the digest of the receipt's own bytes: any change is another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, receipt: Receipt) -> Remembered | None:
        """Return what was seen of exactly this receipt; None if never (or if its file is bad)."""
        try:
            data = self._path(receipt).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise StoreUnavailable(f"expected {self._folder} to be readable: {cause}") from cause
        try:
            return _decode(data)
        except LedgerError:
            return None  # a damaged memory is no memory: the chain can be asked again

    def keep(self, receipt: Receipt, seen: Remembered | None) -> None:
        """Keep what was seen, over what was seen before; None forgets that."""
        path = self._path(receipt)
        if seen is not None:
            write_file(path, _encode(seen))
            return
        try:
            path.unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)
        except OSError as cause:
            raise StoreUnavailable(f"expected to remove {path}, got: {cause.strerror}") from cause

    def _path(self, receipt: Receipt) -> Path:
        return self._folder / f"{Digest.of(receipt.encode()).value.hex()}.json"


def _encode(seen: Remembered) -> bytes:
    said: dict[str, Json] = {
        "chain_id": seen.chain.chain_id,
        "checked_at_block": seen.checked_at_block,
        "genesis": hex_of(seen.chain.genesis),
        "key": seen.key,
        "local": int(seen.chain.local),
        "not_after": seen.interval.not_after,
        "not_before": seen.interval.not_before,
        "standing": seen.standing,
    }
    return canonical(said)


def _decode(data: bytes) -> Remembered:
    fields = Fields(parse_canonical(data, MAX_SEEN), "what was seen", InvalidReceipt)
    seen = Remembered(
        interval=Interval(fields.number("not_before"), fields.number("not_after")),
        key=fields.text("key", 32),
        standing=fields.text("standing", 32),
        checked_at_block=fields.number("checked_at_block"),
        chain=ChainIdentity(
            fields.number("chain_id"),
            fields.binary("genesis", HASH_BYTES),
            bool(fields.number("local", 0, 1)),
        ),
    )
    fields.done()
    return seen
