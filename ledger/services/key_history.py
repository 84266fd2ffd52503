"""Key histories: what an author's home chain says of their keys, with nothing left out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ..anchor import AnchoredCheckpoint, ClockRule
from ..chain import BlockRef, ChainIdentity
from ..contract import KEY_TOPICS, Deployment, history_after, history_slot, read_key_event
from ..errors import InvalidChainAnswer, Unavailable
from ..keccak import keccak256
from ..key import NO_HISTORY, KeyEvent
from ..ports import Index
from ..signed import SignedClaim
from ..signing import Home
from ..verification.evidence import KeyEvidence
from .known_chain import KnownChain


@dataclass(frozen=True, slots=True)
class KeyHistories:
    """Asks the home chains of the settings about authors' keys, each author once.

    Raises Unavailable when a home chain can't be asked, or its node leaves events out.
    """

    chains: Mapping[int, KnownChain]
    contracts: Deployment
    index: Index | None = None
    _heads: dict[int, tuple[ChainIdentity, BlockRef]] = field(default_factory=dict)
    _events: dict[tuple[int, bytes], Sequence[KeyEvent]] = field(default_factory=dict)

    def evidence(
        self,
        signed: SignedClaim,
        at: tuple[AnchoredCheckpoint, ChainIdentity, ClockRule] | None,
    ) -> KeyEvidence | None:
        """Return what is known of the author's keys at an anchor (now, if there is none).

        None when the home is no chain and contract of the settings.
        """
        known = self.chains.get(signed.home.chain_id)
        if known is None or signed.home.contract != self.contracts.keys:
            return None
        head = self._head(known)
        if head is None:
            return None
        identity, latest = head
        author = signed.claim.author
        events = self._of(known, identity, signed.home, author)
        block, time = latest.number, latest.timestamp
        if at is not None:
            block, time = judged_at(*at, identity, events)
        by_key = signed.signer == author
        has_code = not by_key and bool(known.reader.code(author))
        return KeyEvidence(events, block, time, has_code)

    def _head(self, known: KnownChain) -> tuple[ChainIdentity, BlockRef] | None:
        """Return the home chain's identity and head; None where other code is in place of ours."""
        identity = known.identity()
        if identity.chain_id not in self._heads:
            code = known.reader.code(self.contracts.keys)
            # no code: nobody can have said anything there yet
            if code and keccak256(code) != self.contracts.keys_code:
                return None
            head = known.reader.block("latest")
            if head is None:
                return None
            self._heads[identity.chain_id] = identity, head
        return self._heads[identity.chain_id]

    def _of(
        self, known: KnownChain, identity: ChainIdentity, home: Home, author: bytes
    ) -> Sequence[KeyEvent]:
        """Return the author's events, none left out: the contract's hash over them is compared."""
        which = identity.chain_id, author
        if which not in self._events:
            events = self._ask(known, identity, home, author)
            known.require_still(identity)
            self._events[which] = events
        return self._events[which]

    def _ask(
        self, known: KnownChain, identity: ChainIdentity, home: Home, author: bytes
    ) -> Sequence[KeyEvent]:
        last = self._heads[identity.chain_id][1].number
        held = known.reader.storage(home.contract, history_slot(author), last)
        if held == NO_HISTORY:
            return ()
        with suppress(Unavailable):  # a cache that can't be read: the chain is asked for all
            events = self._indexed(known, identity, home, author)
            if history_after(events) == held:
                return events
        events = _logged(known, home, author, 0, last)
        if history_after(events) != held:
            raise InvalidChainAnswer(
                f"{known.node} left out key events of 0x{author.hex()}: the contract's hash over "
                "them is another; ask another node"
            )
        return events

    def _indexed(
        self, known: KnownChain, identity: ChainIdentity, home: Home, author: bytes
    ) -> Sequence[KeyEvent]:
        """Return the events that the index holds, and those of the blocks after it."""
        last = self._heads[identity.chain_id][1].number
        cursor = None if self.index is None else self.index.cursor(identity)
        if self.index is None or cursor is None:
            return ()
        indexed = [
            event
            for event in self.index.key_events(home, author)
            if event.place.block_number <= min(cursor.number, last)
        ]
        return indexed + _logged(known, home, author, cursor.number + 1, last)


def judged_at(
    anchored: AnchoredCheckpoint,
    chain: ChainIdentity,
    rule: ClockRule,
    home: ChainIdentity,
    events: Sequence[KeyEvent],
) -> tuple[int, int]:
    """Return the home block at whose end, and the time at which, a claim's key is judged.

    On one chain the block before the anchor's. On two, the last home block before the anchor's
    interval of time, of which only the events up to it matter.
    """
    if (chain.chain_id, chain.genesis) == (home.chain_id, home.genesis):
        return anchored.anchor.block_number - 1, anchored.timestamp
    begins = rule.interval(anchored.timestamp).not_before
    before = [event.place.block_number for event in events if event.place.timestamp < begins]
    return max(before, default=0), begins


def _logged(known: KnownChain, home: Home, author: bytes, first: int, last: int) -> list[KeyEvent]:
    topics = (KEY_TOPICS, author.rjust(32, b"\0"))
    events = []
    for log in known.reader.logs(home.contract, topics, first, last) if first <= last else ():
        block = known.reader.block(log.block_number)
        if block is None:
            raise InvalidChainAnswer(f"{known.node} knows a log and not its block")
        events.append(read_key_event(log, home, block))
    return events
