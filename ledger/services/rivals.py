"""Rivals: the other claims on a work that the index holds, each with its author's keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..anchor import ClockRule
from ..chain import ChainIdentity
from ..errors import Unavailable
from ..placed import PlacedClaim
from ..ports import Index
from ..signed import SignedClaim
from ..verification.evidence import Rival
from .key_history import KeyHistories
from .known_chain import KnownChain

MOST_RIVALS = 1_000  # claims on one work that are weighed; the earliest come first


@dataclass(frozen=True, slots=True)
class Rivals:
    """Weighs nothing: says of each claim what can be known, and None of what can't."""

    chains: Mapping[int, KnownChain]
    index: Index
    histories: KeyHistories
    _current: dict[ChainIdentity, KnownChain | None] = field(default_factory=dict)

    def on(self, work: bytes, mine: SignedClaim | None) -> Sequence[Rival]:
        """Return the claims on a work; `mine` is among them however many there are."""
        found = list(self.index.claims_on(work, MOST_RIVALS))
        if mine is not None and all(one.signed.id != mine.id for one in found):
            # whoever anchors a thousand claims of their own must not get out of sight by it
            own = self.index.claim(mine.id)
            found += [] if own is None else [own]
        return [self._rival(one) for one in found]

    def _rival(self, placed: PlacedClaim) -> Rival:
        known = self.current(placed.chain)
        if known is None:
            return Rival(placed, None, ClockRule(0, 0))
        try:
            keys = self.histories.evidence(
                placed.signed, (placed.anchored, placed.chain, known.rule)
            )
        except Unavailable:
            keys = None
        return Rival(placed, keys, known.rule)

    def current(self, chain: ChainIdentity) -> KnownChain | None:
        """Return the chain of the settings if what the index holds of it is still on it."""
        if chain not in self._current:
            self._current[chain] = self._ask(chain)
        return self._current[chain]

    def _ask(self, chain: ChainIdentity) -> KnownChain | None:
        known = self.chains.get(chain.chain_id)
        if known is None:
            return None
        try:
            identity, cursor = known.identity(), self.index.cursor(chain)
            same = (identity.chain_id, identity.genesis) == (chain.chain_id, chain.genesis)
            return known if same and cursor is not None and known.holds(cursor) else None
        except Unavailable:
            return None
