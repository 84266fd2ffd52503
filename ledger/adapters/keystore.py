"""The keystore: a folder of encrypted private keys, NAME.json each, for their owner only.

No secret is ever in a message, a repr or a command line.
"""

import re
from collections.abc import Callable
from pathlib import Path

from ..errors import (
    InvalidInput,
    InvalidSignature,
    KeyExists,
    KeyMissing,
    StoreUnavailable,
    WrongPassphrase,
)
from ..secp256k1 import address_of_key
from . import secret_storage
from .file_lock import hold
from .files import make_folder, read_file, write_file

DEFAULT = "default"
WAIT_SECONDS = 30.0
_NAME = re.compile(r"[a-z0-9-]{1,32}")
_RAW = re.compile(rb"(?:0[xX])?[0-9a-fA-F]{64}")
_SUFFIX = ".json"


class Keystore:
    """The keys in a folder, which is made by the first key. `kdf` is scrypt's cost, n."""

    def __init__(self, folder: Path, kdf: int = secret_storage.STANDARD_COST) -> None:
        self._folder = folder
        self._kdf = kdf

    def new(self, name: str, passphrase: str, random: Callable[[int], bytes]) -> bytes:
        """Draw a key (`random(n)` gives n unpredictable bytes), keep it, return its address."""
        while True:
            private_key = random(32)
            try:
                address_of_key(private_key)
            except InvalidSignature:  # 0, or beyond the curve's order: 1 in 2^128
                continue
            return self.add(name, private_key, passphrase)

    def add(self, name: str, private_key: bytes, passphrase: str) -> bytes:
        """Encrypt and keep a private key (32 bytes); return its address. KeyExists.

        When this returns, a restart does not lose it.
        """
        path = self._path(name)
        _require_passphrase(passphrase)
        address = address_of_key(private_key)
        self._require_new(name, address)  # before the second that the passphrase costs
        data = secret_storage.encrypt_key(private_key, passphrase, self._kdf)
        make_folder(self._folder)
        with hold(self._folder / ".lock", WAIT_SECONDS):
            self._require_new(name, address)
            write_file(path, data)
        return address

    def take_in(self, name: str, given: bytes, passphrase: str, opens: str | None = None) -> bytes:
        """Keep a key from what another program wrote: encrypted JSON, or 64 hex digits.

        `opens` is the passphrase of the JSON where it is not the new one's; either is encrypted
        anew, at this keystore's cost. Returns the address.
        """
        text = given.strip()
        if text.startswith(b"{"):
            wanted = passphrase if opens is None else opens
            return self.add(name, secret_storage.decrypt_key(text, wanted), passphrase)
        if not _RAW.fullmatch(text):
            raise InvalidInput(
                "expected an encrypted key (JSON) or a private key of 64 hex digits, got "
                f"{len(text)} bytes of something else"
            )
        try:
            return self.add(name, bytes.fromhex(text[-64:].decode()), passphrase)
        except InvalidSignature as cause:
            raise InvalidInput("expected a private key within the curve's order") from cause

    def addresses(self) -> list[tuple[str, bytes]]:
        """Return the keys' names and addresses, by name; no passphrase is needed.

        StoreUnavailable when a key's file is damaged.
        """
        return [(name, self._address(name)) for name in self.names()]

    def names(self) -> list[str]:
        """Return the keys' names in order, without looking into their files."""
        try:
            files = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as cause:
            raise StoreUnavailable(
                f"expected to read the keys in {self._folder}, got: {cause.strerror}"
            ) from cause
        names = [name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX)]
        return [name for name in names if _NAME.fullmatch(name)]

    def choose(self, name: str | None) -> str:
        """Return the name of the key meant: as given, else the only one, else "default"."""
        if name is not None:
            self._read(name)
            return name
        names = self.names()
        if len(names) == 1:
            return names[0]
        if DEFAULT in names:
            return DEFAULT
        if not names:
            raise KeyMissing(
                f"expected a key in {self._folder}, there is none; `sealbook keys new`"
            )
        raise KeyMissing(
            f"expected to be told which key, there are {', '.join(names)[:200]}; give --key NAME"
        )

    def named_by(self, address: bytes) -> str:
        """Return the name of the key of an address; KeyMissing."""
        for name, held in self.addresses():
            if held == address:
                return name
        raise KeyMissing(
            f"expected the key of 0x{address.hex()} in {self._folder}, it is not there; "
            "`sealbook keys import NAME` brings it"
        )

    def unlock(self, name: str | None, passphrase: str) -> bytes:
        """Return the private key, 32 bytes, of a name (None: the key `choose` means).

        WrongPassphrase, KeyMissing; StoreUnavailable when its file is damaged.
        """
        name = self.choose(name)
        try:
            return secret_storage.decrypt_key(self._read(name), passphrase)
        except WrongPassphrase as cause:
            raise WrongPassphrase(
                f"the passphrase does not open the key {name!r}; try again"
            ) from (cause)
        except InvalidInput as cause:
            raise self._damaged(name, cause) from cause

    def export(self, name: str | None) -> str:
        """Return the encrypted key as the JSON text that other wallets read."""
        return self._read(self.choose(name)).decode()

    def _address(self, name: str) -> bytes:
        try:
            address = secret_storage.read_address(self._read(name))
        except InvalidInput as cause:
            raise self._damaged(name, cause) from cause
        if address is None:
            raise self._damaged(name, "it names no address")
        return address

    def _read(self, name: str) -> bytes:
        data = read_file(self._path(name), secret_storage.MAX_FILE)
        if data is None:
            known = ", ".join(self.names())[:200] or "none yet"
            raise KeyMissing(f"expected a key named {name!r}, there are: {known}")
        return data

    def _require_new(self, name: str, address: bytes) -> None:
        for held, of in self.addresses():
            if held == name:
                raise KeyExists(
                    f"expected a new name, {name!r} is the key of 0x{of.hex()}; choose another"
                )
            if of == address:
                raise KeyExists(f"the key of 0x{address.hex()} is here already, named {held!r}")

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"expected a key's name of 1 to 32 letters a-z, digits and -, got {name!r:.60}"
            )
        return self._folder / f"{name}{_SUFFIX}"

    def _damaged(self, name: str, why: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._path(name)} is damaged: {why}; bring it back from a backup"
        )


def _require_passphrase(passphrase: str) -> None:
    if not passphrase:
        raise InvalidInput("expected a passphrase for the key, got an empty one")
