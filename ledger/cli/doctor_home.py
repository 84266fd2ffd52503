"""The checks of `doctor` on a home's folder: who may read it, settings, disk, keys, leftovers."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ..adapters.home_layout import leftovers
from ..config import load_settings
from ..errors import LedgerError
from ..wiring import Installation
from .diagnosis import Diagnosis

LEAST_ROOM = 256 * 1024**2  # bytes: a few batches and the index's journal
ABANDONED = 3600.0  # seconds: no live process takes an hour over a temporary file
SHOWN = 3
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_home(home: Path) -> Iterator[Diagnosis]:
    """Check that the home is there, and its owner's alone."""
    if not home.is_dir():
        yield Diagnosis(
            "home",
            "wrong",
            f"{home} is not there",
            "give --home DIR or SEALBOOK_HOME; `sealbook seal FILE` makes a new home",
        )
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    if os.name == "posix" and mode & _OTHERS:
        yield Diagnosis("home", "wrong", f"others may look into {home}", f"chmod 700 {home}")
    else:
        yield Diagnosis("home", "well", f"{home}, for its owner only")


def check_settings(home: Path) -> Iterator[Diagnosis]:
    """Check that the settings can be read."""
    settings = load_settings(home)
    yield Diagnosis(
        "settings",
        "well",
        f"chains: {', '.join(settings.chains)}; default: {settings.default_chain}",
    )


def check_disk(home: Path) -> Iterator[Diagnosis]:
    """Check that the home can be written, and that there is room."""
    try:
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"\0")
            probe.flush()
        free = shutil.disk_usage(home).free
    except OSError as cause:
        yield Diagnosis(
            "disk",
            "wrong",
            f"{home} can't be written: {cause.strerror}",
            "give its owner the right to write, or mount the disk for writing",
        )
        return
    if free < LEAST_ROOM:
        yield Diagnosis("disk", "wrong", f"{free:,} bytes are free", "make room on the disk")
    else:
        yield Diagnosis("disk", "well", f"writable, {free // 1024**2:,} MiB free")


def check_keys(installation: Installation) -> Iterator[Diagnosis]:
    """Check that every key can be read by its owner alone, and that whoever pays has one."""
    held = installation.keystore.addresses()
    folder = installation.home / "keys"
    for name, _ in held:
        path = folder / f"{name}.json"
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            yield Diagnosis("keys", "wrong", f"others may read {path}", f"chmod 600 {path}")
    names = [name for name, _ in held]
    for chain in installation.settings.chains.values():
        if chain.submitter is not None and chain.submitter not in names:
            yield Diagnosis(
                "keys",
                "wrong",
                f"its submitter {chain.submitter!r} has no key here",
                f"sealbook keys import {chain.submitter}, or keys new {chain.submitter}",
                chain.name,
            )
    if names:
        yield Diagnosis("keys", "well", f"{', '.join(names)[:200]}")
    else:
        yield Diagnosis("keys", "note", "none yet", "sealbook keys new")


def check_logs(installation: Installation) -> Iterator[Diagnosis]:
    """Check that every process log can be read: what is lost of one can't be made again."""
    ids = installation.logs.ids()
    bad = [name for name in ids if not _readable(installation, name)]
    for name in bad[:SHOWN]:
        yield Diagnosis(
            "logs",
            "wrong",
            f"{installation.home / 'logs' / name} is damaged: its steps can't be disclosed",
            "restore it from a backup",
        )
    if len(bad) > SHOWN:
        yield Diagnosis("logs", "wrong", f"and {len(bad) - SHOWN} more", "restore a backup")
    if not bad:
        yield Diagnosis("logs", "well", f"{len(ids)} process logs can be read")


def check_founded(installation: Installation, name: str) -> Iterator[Diagnosis]:
    """Check that nothing is lost that a chain's ledger rests on."""
    files = installation.files(name)
    files.require_chain()
    if installation.settings.chain(name).embedded and (files.folder / "chain.db").exists():
        files.embedded_key()
    if files.founded() is not None:
        files.salt()
    yield Diagnosis("ledger files", "well", "nothing that the ledger rests on is lost", chain=name)


def _readable(installation: Installation, name: str) -> bool:
    try:
        return installation.logs.load(bytes.fromhex(name)) is not None
    except LedgerError:
        return False


def check_leftovers(home: Path) -> Iterator[Diagnosis]:
    """Check for temporary files that killed processes left behind."""
    now = time.time()
    old = [name for name in leftovers(home) if _age(home / name, now) > ABANDONED]
    restoring = home.with_name(f".{home.name}.restoring")
    if restoring.exists():
        old.append(f"../{restoring.name}")
    if not old:
        yield Diagnosis("leftovers", "well", "no files of killed processes")
        return
    more = f" and {len(old) - SHOWN} more" if len(old) > SHOWN else ""
    yield Diagnosis(
        "leftovers",
        "note",
        f"killed processes left {', '.join(old[:SHOWN])}{more}",
        f"delete them in {home}; nothing needs them",
    )


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
