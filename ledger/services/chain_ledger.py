"""A ledger as its chain holds it: at what size it stands, and where a batch's checkpoint is."""

from dataclasses import dataclass

from ..anchor import Anchor
from ..batch import Batch
from ..chain import Log
from ..checkpoint import Checkpoint
from ..contract import ANCHORED, Deployment, read_anchored, root_slot, size_of_word, size_slot
from ..errors import Conflict, InvalidChainAnswer
from ..keccak import keccak256
from ..ports import Chain

ATTEMPTS = 3  # a reorganisation can come between two answers

_FIRST_WIDTH = 500  # blocks: most nodes answer so many at once


@dataclass(frozen=True, slots=True)
class ChainLedger:
    """One ledger of the contract on a chain."""

    chain: Chain
    contracts: Deployment
    ledger: bytes

    def anchor_of(self, batch: Batch) -> Anchor | None:
        """Return where the chain holds the batch's checkpoint; None if it holds none there.

        Conflict if it holds another root at that size; InvalidChainAnswer if the node shows no
        log of what it says is held.
        """
        for _ in range(ATTEMPTS):
            if not self._holds(batch.checkpoint):
                return None
            anchor = self._logged(batch)
            if anchor is not None:
                return anchor
        # None would have it signed anew: what is held already would revert, or look like another's
        raise InvalidChainAnswer(
            f"the node shows no anchor of size {batch.end}, and the contract holds it; ask again, "
            "or another node"
        )

    def _holds(self, checkpoint: Checkpoint) -> bool:
        slot = root_slot(self.ledger, checkpoint.size)
        root = self.chain.storage(self.contracts.ledgers, slot, "latest")
        if root not in {bytes(32), checkpoint.root}:
            raise Conflict(
                f"the chain holds another root at size {checkpoint.size}: this queue is not the "
                "ledger's; restore the right home from its backup"
            )
        return root != bytes(32)

    def _logged(self, batch: Batch) -> Anchor | None:
        """Return where the anchor was logged; None if a reorganisation came in between."""
        log = self._log(batch)
        block = None if log is None else self.chain.block(log.block_number)
        if log is None or block is None or block.hash != log.block_hash:
            return None
        anchor = read_anchored(log, self.chain.identity(), block).anchor
        # asked again after the chain's name was: another chain may have answered until then
        again = self.chain.block(log.block_number)
        return anchor if again is not None and again.hash == log.block_hash else None

    def _log(self, batch: Batch) -> Log | None:
        """Return the event of the batch's anchor, whichever transaction made it.

        Looked for from the head backwards: it is hardly ever older than the batch.
        """
        contract = self.contracts.ledgers
        topics = (ANCHORED, self.ledger, batch.checkpoint.size.to_bytes(32, "big"))
        mined = None if batch.transaction is None else self.chain.receipt(batch.transaction)
        if mined is not None and mined.succeeded:
            logs = self.chain.logs(contract, topics, mined.block_number, mined.block_number)
            return logs[0] if logs else None
        head = self.chain.block("latest")
        last, width = -1 if head is None else head.number, _FIRST_WIDTH
        while last >= 0:
            first = max(0, last - width + 1)
            logs = self.chain.logs(contract, topics, first, last)
            if logs:
                return logs[0]
            last, width = first - 1, 4 * width
        return None

    def in_place(self, batch: Batch) -> bool:
        """Say whether the block that a batch was included in is still the chain's."""
        anchor = batch.anchor
        block = None if anchor is None else self.chain.block(anchor.block_number)
        return anchor is not None and block is not None and block.hash == anchor.block_hash

    def require_code(self) -> None:
        """Raise InvalidChainAnswer unless our contract is there: else what is sent does nothing.

        It would succeed all the same, and be paid for.
        """
        contract = self.contracts.ledgers
        if keccak256(self.chain.code(contract)) != self.contracts.ledgers_code:
            raise InvalidChainAnswer(
                f"expected Sealbook's contract at 0x{contract.hex()}, the node does not have it: "
                "it lags, or the contract's own block was reorganised away; nothing is sent; if "
                "it stays so, run `sealbook chain deploy`"
            )

    def require_at(self, size: int) -> None:
        """Raise Conflict if the ledger stands at a larger size now, Unavailable if smaller."""
        word = self.chain.storage(self.contracts.ledgers, size_slot(self.ledger), "latest")
        held = size_of_word(word)
        if held < size:  # just reorganised, or a node that lags: no reason to restore anything
            raise InvalidChainAnswer(
                f"expected the chain's ledger at size {size}, the node has it at {held}: it was "
                "reorganised since, or the node lags; run again"
            )
        if held != size:
            raise Conflict(
                f"expected the chain's ledger at size {size}, it is at {held}: run again, a node "
                "may lag; if it stays so, this queue is not the ledger's newest: restore the right "
                "home from its backup"
            )
