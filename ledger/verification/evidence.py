"""The evidence: all that was gathered before judging; None where it could not be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..anchor import Anchor, AnchoredCheckpoint, ClockRule, Interval
from ..chain import ChainIdentity
from ..digest import Digest
from ..disclosure import Disclosure
from ..key import KeyEvent
from ..receipt import Receipt
from ..report import Check, Finding
from ..signed import SignedClaim
from .availability import Availability

if TYPE_CHECKING:
    from ..placed import Counts, PlacedClaim


@dataclass(frozen=True, slots=True)
class Heads:
    """The numbers of a chain's latest, safe and finalized blocks."""

    latest: int
    safe: int
    finalized: int


@dataclass(frozen=True, slots=True)
class Unasked:
    """An anchor that no chain could be asked about, and why."""

    anchor: Anchor
    why: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a chain said about one anchor, in a contract of the settings with our own code.

    `canonical_hash` is the hash of the chain's block of that number now (None if there is none),
    `event` what the contract logged at that place in it; `node` says who was asked.
    """

    anchor: Anchor
    chain: ChainIdentity
    heads: Heads
    canonical_hash: bytes | None
    event: AnchoredCheckpoint | None
    rule: ClockRule
    code_hash: bytes
    node: str

    @property
    def stands(self) -> bool:
        """Whether the anchor's block is on the chain."""
        return self.canonical_hash == self.anchor.block_hash


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """The author's key events on the home chain, and the block and time to judge the key at.

    `has_code` says that a contract lives at the author's address (a contract wallet); `accepted`
    what it answered about the signature (EIP-1271) in the state of `block`, None if not asked.
    """

    events: Sequence[KeyEvent]
    block: int
    time: int
    has_code: bool = False
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What this home saw when it last checked the same claim and anchor on the chain itself."""

    interval: Interval
    key: str
    standing: str
    checked_at_block: int
    chain: ChainIdentity

    def __post_init__(self) -> None:
        for check, outcome in ((Check.KEY, self.key), (Check.STANDING, self.standing)):
            Finding(check, outcome, "as it was seen")  # refuses what no such check finds


@dataclass(frozen=True, slots=True)
class Proven:
    """What a state proof shows about the anchor's block, whose hash the reader trusts or not.

    `trusted`: the reader named this hash as a block of the anchor's chain. `rule` is that chain's,
    where the settings have it. `manifest` is the binary CID of the manifest that was anchored.
    """

    block_hash: bytes
    block_number: int
    timestamp: int
    root: bytes
    history: bytes | None
    manifest: bytes
    trusted: bool
    rule: ClockRule | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """Another claim on the same work, with what is needed to weigh it.

    `keys` None: the author's keys could not be asked about, so it is not known to be verified.
    """

    placed: "PlacedClaim"
    keys: KeyEvidence | None
    rule: ClockRule


@dataclass(frozen=True, slots=True)
class IndexEvidence:
    """What the index knows: how far it has got, how much it holds, the claims on this work."""

    reached: int
    counts: "Counts"
    rivals: Sequence[Rival] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything about one question, gathered. Nothing in it is judged yet.

    `digest` is of the file or of the question; `signed` None when no claim was found. `malformed`
    says why what was handed over is no receipt, `bad_evidence` why its state proof proves nothing.
    `server` names a server whose word this is, where the user's own node was not asked.
    """

    digest: Digest | None = None
    from_file: bool = False
    malformed: str | None = None
    signed: SignedClaim | None = None
    receipt: Receipt | None = None
    sightings: Sequence[Sighting | Unasked] = ()
    keys: KeyEvidence | None = None
    remembered: Remembered | None = None
    proven: Proven | None = None
    bad_evidence: str | None = None
    index: IndexEvidence | None = None
    disclosure: Disclosure | None = None
    availability: Availability | None = None
    offline: bool = False
    server: str | None = None
