"""What an author states about a work: the claim that gets signed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .chain import ADDRESS_BYTES, HASH_BYTES
from .encoding import MAX_NUMBER, Json, hex_of
from .errors import InvalidClaim
from .fields import Fields

STATEMENT = "I am the author of this work. This claim commits to it in a Sealbook ledger."
MAX_STATEMENT = 512  # bytes; what a wallet shows on a screen or two
NO_PROCESS = bytes(HASH_BYTES)
# What a wallet does not show, or shows in another place than it stands: controls, odd spaces,
# joiners, direction marks, fillers, half surrogates, private use and tags. Fixed here, because
# `isprintable` changes with Python's Unicode tables, and every rebuild of an index must agree.
_UNSHOWN = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufeff\uffa0\ufff0-\uffff"
    r"\U000e0000-\U000e00ff\U000f0000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An author's statement about one work; everything in it is what EIP-712 hashes.

    `work` is the SHA-256 of the work's bytes, `process` the root of its process log of `steps`
    steps (zero, and no steps, if there is none), `details` the SHA-256 of the details' canonical
    bytes, and `salt` 32 random bytes by which the typed hash hides all the rest.
    """

    author: bytes
    work: bytes
    process: bytes
    steps: int
    details: bytes
    salt: bytes
    statement: str = STATEMENT

    def __post_init__(self) -> None:
        if len(self.author) != ADDRESS_BYTES:
            raise InvalidClaim(f"expected an author of 20 bytes, got {len(self.author)}")
        for name in ("work", "process", "details", "salt"):
            if len(getattr(self, name)) != HASH_BYTES:
                raise InvalidClaim(f"expected {name} to have 32 bytes")
        if not 0 <= self.steps <= MAX_NUMBER:
            raise InvalidClaim(f"expected steps from 0 to 2^53, got {self.steps}")
        if (self.process == NO_PROCESS) != (self.steps == 0):
            raise InvalidClaim("expected a process with steps, or neither, got one without other")
        size = len(self.statement.encode("utf-8", "surrogatepass"))
        if not 0 < size <= MAX_STATEMENT or _UNSHOWN.search(self.statement):
            raise InvalidClaim(
                f"expected a statement of 1 to {MAX_STATEMENT} bytes, without controls and "
                "characters that do not show"
            )

    def to_json(self) -> Mapping[str, Json]:
        """Return the claim as its JSON object."""
        return {
            "author": hex_of(self.author),
            "details": hex_of(self.details),
            "process": hex_of(self.process),
            "salt": hex_of(self.salt),
            "statement": self.statement,
            "steps": self.steps,
            "work": hex_of(self.work),
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the claim from its JSON object; InvalidClaim for anything else."""
        fields = Fields(value, "claim", InvalidClaim)
        claim = cls(
            author=fields.binary("author", ADDRESS_BYTES),
            work=fields.binary("work", HASH_BYTES),
            process=fields.binary("process", HASH_BYTES),
            steps=fields.number("steps"),
            details=fields.binary("details", HASH_BYTES),
            salt=fields.binary("salt", HASH_BYTES),
            statement=fields.text("statement", MAX_STATEMENT, 1),
        )
        fields.done()
        return claim
