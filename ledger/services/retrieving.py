"""Retrieving: each source is asked for a whole manifest, side by side, within a limit."""

from collections.abc import Sequence
from functools import partial
from time import monotonic

from ..cid import Block, Cid, export_file
from ..errors import InvalidBlock, InvalidInput, NotFound, StoreUnavailable, TimedOut, Unavailable
from ..manifest import MAX_BYTES
from ..ports import BlockSource
from ..verification.availability import Availability
from .side_by_side import side_by_side

LIMIT = 10.0  # seconds: a verdict does not wait longer to hear who has a manifest


def availability(
    manifest: Cid, sources: Sequence[BlockSource], seconds: float = LIMIT
) -> Availability:
    """Ask each source for the whole manifest; a part of it, or other bytes, count for nothing."""
    deadline = monotonic() + seconds
    asked = [partial(_asked, manifest, source, deadline) for source in sources]
    found: list[str] = []
    lacking: list[str] = []
    unasked: list[tuple[str, str]] = []
    answers = side_by_side(asked, seconds, max(1, len(asked)))
    for source, answer in zip(sources, answers, strict=True):
        if isinstance(answer, bool):
            (found if answer else lacking).append(source.name)
        else:
            unasked.append((source.name, str(answer)))
    return Availability(tuple(found), tuple(lacking), tuple(unasked))


def _asked(manifest: Cid, source: BlockSource, deadline: float) -> bool | Unavailable:
    """Say whether the source gave all of it; or why that is not known."""

    def get(cid: Cid) -> bytes:
        if monotonic() >= deadline:  # nobody waits for it any more
            raise TimedOut("no time is left")
        try:
            return Block(cid, source.get(cid)).require_match().data
        except InvalidBlock as cause:
            raise StoreUnavailable(str(cause)) from cause

    try:
        for _ in export_file(manifest, get, MAX_BYTES):
            pass
    except (NotFound, InvalidInput):
        return False
    except Unavailable as failure:
        return failure
    return True
