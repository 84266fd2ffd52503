"""A leaf in its place: which ledger and index, and the first anchored checkpoint that holds it."""

from dataclasses import dataclass

from .anchor import AnchoredCheckpoint
from .chain import ChainIdentity
from .key import KeyEvent
from .leaf import Disclosed
from .signed import SignedClaim, SignedProcessCheckpoint


@dataclass(frozen=True, slots=True)
class PlacedClaim:
    """A disclosed claim at its index, with the first checkpoint that holds it and its chain."""

    signed: SignedClaim
    index: int
    anchored: AnchoredCheckpoint
    chain: ChainIdentity


@dataclass(frozen=True, slots=True)
class PlacedCheckpoint:
    """A disclosed process checkpoint at its index, likewise."""

    signed: SignedProcessCheckpoint
    index: int
    anchored: AnchoredCheckpoint
    chain: ChainIdentity


@dataclass(frozen=True, slots=True)
class AnchoredBatch:
    """An anchored checkpoint and the leaves that it added, from `start`.

    `leaves` is None while the manifest is missing or is not the batch's; `frontier` are the
    complete subtrees before it. `disclosures` open earlier leaves, by index.
    """

    start: int
    anchored: AnchoredCheckpoint
    leaves: tuple[Disclosed, ...] | None
    frontier: tuple[bytes, ...] = ()
    disclosures: tuple[tuple[int, Disclosed], ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a stretch of blocks changed: batches and key events, in the chain's order."""

    batches: tuple[AnchoredBatch, ...] = ()
    key_events: tuple[KeyEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What an index holds of a chain: `closed` leaves are committed and not disclosed."""

    ledgers: int
    leaves: int
    claims: int
    closed: int
    missing_manifests: int
