"""Gathering: what chains, index and store know of one claim, before anything is judged."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..anchor import Anchor, AnchoredCheckpoint
from ..chain import BlockRef, ChainIdentity
from ..checkpoint import Checkpoint
from ..cid import Cid
from ..contract import ANCHORED, Deployment, read_anchored, root_slot
from ..errors import InvalidChainAnswer, InvalidInput, LedgerError, Unavailable
from ..keccak import keccak256
from ..placed import PlacedClaim
from ..ports import BlockSource, Index
from ..receipt import Receipt
from ..signed import SignedClaim
from ..verification.availability import Availability
from ..verification.evidence import Heads, IndexEvidence, KeyEvidence, Sighting, Unasked
from .key_history import KeyHistories
from .known_chain import KnownChain
from .receipts import receipt_from_index
from .retrieving import LIMIT, availability
from .rivals import MOST_RIVALS, Rivals


@dataclass(frozen=True, slots=True)
class Gathering:
    """Asks the chains of the settings, by chain id, this home's index, and who may have blocks.

    Nobody waits longer than `limit` seconds to hear which of the `sources` have a manifest.
    """

    chains: Mapping[int, KnownChain]
    contracts: Deployment
    index: Index | None = None
    sources: Sequence[BlockSource] = ()
    limit: float = LIMIT

    def sightings(self, receipt: Receipt) -> tuple[Sighting | Unasked, ...]:
        """Ask about each anchor of a receipt."""
        if receipt.inclusion is None:
            return ()
        at = receipt.inclusion.checkpoint
        return tuple(self._sighting(anchor, at) for anchor in receipt.anchors)

    def keys(
        self, signed: SignedClaim, sightings: Sequence[Sighting | Unasked]
    ) -> KeyEvidence | None:
        """Ask the home chain about the author's keys, as of the anchor (now, if there is none).

        None when the home chain is not in the settings or can't be asked.
        """
        at = next(
            (
                (one.event, one.chain, one.rule)
                for one in sightings
                if isinstance(one, Sighting) and one.event is not None
            ),
            None,
        )
        try:
            return self._histories().evidence(signed, at)
        except Unavailable:
            return None

    def around(
        self, work: bytes, chain_id: int | None, mine: SignedClaim | None = None
    ) -> IndexEvidence | None:
        """Ask the index for all claims on a work; its state is told of the chain named.

        None where the index can't be asked, or has not yet followed the chain's reorganisation.
        """
        known = self.chains.get(next(iter(self.chains), 0) if chain_id is None else chain_id)
        if self.index is None or known is None:
            return None
        rivals = Rivals(self.chains, self.index, self._histories())
        try:
            identity = known.identity()
            cursor = self.index.cursor(identity)
            if cursor is None or rivals.current(identity) is None:
                return None
            found = rivals.on(work, mine)
            return IndexEvidence(cursor.number, self.index.counts(identity), tuple(found))
        except Unavailable:
            return None

    def receipts_on(self, work: bytes) -> Iterator[Receipt]:
        """Yield the receipts of the disclosed claims on a work, the earliest first."""
        if self.index is None:
            return
        for placed in sorted(self.index.claims_on(work, MOST_RIVALS), key=_by_time):
            with suppress(InvalidInput):  # disclosed without its details: nothing to hand over
                yield receipt_from_index(self.index, placed)

    def availability(self, sightings: Sequence[Sighting | Unasked]) -> Availability | None:
        """Ask for the manifest that holds the claim, now; None when there is nobody to ask."""
        event = next((one.event for one in sightings if isinstance(one, Sighting)), None)
        if not self.sources or event is None:
            return None
        try:
            manifest = Cid.decode(event.manifest)
        except InvalidInput:  # a ledger may anchor any bytes as one: nobody has it
            return Availability(lacking=tuple(source.name for source in self.sources))
        return availability(manifest, self.sources, self.limit)

    def _histories(self) -> KeyHistories:
        return KeyHistories(self.chains, self.contracts, self.index)

    def _sighting(self, anchor: Anchor, at: Checkpoint) -> Sighting | Unasked:
        known = self.chains.get(anchor.chain_id)
        if known is None:
            return Unasked(anchor, f"chain {anchor.chain_id} is not in your settings")
        try:
            seen = self._seen(known, anchor, at)
            # bad news is believed when it is told twice: for a moment another chain behind the
            # same id may have answered
            bad = isinstance(seen, Sighting) and seen.event is None
            again = self._seen(known, anchor, at) if bad else seen
        except LedgerError as cause:
            return Unasked(anchor, f"{known.name} could not be asked: {cause}")
        if _told(again) != _told(seen):
            return Unasked(anchor, f"{known.name} contradicts itself; ask again")
        return seen

    def _seen(self, known: KnownChain, anchor: Anchor, at: Checkpoint) -> Sighting | Unasked:
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
            event = _event_at(known, identity, anchor, at, block)
        known.require_still(identity)
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


def _event_at(
    known: KnownChain, identity: ChainIdentity, anchor: Anchor, at: Checkpoint, block: BlockRef
) -> AnchoredCheckpoint | None:
    """Return what the contract logged at the anchor's place; None if it logged nothing there.

    The contract's storage is compared, so that a node that leaves a log out, or makes one up,
    makes no true receipt false and no false one true: InvalidChainAnswer.
    """
    logs = known.reader.logs(anchor.contract, (ANCHORED,), block.number, block.number)
    place = anchor.log_index, anchor.transaction
    log = next((one for one in logs if (one.index, one.transaction) == place), None)
    if log is not None:
        event = read_anchored(log, identity, block)
        if _root_held(known, anchor, event.checkpoint) != event.checkpoint.root:
            raise InvalidChainAnswer(
                f"{known.node} shows an anchor that the contract does not hold; ask another node"
            )
        return event
    elsewhere = at.ledger, at.size.to_bytes(32, "big")
    if all(one.topics[1:3] != elsewhere for one in logs) and (
        _root_held(known, anchor, at) == at.root
    ):
        raise InvalidChainAnswer(
            f"{known.node} shows no such anchor in block {block.number}, and the contract holds "
            "it; ask another node"
        )
    return None


def _told(seen: Sighting | Unasked) -> object:
    """Return what is told of the anchor itself, whatever the heads are by now."""
    return (seen.canonical_hash, seen.event) if isinstance(seen, Sighting) else None


def _root_held(known: KnownChain, anchor: Anchor, at: Checkpoint) -> bytes:
    return known.reader.storage(anchor.contract, root_slot(at.ledger, at.size), "latest")


def _by_time(placed: PlacedClaim) -> tuple[bool, int, int, int, int, bytes]:
    """Order claims by the time of their blocks: those on one machine's chain come last."""
    anchored = placed.anchored
    block = placed.chain.chain_id, anchored.anchor.block_number, placed.index
    return (placed.chain.local, anchored.timestamp, *block, anchored.checkpoint.ledger)
