"""Proving: state proofs of receipts' anchors, asked of their chain and kept when they hold.

A node has the state of a block for some minutes or hours only: whoever wants proofs asks early.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..anchor import Anchor
from ..chain import BlockRef, ChainIdentity
from ..checkpoint import Checkpoint
from ..contract import (
    ANCHORED,
    Deployment,
    accumulator_slot,
    history_slot,
    read_anchored,
    root_slot,
)
from ..errors import InvalidStateProof, LedgerError, NotFound
from ..ports import Queue
from ..receipt import Receipt, StateProof
from ..state_trie import AccountProof, BlockHeader
from ..verification.state_evidence import prove
from .kept_evidence import with_kept_evidence
from .known_chain import KnownChain

MOST_SLOTS = 128  # asked at once: a node's answer has some 5 KB for each


@dataclass(frozen=True, slots=True)
class Attempt:
    """A receipt, and why it has no evidence; None if it has."""

    receipt: Receipt
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    """The block of some receipts' first anchors, its raw header, and its chain."""

    ref: BlockRef
    header: bytes
    identity: ChainIdentity


@dataclass(frozen=True, slots=True)
class _Words:
    """The nodes that lead to a contract's account, and from there to its words by their slots."""

    account: tuple[bytes, ...]
    proofs: Mapping[bytes, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Proving:
    """Asks one chain. Nothing that its node gives is kept before it is proven.

    What a ledger's own `queue` keeps (None: nothing is kept here) is taken first.
    """

    chain: KnownChain
    contracts: Deployment
    queue: Queue | None = None

    def attach(self, receipts: Sequence[Receipt]) -> list[Attempt]:
        """Return the receipts in their order, with evidence where queue or node gives it.

        Evidence that holds is kept; what does not hold is taken away. It raises nothing: a receipt
        without evidence is whole.
        """
        attempts = self._from_queue([self._kept(receipt) for receipt in receipts])
        blocks: dict[tuple[int, bytes, bytes, bytes], list[int]] = {}
        for at, attempt in enumerate(attempts):
            if attempt.receipt.anchors and attempt.why is not None:
                anchor = attempt.receipt.anchors[0]
                place = anchor.chain_id, anchor.genesis, anchor.contract, anchor.block_hash
                blocks.setdefault(place, []).append(at)
        for places in blocks.values():
            asked = [attempts[at].receipt for at in places]
            for at, attempt in zip(places, self._of_block(asked), strict=True):
                attempts[at] = attempt
        return attempts

    def _kept(self, receipt: Receipt) -> Attempt:
        if not receipt.anchors:
            return Attempt(receipt, "it is not anchored yet")
        try:
            proven = prove(receipt, self.contracts, None)
        except InvalidStateProof as cause:
            return Attempt(replace(receipt, evidence=None), f"what it had does not hold: {cause}")
        return Attempt(receipt, "nobody asked for it" if proven is None else None)

    def _from_queue(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Give those that lack evidence what the queue keeps of it."""
        if self.queue is None:
            return list(attempts)
        try:
            found = with_kept_evidence(
                self.queue, self.contracts, [attempt.receipt for attempt in attempts]
            )
        except LedgerError:  # the node may be asked all the same
            return list(attempts)
        return [
            before if after.evidence is None else Attempt(after)
            for before, after in zip(attempts, found, strict=True)
        ]

    def _of_block(self, receipts: Sequence[Receipt]) -> list[Attempt]:
        """Prove receipts whose first anchors are in one block, and in one contract."""
        try:
            contract = receipts[0].anchors[0].contract
            block = self._block(receipts[0].anchors[0])
            slots = [slot for one in receipts for slot in _slots(_checkpoint(one))]
            ledgers = self._words(contract, slots, block)
            histories = self._histories(receipts, block)
        except LedgerError as cause:
            return [Attempt(receipt, self._said(cause)) for receipt in receipts]
        folds: dict[tuple[Anchor, bytes], tuple[bytes, bytes] | str] = {}
        attempts = []
        for receipt in receipts:
            place = receipt.anchors[0], _checkpoint(receipt).ledger
            if place not in folds:
                folds[place] = self._fold(*place, block)
            fold = folds[place]
            attempts.append(
                Attempt(receipt, fold)
                if isinstance(fold, str)
                else self._proven(receipt, block.header, fold, ledgers, histories)
            )
        return attempts

    def _proven(
        self,
        receipt: Receipt,
        header: bytes,
        fold: tuple[bytes, bytes],
        ledgers: _Words,
        histories: Mapping[bytes, _Words],
    ) -> Attempt:
        root, accumulator = _slots(_checkpoint(receipt))
        keys = histories[receipt.signed.home.contract] if _at_home(receipt) else _Words((), {})
        try:
            proof = StateProof(
                header=header,
                ledgers=ledgers.account,
                root=ledgers.proofs[root],
                accumulator=ledgers.proofs[accumulator],
                before=fold[0],
                manifest=fold[1],
                keys=keys.account,
                history=keys.proofs.get(history_slot(receipt.signed.claim.author), ()),
            )
            proven = replace(receipt, evidence=proof)
            prove(proven, self.contracts, None)
        except LedgerError as cause:
            return Attempt(receipt, f"what {self.chain.node} gave does not hold: {cause}")
        return Attempt(proven)

    def _block(self, anchor: Anchor) -> _Block:
        identity, number = self.chain.identity(), anchor.block_number
        if not anchor.on(identity):
            raise NotFound(f"{self.chain.name} is not the chain of its anchor")
        header = self.chain.reader.raw_header(number)
        if header is None:
            local = f"{self.chain.name} is this computer's own chain: nobody else trusts its blocks"
            raise NotFound(
                local if identity.local else f"{self.chain.node} gives no header of block {number}"
            )
        parsed = BlockHeader.parse(header)
        if (parsed.number, parsed.hash) != (number, anchor.block_hash):
            raise NotFound(f"block {number} of {self.chain.name} is another one now")
        ref = BlockRef(number, parsed.hash, parsed.parent_hash, parsed.timestamp)
        return _Block(ref, header, identity)

    def _fold(self, anchor: Anchor, ledger: bytes, block: _Block) -> tuple[bytes, bytes] | str:
        """Return the accumulator before the anchor, and its manifest's CID; or why there is none.

        The state after the block shows the last anchor of the ledger in it alone.
        """
        number, reader = block.ref.number, self.chain.reader
        try:
            logs = reader.logs(anchor.contract, (ANCHORED, ledger), number, number)
            events = [read_anchored(log, block.identity, block.ref) for log in logs]
            if anchor not in [event.anchor for event in events]:
                return f"block {number} of {self.chain.name} holds no such anchor"
            last = events.pop()
            if last.anchor != anchor:
                return f"its ledger was anchored again in the same block {number}"
            if events:
                return events[-1].accumulator, last.manifest
            slot = accumulator_slot(ledger)
            return reader.storage(anchor.contract, slot, number - 1), last.manifest
        except LedgerError as cause:
            return self._said(cause)

    def _histories(self, receipts: Sequence[Receipt], block: _Block) -> dict[bytes, _Words]:
        """Return the proofs of the authors' histories, by the contract of their home."""
        asked: dict[bytes, list[bytes]] = {}
        for receipt in filter(_at_home, receipts):
            slot = history_slot(receipt.signed.claim.author)
            asked.setdefault(receipt.signed.home.contract, []).append(slot)
        return {home: self._words(home, slots, block) for home, slots in asked.items()}

    def _words(self, contract: bytes, slots: Iterable[bytes], block: _Block) -> _Words:
        once = list(dict.fromkeys(slots))
        found, proofs = AccountProof((), ()), dict[bytes, tuple[bytes, ...]]()
        for start in range(0, len(once), MOST_SLOTS):
            asked = once[start : start + MOST_SLOTS]
            answer = self.chain.reader.state_proof(contract, asked, block.ref.number)
            if answer is None:
                raise NotFound(
                    f"{self.chain.node} can't prove the state of block {block.ref.number}: it has "
                    "no eth_getProof, or has that state no longer; an archive node may"
                )
            found = answer
            proofs.update(zip(asked, answer.slots, strict=True))
        return _Words(found.account, proofs)

    def _said(self, cause: LedgerError) -> str:
        if isinstance(cause, NotFound):
            return str(cause)
        return f"{self.chain.name} could not be asked: {cause}"


def _at_home(receipt: Receipt) -> bool:
    return receipt.signed.home.chain_id == receipt.anchors[0].chain_id


def _checkpoint(receipt: Receipt) -> Checkpoint:
    if receipt.inclusion is None:  # a receipt with anchors has one
        raise InvalidStateProof("expected a receipt with an inclusion")
    return receipt.inclusion.checkpoint


def _slots(at: Checkpoint) -> tuple[bytes, bytes]:
    return root_slot(at.ledger, at.size), accumulator_slot(at.ledger)
