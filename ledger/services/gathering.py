"""Gathering: what chains, index and store know of one claim, before anything is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..anchor import Anchor, AnchoredCheckpoint, ClockRule
from ..chain import ChainIdentity, Log
from ..cid import Cid, export_file
from ..contract import (
    ANCHORED,
    KEY_TOPICS,
    Deployment,
    history_after,
    history_slot,
    read_anchored,
    read_key_event,
)
from ..errors import InvalidChainAnswer, InvalidInput, LedgerError, NotFound, Unavailable
from ..keccak import keccak256
from ..key import KeyEvent
from ..placed import PlacedClaim
from ..ports import BlockStore, ChainReader, Index
from ..receipt import Receipt
from ..signed import SignedClaim
from ..signing import Home
from ..verification.evidence import Heads, IndexEvidence, KeyEvidence, Rival, Sighting, Unasked
from .receipts import receipt_from_index

MOST_RIVALS = 1_000  # claims on one work that are weighed; the earliest come first


@dataclass(frozen=True, slots=True)
class KnownChain:
    """A chain of the settings, ready to be read; `node` is how it is named, without secrets."""

    name: str
    reader: ChainReader
    rule: ClockRule
    node: str
    genesis: bytes | None = None

    def identity(self) -> ChainIdentity:
        """Return what the node says it is on; InvalidChainAnswer if not what the settings pin."""
        identity = self.reader.identity()
        if self.genesis not in (None, identity.genesis):
            raise InvalidChainAnswer(
                f"{self.node} is on a chain of another genesis than {self.name}; ask another node"
            )
        return identity


@dataclass(frozen=True, slots=True)
class Gathering:
    """Asks the chains of the settings, by chain id, and this home's index and store."""

    chains: Mapping[int, KnownChain]
    contracts: Deployment
    index: Index | None = None
    blocks: BlockStore | None = None

    def sightings(self, receipt: Receipt) -> tuple[Sighting | Unasked, ...]:
        """Ask about each anchor of a receipt."""
        return tuple(map(self._sighting, receipt.anchors))

    def keys(
        self, signed: SignedClaim, sightings: Sequence[Sighting | Unasked]
    ) -> KeyEvidence | None:
        """Ask the home chain about the author's keys, as of the anchor (now, if there is none).

        None when the home chain is not in the settings or can't be asked.
        """
        known = self.chains.get(signed.home.chain_id)
        if known is None or signed.home.contract != self.contracts.keys:
            return None
        try:
            identity = known.identity()
            events = self._key_events(known, identity, signed.home, signed.claim.author)
            block, time = self._judged_at(known, identity, events, sightings)
            by_key = signed.signer == signed.claim.author
            has_code = not by_key and bool(known.reader.code(signed.claim.author))
        except Unavailable:
            return None
        return KeyEvidence(events, block, time, has_code)

    def around(self, work: bytes, chain_id: int | None) -> IndexEvidence | None:
        """Ask the index for all claims on a work; its state is told of the chain named."""
        known = self.chains.get(next(iter(self.chains), 0) if chain_id is None else chain_id)
        if self.index is None or known is None:
            return None
        try:
            identity = known.identity()
            cursor = self.index.cursor(identity)
            found = [
                self._rival(one.signed, one) for one in self.index.claims_on(work, MOST_RIVALS)
            ]
        except Unavailable:
            return None
        if cursor is None:
            return None
        return IndexEvidence(cursor.number, self.index.counts(identity), tuple(found))

    def receipt_on(self, work: bytes) -> Receipt | None:
        """Return the receipt of the earliest disclosed claim on a work; None if there is none."""
        found = () if self.index is None else self.index.claims_on(work, 1)
        return receipt_from_index(self.index, found[0]) if self.index and found else None

    def retrievable(self, sightings: Sequence[Sighting | Unasked]) -> bool | None:
        """Fetch the manifest that holds the claim, now; None when there is no store to ask."""
        event = next((one.event for one in sightings if isinstance(one, Sighting)), None)
        if self.blocks is None or event is None:
            return None
        try:
            for _ in export_file(Cid.decode(event.manifest), self.blocks.get):
                pass
        except (NotFound, InvalidInput):
            return False
        except Unavailable:
            return None
        return True

    def _sighting(self, anchor: Anchor) -> Sighting | Unasked:
        known = self.chains.get(anchor.chain_id)
        if known is None:
            return Unasked(anchor, f"chain {anchor.chain_id} is not in your settings")
        try:
            return self._seen(known, anchor)
        except LedgerError as cause:
            return Unasked(anchor, f"{known.name} could not be asked: {cause}")

    def _seen(self, known: KnownChain, anchor: Anchor) -> Sighting | Unasked:
        identity = known.identity()
        if not anchor.on(identity):
            return Unasked(
                anchor,
                f"chain {anchor.chain_id} of your settings has another genesis: a stranger's",
            )
        code_hash = keccak256(known.reader.code(anchor.contract))
        if (anchor.contract, code_hash) != (self.contracts.ledgers, self.contracts.ledgers_code):
            return Unasked(
                anchor, f"the contract 0x{anchor.contract.hex()} is not one of your settings"
            )
        heads = [known.reader.block(tag) for tag in ("latest", "safe", "finalized")]
        latest, safe, final = (-1 if head is None else head.number for head in heads)
        block = known.reader.block(anchor.block_number) if anchor.block_number <= latest else None
        event: AnchoredCheckpoint | None = None
        if block is not None and block.hash == anchor.block_hash:
            log = self._log_at(known, anchor)
            event = None if log is None else read_anchored(log, identity, block)
        return Sighting(
            anchor=anchor,
            chain=identity,
            heads=Heads(latest, safe, final),
            canonical_hash=None if block is None else block.hash,
            event=event,
            rule=known.rule,
            code_hash=code_hash,
            node=known.node,
        )

    def _log_at(self, known: KnownChain, anchor: Anchor) -> Log | None:
        number = anchor.block_number
        logs = known.reader.logs(anchor.contract, (ANCHORED,), number, number)
        return next(
            (
                log
                for log in logs
                if (log.index, log.transaction) == (anchor.log_index, anchor.transaction)
            ),
            None,
        )

    def _key_events(
        self, known: KnownChain, identity: ChainIdentity, home: Home, author: bytes
    ) -> Sequence[KeyEvent]:
        """Return the author's events, none left out: the contract's hash over them is compared."""
        head = known.reader.block("latest")
        last = 0 if head is None else head.number
        held = known.reader.storage(home.contract, history_slot(author), last)
        if not any(held):
            return ()
        cursor = None if self.index is None else self.index.cursor(identity)
        if self.index is not None and cursor is not None:
            events = [
                *self.index.key_events(home, author),
                *self._logged(known, home, author, cursor.number + 1, last),
            ]
            if history_after(events) == held:
                return events
        events = self._logged(known, home, author, 0, last)
        if history_after(events) != held:
            raise InvalidChainAnswer(
                f"{known.node} left out key events of 0x{author.hex()}; ask another node"
            )
        return events

    def _logged(
        self, known: KnownChain, home: Home, author: bytes, first: int, last: int
    ) -> list[KeyEvent]:
        topics = (KEY_TOPICS, author.rjust(32, b"\0"))
        events = []
        for log in known.reader.logs(home.contract, topics, first, last) if first <= last else ():
            block = known.reader.block(log.block_number)
            if block is None:
                raise InvalidChainAnswer(f"{known.node} knows a log and not its block")
            events.append(read_key_event(log, home, block))
        return events

    def _judged_at(
        self,
        known: KnownChain,
        identity: ChainIdentity,
        events: Sequence[KeyEvent],
        sightings: Sequence[Sighting | Unasked],
    ) -> tuple[int, int]:
        for one in sightings:
            if isinstance(one, Sighting) and one.event is not None:
                return judged_at(one.event, one.chain, one.rule, identity, events)
        head = known.reader.block("latest")
        return (0, 0) if head is None else (head.number, head.timestamp)

    def _rival(self, signed: SignedClaim, placed: PlacedClaim) -> Rival:
        """Return another claim with its author's keys as the index knows them."""
        known = self.chains.get(placed.chain.chain_id)
        rule = ClockRule(0, 0) if known is None else known.rule
        home = self.chains.get(signed.home.chain_id)
        if self.index is None or home is None or signed.home.contract != self.contracts.keys:
            return Rival(placed, None, rule)
        events = self.index.key_events(signed.home, signed.claim.author)
        block, time = judged_at(placed.anchored, placed.chain, rule, home.identity(), events)
        return Rival(placed, KeyEvidence(events, block, time), rule)


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
