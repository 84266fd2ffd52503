"""Which files of a home are state: what a backup holds, and all that a restore may write.

    config.toml                      the settings
    keys/NAME.json                   encrypted keys
    chains/NAME/ledger.json …        the ledger's name, its salt, the embedded chain's key
    chains/NAME/{chain,queue}.db     the embedded chain, the acknowledged leaves
    logs/<id>/…                      process logs and their secrets
    seen/<digest>.json               what was seen final
    blocks/…                         the block store

Not state: index.db, which `sync --rebuild` remakes; chains/NAME/outbox, what a payer signed and is
not final (an old copy must not be sent again); locks; temporary files.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import StoreUnavailable

DATABASES = ("chain.db", "queue.db")
_CHAIN = r"chains/[a-z0-9][a-z0-9-]{0,31}"
_KEY = r"[A-Z2-7]{55}"
STATE = re.compile(
    rf"config\.toml|keys/[a-z0-9-]{{1,32}}\.json"
    rf"|{_CHAIN}/(?:ledger\.json|ledger\.salt|submitter\.key|chain\.db|queue\.db)"
    rf"|logs/[0-9a-f]{{64}}/[a-z0-9][a-z0-9._-]{{0,23}}"
    rf"|seen/[0-9a-f]{{64}}\.json"
    rf"|blocks/(?:SHARDING|[A-Z2-7]{{2}}/{_KEY}\.data)"
)


def state_files(home: Path) -> Iterator[str]:
    """Yield the names of a home's state files, databases too, `/` between folders; in order."""
    yield from _below(home, "")


def leftovers(home: Path) -> Iterator[str]:
    """Yield the temporary files that killed processes left in a home (or that are being written).

    Their names begin with a dot, or lie in a folder whose name does.
    """
    for path in sorted(home.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
        if hidden and path.name != ".lock" and path.is_file():
            yield path.relative_to(home).as_posix()


def _below(folder: Path, prefix: str) -> Iterator[str]:
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as cause:
        raise StoreUnavailable(f"expected to read {folder}, got: {cause.strerror}") from cause
    for path in found:
        name = prefix + path.name
        if path.is_symlink():
            continue  # a link leads out of the home: what it names is not this home's
        if path.is_dir():
            yield from _below(path, name + "/")
        elif STATE.fullmatch(name):
            yield name
