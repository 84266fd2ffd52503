"""Whose key it was: an author's delegations, revocations and withdrawals, in the chain's order.

An author is (home chain, address). What happened on the home chain is folded from its events;
the contract keeps a hash over them, so that a left-out event is found by one storage read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, IntFlag

from .signing import Home

NO_HISTORY = bytes(32)


class Purpose(IntFlag):
    """What a delegate may sign. Never: delegate, withdraw or mint."""

    CLAIMS = 1
    PROCESS_CHECKPOINTS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the home chain an event is: block, log index in it, and the block's time."""

    block_number: int
    log_index: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Delegated:
    """The author let another key sign, for these purposes, within these Unix seconds."""

    home: Home
    author: bytes
    delegate: bytes
    purposes: int
    not_before: int
    not_after: int
    place: Place
    history: bytes


@dataclass(frozen=True, slots=True)
class Revoked:
    """The author took a key's right away; their own, if it is the author's address."""

    home: Home
    author: bytes
    delegate: bytes
    place: Place
    history: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The author withdrew a claim. It keeps its place; it is no longer stood by."""

    home: Home
    author: bytes
    claim: bytes
    place: Place
    history: bytes


KeyEvent = Delegated | Revoked | Withdrawn


class KeyState(Enum):
    """Whether a key was its author's to use, at a time that a chain gives."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED_BEFORE = "revoked_before"
    REVOKED_AFTER = "revoked_after"
    STRANGER = "stranger"  # never the author's, nor delegated for this purpose


def key_state(
    events: Iterable[KeyEvent],
    author: bytes,
    signer: bytes,
    purpose: Purpose,
    block: int,
    time: int,
) -> KeyState:
    """Judge a key by the state at the end of home block `block`, at `time` (Unix seconds).

    `block` is the one before the anchor's (a thief can anchor in the revocation's own block), or
    the last home block before the anchor's interval when the anchor is on another chain. `events`
    come in the chain's order; the later ones only tell what became of the key since. An author
    who retires their own key ends all delegations with it: a thief of the key may have delegated
    in the block before, and nobody could revoke that any more.
    """
    about = [
        event
        for event in events
        if isinstance(event, Delegated | Revoked)
        and event.author == author
        and event.delegate in (signer, author)
    ]
    then = [event for event in about if event.place.block_number <= block]
    since = about[len(then) :]
    state = _own(then) if signer == author else _delegated(then, since, purpose, time)
    if state is KeyState.VALID and any(isinstance(event, Revoked) for event in since):
        return KeyState.REVOKED_AFTER
    return state


def _own(then: Sequence[Delegated | Revoked]) -> KeyState:
    # revoking one's own address is for good: whoever holds the key could undo it otherwise
    if any(isinstance(event, Revoked) for event in then):
        return KeyState.REVOKED_BEFORE
    return KeyState.VALID


def _delegated(
    then: Sequence[Delegated | Revoked],
    since: Sequence[Delegated | Revoked],
    purpose: Purpose,
    time: int,
) -> KeyState:
    if not _ever(then, purpose):
        return KeyState.NOT_YET if _ever(since, purpose) else KeyState.STRANGER
    # a later delegation replaces the terms of an earlier one; a retirement ends all
    last = then[-1]
    if isinstance(last, Revoked) or not last.purposes & purpose:
        return KeyState.REVOKED_BEFORE
    if time < last.not_before:
        return KeyState.NOT_YET
    if time > last.not_after:
        return KeyState.EXPIRED
    return KeyState.VALID


def _ever(events: Sequence[Delegated | Revoked], purpose: Purpose) -> bool:
    return any(isinstance(event, Delegated) and event.purposes & purpose for event in events)


def withdrawn_at(events: Iterable[KeyEvent], author: bytes, claim: bytes) -> Place | None:
    """Return where the author withdrew the claim; None while it stands. Others' orders are air."""
    for event in events:
        if isinstance(event, Withdrawn) and (event.author, event.claim) == (author, claim):
            return event.place
    return None
