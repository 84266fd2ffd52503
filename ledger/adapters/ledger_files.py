"""What a home keeps of its ledger on one chain: its name, its salt, the embedded chain's key."""

import secrets
from pathlib import Path

from ..contract import Founded
from ..encoding import canonical, hex_of, parse_canonical
from ..errors import BadSettings, InvalidInput
from ..fields import Fields
from .file_lock import hold
from .files import make_folder, read_file, write_file

MAX_FILE = 4096  # bytes of a file that this program wrote
WAIT_SECONDS = 120.0  # deploying contracts on a public chain takes some blocks


class LedgerFiles:
    """The small files in a chain's folder. Each is written once, and kept before it is used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def founded(self) -> Founded | None:
        """Return the ledger's name; None while there is none."""
        path = self.folder / "ledger.json"
        data = read_file(path, MAX_FILE)
        if data is None:
            return None
        try:
            fields = Fields(parse_canonical(data, MAX_FILE), "ledger.json", BadSettings)
            founded = Founded(
                ledger=fields.binary("ledger", 32),
                creator=fields.binary("creator", 20),
                salt=fields.binary("salt", 32),
            )
            fields.done()
        except InvalidInput as cause:
            raise BadSettings(f"{path} was changed: {cause}; restore it from a backup") from cause
        return founded

    def keep(self, founded: Founded) -> None:
        """Keep the ledger's name."""
        said = {
            "creator": hex_of(founded.creator),
            "ledger": hex_of(founded.ledger),
            "salt": hex_of(founded.salt),
        }
        write_file(self.folder / "ledger.json", canonical(said))

    def salt(self) -> bytes:
        """Return the ledger's salt, 32 bytes, drawn at the first call."""
        return self._drawn("ledger.salt", "ledger.json")

    def embedded_key(self) -> bytes:
        """Return the embedded chain's submitter key, drawn at the first call; without value."""
        return self._drawn("submitter.key", "chain.db")

    def require_chain(self) -> None:
        """Raise BadSettings if the embedded chain was lost that this home's ledger is on.

        Another would be another chain: the ledger, and every receipt, would be gone with it.
        """
        chain = self.folder / "chain.db"
        lost = not chain.exists() or not chain.stat().st_size
        if lost and (self.folder / "ledger.json").exists():
            raise BadSettings(f"{chain} is lost, and the ledger is on it; restore it from a backup")

    def _drawn(self, name: str, rests: str) -> bytes:
        """Return what a file holds, drawn if there is none; `rests` is what was made from it."""
        make_folder(self.folder)
        path = self.folder / name
        with hold(self.folder / f"{name}.lock", WAIT_SECONDS):
            data = read_file(path, MAX_FILE)
            if data is None and (self.folder / rests).exists():
                raise BadSettings(f"{path} is lost, and {rests} rests on it; restore a backup")
            if data is None:
                data = secrets.token_bytes(32).hex().encode()
                write_file(path, data)
        try:
            drawn = bytes.fromhex(data.decode())
        except ValueError:
            drawn = b""
        if len(drawn) != 32:  # noqa: PLR2004
            raise BadSettings(f"{path} was changed; restore it from a backup")
        return drawn
