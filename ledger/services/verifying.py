"""Verifying: a file, a digest or a receipt becomes a report. Asks first, judges after."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..contract import Deployment
from ..digest import Digest
from ..disclosure import Disclosure
from ..errors import InvalidInput, InvalidStateProof, Unavailable
from ..policy import Policy
from ..receipt import Receipt
from ..report import Check, Report, Verdict, outcomes
from ..verification.evidence import Evidence, Proven, Remembered, Sighting
from ..verification.judge import judge
from ..verification.state_evidence import prove

if TYPE_CHECKING:
    # an offline verdict needs none of these, and they take their time
    from ..ports import Index, Memory
    from .gathering import Gathering


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
    of a process log, by its id.
    """

    contracts: Deployment
    policy: Policy = field(default_factory=Policy)
    memory: "Memory | None" = None
    gathering: "Callable[[], Gathering] | None" = None
    index: "Callable[[], Index] | None" = None
    own_log: Callable[[bytes], Disclosure | None] = lambda _: None

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
            return self._by_digest(asked, question)
        try:
            receipt = Receipt.decode(question.receipt)
        except InvalidInput as cause:
            return replace(asked, malformed=str(cause))
        return self._with_receipt(asked, receipt, question)

    def _by_digest(self, asked: Evidence, question: Question) -> Evidence:
        if question.offline or question.digest is None or self.gathering is None:
            return asked
        self._follow()
        receipt = self.gathering().receipt_on(question.digest.value)
        return asked if receipt is None else self._with_receipt(asked, receipt, question)

    def _with_receipt(self, asked: Evidence, receipt: Receipt, question: Question) -> Evidence:
        proven: Proven | None = None
        bad: str | None = None
        try:
            proven = prove(receipt, self.contracts, question.trusted_block)
        except InvalidStateProof as cause:
            bad = f"the state proof does not hold: {cause}"
        evidence = replace(
            asked,
            receipt=receipt,
            signed=receipt.signed,
            proven=proven,
            bad_evidence=bad,
            disclosure=asked.disclosure or self._own(receipt),
        )
        if question.offline:
            seen = None if self.memory is None else self.memory.recall(receipt)
            return replace(evidence, remembered=seen)
        return self._ask(evidence, receipt)

    def _ask(self, evidence: Evidence, receipt: Receipt) -> Evidence:
        if self.gathering is None:
            return evidence
        self._follow()
        gathering = self.gathering()
        sightings = gathering.sightings(receipt)
        chain_id = receipt.anchors[0].chain_id if receipt.anchors else None
        evidence = replace(
            evidence,
            sightings=sightings,
            keys=gathering.keys(receipt.signed, sightings),
            index=gathering.around(receipt.signed.claim.work, chain_id),
            retrievable=gathering.retrievable(sightings),
        )
        self._remember(evidence, receipt)
        return evidence

    def _follow(self) -> None:
        """Bring the index up to date, if it can be: priority speaks of what it has reached."""
        if self.index is not None:
            with suppress(Unavailable):
                self.index()

    def _remember(self, evidence: Evidence, receipt: Receipt) -> None:
        """Keep what was seen final, so that the same receipt is verified offline later."""
        if self.memory is None:
            return
        report = judge(evidence, self.policy)
        found = outcomes(report.findings)
        seen = [one for one in evidence.sightings if isinstance(one, Sighting)]
        if found.get(Check.FINALITY) != "finalized" or not seen or report.existed_by is None:
            return
        if report.verdict not in (Verdict.VERIFIED, Verdict.VOID, Verdict.EARLIER_CLAIM):
            return
        interval = report.existed_by.interval
        if interval is not None:
            self.memory.keep(
                receipt,
                Remembered(
                    interval=interval,
                    key=found[Check.KEY],
                    standing=found[Check.STANDING],
                    checked_at_block=seen[0].heads.latest,
                    chain=seen[0].chain,
                ),
            )

    def _own(self, receipt: Receipt) -> Disclosure | None:
        details = receipt.signed.details
        return None if details is None or details.log is None else self.own_log(details.log)
