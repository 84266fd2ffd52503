"""Disclosing: what a ledger holds closed is shown, once its commitment is final and not before.

A disclosure travels in the manifest of a later batch. Where no leaves come, a blank leaf makes
that batch: 32 random bytes that commit to nothing, and that nobody can ever disclose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..batch import Batch, Stage
from ..chain import HASH_BYTES
from ..encoding import hex_of
from ..errors import InvalidClaim, InvalidSignature, NotFinal, NotFound
from ..leaf import Disclosed, Leaf
from ..leaf_status import FINALIZED, UNANCHORED
from ..ports import ChainReader, Queue
from ..signed import SignedClaim
from ..verification.claim_checks import check_signature
from ..verification.evidence import Evidence, KeyEvidence
from .statuses import finality_of

_UNFINISHED = (Stage.PREPARED, Stage.SENT)
_SURE = (Stage.FINAL, Stage.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Disclosing:
    """Takes signed claims for one ledger. `keys` asks a claim's home chain; None if it can't be."""

    queue: Queue
    reader: ChainReader
    keys: Callable[[SignedClaim], KeyEvidence | None]
    random: Callable[[int], bytes]

    def disclose(self, claims: Sequence[SignedClaim]) -> Sequence[int]:
        """Keep the claims for the next manifest, all or none; return their leaves' indexes.

        NotFound if this ledger has no such leaf, NotFinal while its anchor may yet go away.
        """
        seen: dict[Batch, str] = {}
        for signed in claims:
            self._require_signed(signed)
            self._require_final(signed, seen)
        return self._keep(claims)

    def hand_over(self, claims: Sequence[SignedClaim]) -> Sequence[int]:
        """Take claims in clear, to be sealed: whoever keeps this ledger sees them before anybody.

        The author trusts them not to claim the work first. All or none; returns the indexes.
        """
        for signed in claims:
            self._require_signed(signed)
        return self._keep(claims)

    def carry(self) -> bool:
        """Add a blank leaf if disclosures wait and no leaf does; say whether one was added."""
        last = self.queue.last_batch()
        if last is None or last.end < self.queue.size() or self.queue.batches(_UNFINISHED):
            return False  # leaves wait: their batch takes the disclosures along
        if not self.queue.owed_disclosures(1):
            return False
        self.queue.add([Disclosed(self.random(HASH_BYTES))], None)
        return True

    def _keep(self, claims: Sequence[SignedClaim]) -> Sequence[int]:
        return self.queue.add([Disclosed(Leaf.of(signed).hash, signed) for signed in claims], None)

    def _require_signed(self, signed: SignedClaim) -> None:
        if signed.details is None:
            raise InvalidClaim(
                f"expected claim {hex_of(signed.id)} with its details: no receipt is without them"
            )
        own = signed.signer == signed.claim.author
        keys = None if own else self.keys(signed)
        finding = check_signature(Evidence(signed=signed, keys=keys))
        if finding is not None and finding.outcome == "invalid":
            raise InvalidSignature(f"claim {hex_of(signed.id)}: {finding.message}")

    def _require_final(self, signed: SignedClaim, seen: dict[Batch, str]) -> None:
        leaf_hash = Leaf.of(signed).hash
        index = self.queue.find(leaf_hash)
        if index is None:
            raise NotFound(
                f"expected the leaf {hex_of(leaf_hash)} of claim {hex_of(signed.id)} in this "
                "ledger, it is not here; commit before you show: send the leaf hash first"
            )
        finality = self._finality(index, seen)
        if finality != FINALIZED:
            raise NotFinal(
                f"commit before you show: the leaf of claim {hex_of(signed.id)} is {finality}, not "
                "final yet, so whoever sees the claim now could still be first; ask again later"
            )

    def _finality(self, index: int, seen: dict[Batch, str]) -> str:
        """Return how firm a leaf's batch is; each batch is asked about once."""
        for batch, finality in seen.items():
            if batch.start <= index < batch.end:
                return finality
        found = self.queue.batch_of(index)
        if found is None:
            return UNANCHORED
        seen[found] = self._firm(found)
        return seen[found]

    def _firm(self, batch: Batch) -> str:
        if batch.stage in _SURE:
            return FINALIZED
        if batch.anchor is None or batch.stage is not Stage.INCLUDED:
            return UNANCHORED
        return finality_of(self.reader, batch.anchor)
