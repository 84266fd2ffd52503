"""Where the home is: the folder of all state."""

import os
from pathlib import Path

from ..errors import BadSettings


def home_path(given: str | None = None) -> Path:
    """Return the home: as given, else SEALBOOK_HOME, else the platform's data folder."""
    named = given or os.environ.get("SEALBOOK_HOME")
    if not named:
        from platformdirs import user_data_path

        return user_data_path("sealbook")
    try:
        return Path(named).expanduser().absolute()
    except (RuntimeError, OSError) as cause:  # nobody of that name; the current folder is gone
        raise BadSettings(f"expected a home folder, got {named!r:.200}: {cause}") from cause
