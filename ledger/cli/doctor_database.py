"""The check of `doctor` on the databases of the settings: each can be reached, and used."""

from collections.abc import Iterator

from ..errors import LedgerError
from ..wiring import Installation
from ..wiring.databases import reach_databases
from .diagnosis import Diagnosis

ADVICE = (
    "see that it runs, and look at [database] in config.toml; SEALBOOK_DATABASE_URL, PGPASSWORD"
)


def check_databases(installation: Installation) -> Iterator[Diagnosis]:
    """Ask each database once; a home whose queue and index are files has none."""
    for what, ask in reach_databases(installation.settings):
        try:
            said = ask()
        except LedgerError as cause:
            yield Diagnosis("database", "wrong", f"{what}: {cause}", ADVICE)
        else:
            yield Diagnosis("database", "well", f"{what}: {said}")
