"""Keeping evidence of what a command anchored, while its node has the block's state."""

from functools import partial

from ..errors import LedgerError
from ..services.side_by_side import side_by_side
from ..wiring import Installation
from .common import tell

KEEP_SECONDS = 10.0  # what is not kept by then is asked for again by the next run
_GRACE = 5.0  # to finish what it is at


def keep_evidence(installation: Installation, name: str) -> None:
    """Ask for evidence, for so long at the most; what is anchored is anchored without it."""
    try:
        keeping = installation.keeping(name)
        if keeping is not None:
            side_by_side([partial(keeping.run, KEEP_SECONDS)], KEEP_SECONDS + _GRACE)
    except LedgerError as cause:
        tell(f"no evidence was kept: {cause}")
