"""Claiming: a work's bytes and a process log become a signed claim. Nothing is looked up."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..cid import PROFILE, import_file
from ..claim import NO_PROCESS, Claim
from ..details import ContentId, Details
from ..digest import Digest
from ..process import ProcessLog
from ..signed import SignedClaim, sign_claim
from ..signing import Home


@dataclass(frozen=True, slots=True)
class Work:
    """What a work's bytes say by themselves: digest, size in bytes, and IPFS name."""

    digest: Digest
    size: int
    cid: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the author wants said about the work."""

    media_type: str
    title: str | None = None
    licence: str | None = None
    ai_disclosure: str | None = None
    supersedes: bytes | None = None


def read_work(chunks: Iterable[bytes]) -> Work:
    """Name a work from its bytes, read once: its digest and its CID."""
    state, size, root = hashlib.sha256(), 0, ""

    def passing() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            state.update(chunk)
            size += len(chunk)
            yield chunk

    for block in import_file(passing()):
        root = str(block.cid)  # the last block is the root
    return Work(Digest(state.digest()), size, root)


def make_claim(
    work: Work,
    wishes: Wishes,
    home: Home,
    author: bytes,
    private_key: bytes,
    random: Callable[[int], bytes],
    log: ProcessLog | None = None,
) -> SignedClaim:
    """State and sign a claim. `random(n)` returns n unpredictable bytes: the salt that hides it."""
    details = Details(
        media_type=wishes.media_type,
        size=work.size,
        content=ContentId(work.cid, PROFILE),
        title=wishes.title,
        licence=wishes.licence,
        ai_disclosure=wishes.ai_disclosure,
        log=None if log is None else log.log_id,
        supersedes=wishes.supersedes,
    )
    claim = Claim(
        author=author,
        work=work.digest.value,
        process=NO_PROCESS if log is None else log.root,
        steps=0 if log is None else log.size,
        details=details.digest,
        salt=random(32),
    )
    return sign_claim(home, claim, private_key, details)
