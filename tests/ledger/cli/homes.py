"""Homes for tests of commands: with a key, sealed works, and ways to run a command."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.adapters.keystore import Keystore
from ledger.cli.main import main
from ledger.drafts import Author, Said
from ledger.library import anchor_all, draft_all, embedded
from ledger.receipt import Receipt
from ledger.secp256k1 import address_of_key
from ledger.wiring import Installation
from tests.nodes import ROOT

CHEAP = 16  # scrypt's cost: a passphrase that opens at once
KEY = bytes(range(1, 33))
AUTHOR = Author(address_of_key(KEY), KEY)
PASSPHRASE = "correct horse"
EMPTY: dict[str, str] = {}
_DOOR = "from ledger.cli.main import main; raise SystemExit(main())"


@dataclass(frozen=True, slots=True)
class Home:
    """A home with the key `default`, beside its passphrase's file and the works."""

    path: Path

    @property
    def passphrase_file(self) -> str:
        return str(self.path.parent / "passphrase")

    @property
    def installation(self) -> Installation:
        return Installation.open(self.path)

    def write_work(self, name: str = "work.png", data: bytes = b"a work") -> Path:
        work = self.path.parent / name
        work.write_bytes(data)
        return work

    def seal(self, name: str = "work.png", data: bytes = b"a work", wait: float = 60) -> Path:
        """Seal a work on the embedded chain; return its receipt's path (pending if wait is 0)."""
        installation = self.installation
        chain = embedded(installation)
        work = self.write_work(name, data)
        chain_id = chain.identity().chain_id
        drafts = draft_all(installation, [work], AUTHOR, Said(), chain_id)
        return anchor_all(installation, chain, "local", drafts, wait)[0].path


def make_home(folder: Path) -> Home:
    home = Home(folder / "home")
    Keystore(home.path / "keys", kdf=CHEAP).add("default", KEY, PASSPHRASE)
    home.path.chmod(0o700)
    passphrase = Path(home.passphrase_file)
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    passphrase.chmod(0o600)
    return home


def call(*words: str | Path) -> int:
    """Run a command in this process; the caller reads what it said with capsys."""
    return main([str(word) for word in words])


def sealbook(
    *words: str | Path, given: str = "", more: dict[str, str] = EMPTY
) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own, without a terminal."""
    return subprocess.run(
        command(*words),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        start_new_session=True,
        env=environment(more),
        cwd=ROOT,
    )


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-c", _DOOR, *map(str, words)]


def environment(more: dict[str, str] = EMPTY) -> dict[str, str]:
    hidden = ("SEALBOOK_HOME", "SEALBOOK_PASSPHRASE_FILE")
    return {name: value for name, value in os.environ.items() if name not in hidden} | more


def said(text: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(text)


def read_receipt(path: Path) -> Receipt:
    return Receipt.decode(path.read_bytes())
