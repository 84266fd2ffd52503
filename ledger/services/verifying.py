"""Verifying: a file, a digest or a receipt becomes a report. Asks first, judges after."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from ..anchor import ClockRule
from ..contract import Deployment
from ..digest import Digest
from ..disclosure import Disclosure
from ..errors import InvalidInput, InvalidStateProof, Unavailable
from ..policy import Policy
from ..receipt import Receipt
from ..report import Check, Report, Verdict, outcomes
from ..verification.claim_checks import check_signature
from ..verification.evidence import Evidence, Remembered, Sighting, Unasked
from ..verification.grade import belongs
from ..verification.judge import judge
from ..verification.state_evidence import prove

if TYPE_CHECKING:
    # an offline verdict needs none of these, and they take their time
    from ..ports import Index, Memory
    from .gathering import Gathering

_OVERTURNED = {
    (Check.FINALITY, "reorganised"),
    (Check.INCLUSION, "bad_proof"),
    (Check.PRIORITY, "earlier_claim"),
}
MOST_JUDGED = 32  # claims on a digest that are looked at until one is signed by its author


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a file's digest, a digest, a receipt's bytes, or a file and a receipt.

    `trusted_block` is a block hash that the reader trusts; `disclosure` what is shown of the log.
    """

    digest: Digest | None = None
    from_file: bool = False
    receipt: bytes | None = None
    offline: bool = False
    trusted_block: bytes | None = None
    disclosure: Disclosure | None = None


@dataclass(frozen=True, slots=True)
class Verifying:
    """Answers questions. Offline it asks no engine: only the receipt, and this home's memory.

    `index` brings the index up to date and returns it; `own_log` is what this home itself holds
    of a process log, by its id; `rules` are the clocks of the chains of which a trusted block's
    hash is believed, by chain id and genesis hash.
    """

    contracts: Deployment
    policy: Policy = field(default_factory=Policy)
    memory: "Memory | None" = None
    gathering: "Callable[[], Gathering] | None" = None
    index: "Callable[[], Index] | None" = None
    own_log: Callable[[bytes], Disclosure | None] = lambda _: None
    rules: Mapping[tuple[int, bytes], ClockRule] = field(default_factory=dict)

    def answer(self, question: Question) -> Report:
        """Return the report on one question."""
        return judge(self.gather(question), self.policy)

    def gather(self, question: Question) -> Evidence:
        """Return the evidence on one question; nothing in it is judged."""
        asked = Evidence(
            digest=question.digest,
            from_file=question.from_file,
            disclosure=question.disclosure,
            offline=question.offline,
        )
        if question.receipt is None:
            return asked if question.offline else self._by_digest(asked, question)
        try:
            receipt = Receipt.decode(question.receipt)
        except InvalidInput as cause:
            return replace(asked, malformed=str(cause))
        if not question.offline:
            self._follow()
        return self._with_receipt(asked, receipt, question)

    def _by_digest(self, asked: Evidence, question: Question) -> Evidence:
        """Take the earliest disclosed claim on the digest that anybody signed as its author."""
        if question.digest is None or self.gathering is None:
            return asked
        failure = self._follow()
        gathering, work = self.gathering(), question.digest.value
        best: Evidence | None = None
        for receipt in islice(gathering.receipts_on(work), MOST_JUDGED):
            evidence = self._with_receipt(asked, receipt, question)
            best = best or evidence
            signature = check_signature(evidence)
            if signature is not None and signature.outcome != "invalid":
                return evidence  # anybody can disclose what names another as its author
        if best is None and failure is not None:
            raise failure  # nothing was found, and nothing could be asked
        return best or replace(asked, index=gathering.around(work, None))

    def _with_receipt(self, asked: Evidence, receipt: Receipt, question: Question) -> Evidence:
        evidence = replace(
            asked,
            receipt=receipt,
            signed=receipt.signed,
            disclosure=asked.disclosure or self._own(receipt),
        )
        evidence = self._proven(evidence, receipt, question.trusted_block)
        if question.offline:
            return replace(evidence, remembered=self._recall(receipt))
        return self._ask(evidence, receipt)

    def _proven(self, evidence: Evidence, receipt: Receipt, trusted: bytes | None) -> Evidence:
        """Add what the receipt's state proof shows: of a chain that this program knows."""
        try:
            proven = prove(receipt, self.contracts, trusted, self.rules)
        except InvalidStateProof as cause:
            return replace(evidence, bad_evidence=f"the state proof does not hold: {cause}")
        if proven is None:
            return evidence
        anchor = receipt.anchors[0]
        rule = self.rules.get((anchor.chain_id, anchor.genesis))
        if rule is None:
            where = f"{anchor.chain_id} of genesis 0x{anchor.genesis.hex()}"
            why = f"no chain {where} is in your settings"
            evidence = replace(evidence, sightings=(Unasked(anchor, why),))
        return replace(evidence, proven=replace(proven, rule=rule))

    def _recall(self, receipt: Receipt) -> Remembered | None:
        with suppress(Unavailable):  # a memory that can't be read is none
            return None if self.memory is None else self.memory.recall(receipt)
        return None

    def _ask(self, evidence: Evidence, receipt: Receipt) -> Evidence:
        if self.gathering is None:
            return evidence
        gathering = self.gathering()
        sightings = gathering.sightings(receipt)
        chain_id = receipt.anchors[0].chain_id if receipt.anchors else None
        evidence = replace(
            evidence,
            sightings=sightings,
            keys=gathering.keys(receipt.signed, sightings),
            index=gathering.around(receipt.signed.claim.work, chain_id, receipt.signed),
            availability=gathering.availability(sightings),
        )
        self._remember(evidence, receipt)
        return evidence

    def _follow(self) -> Unavailable | None:
        """Bring the index up to date, if it can be: priority speaks of what it has reached."""
        if self.index is not None:
            try:
                self.index()
            except Unavailable as failure:
                return failure
        return None

    def _remember(self, evidence: Evidence, receipt: Receipt) -> None:
        """Keep what was seen final, so that the same receipt is verified offline later.

        What is seen to hold no longer is forgotten: offline it would still be called verified.
        """
        if self.memory is None:
            return
        report = judge(evidence, self.policy)
        found = outcomes(report.findings)
        if _OVERTURNED & set(found.items()):
            with suppress(Unavailable):
                self.memory.keep(receipt, None)
            return
        seen = [one for one in evidence.sightings if isinstance(one, Sighting)]
        if found.get(Check.FINALITY) != "finalized" or not seen or report.existed_by is None:
            return
        if report.verdict not in (Verdict.VERIFIED, Verdict.VOID):
            return  # offline, nothing would say that another's claim is earlier
        interval = report.existed_by.interval
        if interval is not None:
            remembered = Remembered(
                interval=interval,
                key=found[Check.KEY],
                standing=found[Check.STANDING],
                checked_at_block=seen[0].heads.latest,
                chain=seen[0].chain,
            )
            with suppress(Unavailable):  # a full disk takes no answer away
                self.memory.keep(receipt, remembered)

    def _own(self, receipt: Receipt) -> Disclosure | None:
        """Return what this home holds of the claim's log; None if it is damaged, or no longer it.

        The author's own disk says nothing against a claim: only what somebody shows can do that.
        """
        signed, details = receipt.signed, receipt.signed.details
        if details is None or details.log is None:
            return None
        with suppress(InvalidInput, Unavailable):
            own = self.own_log(details.log)
            return own if own is not None and belongs(own, signed) else None
        return None
