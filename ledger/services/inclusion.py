"""Inclusion: seeing one batch into a block, by as few transactions as can be: one.

What is signed is kept in the queue before it is sent, and so is what replaces it at a higher
price. All have one nonce, so one of them lands; which one, the contract's storage tells.
"""

from collections.abc import Callable
from dataclasses import replace

from ..batch import Batch, Stage
from ..contract import Deployment
from ..errors import (
    Conflict,
    CostRefused,
    InvalidChainAnswer,
    Refused,
    TimedOut,
    TransactionReverted,
)
from ..keccak import keccak256
from ..ports import Chain, Clock
from .chain_ledger import ChainLedger

POLL_SECONDS = 0.5
# A transaction that waits is handed in again so often: nodes forget, and fees rise.
POLLS_A_HAND_IN = 30
# One that waits longer is replaced by a dearer one, in the same place.
PATIENCE_SECONDS = 60.0

Failpoint = Callable[[str], None]
REPLACEMENT_KEPT = "outbid"  # the failpoint that only a transaction which waits long comes to


class Inclusion:
    """Sees the batches of one ledger into blocks.

    `call` gives a batch's calldata; `advance` keeps what became of a batch, while the lease is
    ours; `firm` says whether what it stands on is in place; `keep_lease` raises Busy where the
    lease is another's.
    """

    def __init__(
        self,
        chain: Chain,
        contracts: Deployment,
        held: ChainLedger,
        clock: Clock,
        call: Callable[[Batch], bytes],
        advance: Callable[[Batch], None],
        firm: Callable[[Batch], bool],
        keep_lease: Callable[[], None],
        failpoint: Failpoint,
    ) -> None:
        self._chain = chain
        self._contracts = contracts
        self._held = held
        self._clock = clock
        self._call = call
        self._advance = advance
        self._firm = firm
        self._keep_lease = keep_lease
        self._failpoint = failpoint
        # Since when this process waits for which transaction, and why it is not in a block yet
        self._waits: tuple[bytes, float] | None = None
        self._why = ""

    def include(self, batch: Batch, deadline: float) -> bool:
        """See the batch into a block; False if what the batch stands on has to come first.

        TimedOut at the deadline; then the next run goes on with it.
        """
        turn, self._why = 0, ""
        while True:
            anchor = self._held.anchor_of(batch)
            if not self._firm(batch):  # asked after: what is under it is in place
                return False
            if anchor is not None:
                break
            if turn:
                self._pause(batch, deadline)
            self._require_not_reverted(batch)
            if batch.stage is Stage.PREPARED or turn % POLLS_A_HAND_IN == 0:
                batch = self._hand_in(batch)
            turn += 1
        self._advance(replace(batch, stage=Stage.INCLUDED, anchor=anchor))
        self._failpoint("included")
        return True

    def _hand_in(self, batch: Batch) -> Batch:
        """Broadcast the batch's transaction, kept first; PREPARED again if it can't land."""
        to, data = self._contracts.ledgers, self._call(batch)
        kept = batch.signed
        self._held.require_code()
        if kept is None:
            batch, signed = self._signed(batch, to, data)
            self._waits = signed, self._now()
        why = ""
        try:
            if kept is not None:
                self._chain.call(to, data, "latest")  # the owner may have closed the ledger since
                batch, signed, why = self._outbid(batch, kept)
            self._chain.broadcast(signed)
        except Conflict:  # another of the submitter's has its nonce
            return self._back(batch)
        except Refused as cause:
            if kept is not None and isinstance(cause, CostRefused):
                # it may wait in another node all the same, until fees fall
                self._why = why or f": {cause}"
                return batch
            if self._held.anchor_of(batch) is None:
                # what is signed in its place has the same nonce: one of the two lands at the most
                self._back(batch)
                raise
        self._why = why
        self._failpoint("broadcast")
        return batch

    def _outbid(self, batch: Batch, kept: bytes) -> tuple[Batch, bytes, str]:
        """Make the kept transaction dearer, if it waits too long or can't pay; keep that first.

        Says why not, where it must not be dearer.
        """
        since = self._now()
        if self._waits is not None and self._waits[0] == kept:
            since = self._waits[1]
        self._waits = kept, since
        try:
            dearer = self._chain.outbid(kept, late=self._now() - since >= PATIENCE_SECONDS)
        except CostRefused as cause:
            return batch, kept, f": {cause}"
        if dearer != kept:
            batch = replace(batch, signed=dearer, transaction=keccak256(dearer))
            self._advance(batch)
            self._failpoint(REPLACEMENT_KEPT)
        return batch, dearer, ""

    def _signed(self, batch: Batch, to: bytes, data: bytes) -> tuple[Batch, bytes]:
        """Sign the batch's transaction and keep it: whoever comes next sends these bytes."""
        self._held.require_at(batch.start)
        signed = self._chain.prepare(to, data, self._chain.cost(to, data), alone=True)
        # Asked again after the nonce was: the ledger is where it was when this nonce was the next.
        # Another anchor of the submitter's would need this very nonce, so this one never reverts.
        self._held.require_at(batch.start)
        self._failpoint("signed")
        batch = replace(batch, stage=Stage.SENT, signed=signed, transaction=keccak256(signed))
        self._advance(batch)
        self._failpoint("kept")
        return batch, signed

    def _require_not_reverted(self, batch: Batch) -> None:
        if batch.transaction is None:
            return
        found = self._chain.receipt(batch.transaction)
        if found is None:
            return
        if not found.succeeded:
            self._back(batch)
            raise TransactionReverted(
                f"the contract refused the anchor of size {batch.end} in block "
                f"{found.block_number}; run `sealbook doctor`"
            )
        held = self._held.anchor_of(batch)
        if held is None and self._chain.receipt(batch.transaction) == found:  # still there
            self._back(batch)  # there was no contract where it landed
            raise InvalidChainAnswer(
                f"the anchor of size {batch.end} is in block {found.block_number} and the contract "
                "does not hold it; it is signed anew; run `sealbook doctor` if it happens again"
            )

    def _back(self, batch: Batch) -> Batch:
        batch = replace(batch, stage=Stage.PREPARED, signed=None, transaction=None, anchor=None)
        self._advance(batch)
        return batch

    def _pause(self, batch: Batch, deadline: float) -> None:
        if self._now() >= deadline:
            which = "" if batch.transaction is None else f" 0x{batch.transaction.hex()}"
            raise TimedOut(
                f"the anchoring transaction{which} is not in a block yet{self._why}; it stays "
                "queued, run `sealbook anchor` again"
            )
        self._clock.sleep(POLL_SECONDS)
        self._keep_lease()

    def _now(self) -> float:
        return self._clock.now().timestamp()
