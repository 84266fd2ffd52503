"""Judging: evidence and policy in, report out. The checks run in the order of their numbers."""

from ..anchor import Anchor, Interval
from ..cid import Cid
from ..digest import Digest
from ..errors import InvalidCid
from ..policy import Policy
from ..report import (
    UNKNOWN,
    Check,
    ClaimName,
    ExistedBy,
    Finding,
    Report,
    Trust,
    Verdict,
    outcomes,
)
from .anchor_checks import check_chain, check_finality, check_inclusion
from .availability import judged
from .claim_checks import check_integrity, check_key, check_signature, check_standing
from .evidence import Evidence, Sighting
from .grade import belongs, check_process
from .priority import check_priority
from .verdict import REQUIRED, verdict_of

CHECKS: tuple[tuple[int, Check], ...] = (
    (1, Check.INTEGRITY),
    (2, Check.SIGNATURE),
    (3, Check.KEY),
    (4, Check.INCLUSION),
    (5, Check.CHAIN),
    (6, Check.FINALITY),
    (7, Check.PROCESS),
    (8, Check.STANDING),
    (9, Check.PRIORITY),
    (10, Check.AVAILABILITY),
)


def judge(evidence: Evidence, policy: Policy) -> Report:
    """Return the report on the evidence. It asks nobody anything: the same in, the same out."""
    findings = _findings(evidence)
    verdict = verdict_of(outcomes(findings), policy)
    signed = evidence.signed
    digest = evidence.digest or (Digest(signed.claim.work) if signed is not None else None)
    return Report(
        verdict=verdict,
        summary=_summary(verdict, findings, evidence),
        work=None if digest is None else str(digest),
        claim=(
            None
            if signed is None
            else ClaimName(signed.id, signed.claim.author, signed.home.chain_id)
        ),
        existed_by=_existed_by(evidence, findings),
        findings=findings,
        trust=_trust(evidence),
    )


def check_availability(evidence: Evidence) -> Finding | None:
    """Check 10: the manifest that holds the claim can be fetched now, and from whom."""
    if evidence.signed is None:
        return None
    if evidence.availability is None:
        return Finding(Check.AVAILABILITY, UNKNOWN, f"the manifest{_named(evidence)} not asked for")
    return judged(evidence.availability)


def _named(evidence: Evidence) -> str:
    """Name the manifest where a trusted state proof does: so that it can be fetched elsewhere."""
    proven = evidence.proven
    if proven is None or not proven.trusted:
        return " was"
    try:
        return f" is {Cid.decode(proven.manifest)}; it was"
    except InvalidCid:  # a ledger may anchor any bytes as one
        return f" is 0x{proven.manifest.hex()}, no CID of ours; it was"


def _findings(evidence: Evidence) -> tuple[Finding, ...]:
    process = check_process(evidence)
    found = (
        _integrity(evidence),
        check_signature(evidence),
        check_key(evidence),
        check_inclusion(evidence),
        check_chain(evidence),
        check_finality(evidence),
        process,
        check_standing(evidence),
        check_priority(evidence, UNKNOWN if process is None else process.outcome),
        check_availability(evidence),
    )
    return tuple(finding for finding in found if finding is not None)


def _integrity(evidence: Evidence) -> Finding | None:
    finding = check_integrity(evidence)
    shown, signed = evidence.disclosure, evidence.signed
    if shown is None or signed is None or belongs(shown, signed):
        return finding
    if finding is not None and finding.outcome == "mismatch":
        return finding
    return Finding(
        Check.INTEGRITY, "mismatch", "the process log that was shown is not the claim's own"
    )


def _existed_by(evidence: Evidence, findings: tuple[Finding, ...]) -> ExistedBy | None:
    receipt = evidence.receipt
    good = {(Check.INCLUSION, "proven")} <= set(outcomes(findings).items())
    if receipt is None or not receipt.anchors or not good:
        return None
    anchor = receipt.anchors[0]
    if outcomes(findings).get(Check.FINALITY) in (UNKNOWN, "reorganised"):
        return None
    return ExistedBy(anchor.chain_id, anchor.block_number, _interval(anchor, evidence))


def _interval(anchor: Anchor, evidence: Evidence) -> Interval | None:
    for sighting in evidence.sightings:
        if isinstance(sighting, Sighting) and sighting.event and sighting.anchor == anchor:
            return sighting.rule.interval(sighting.event.timestamp)
    remembered, proven = evidence.remembered, evidence.proven
    if remembered is not None and anchor.on(remembered.chain):
        return remembered.interval
    if proven is not None and proven.rule is not None and proven.block_hash == anchor.block_hash:
        return proven.rule.interval(proven.timestamp)
    return None


def _trust(evidence: Evidence) -> Trust:
    reached = None if evidence.index is None else evidence.index.reached
    if evidence.server is not None:
        return Trust(node=f"not recomputed: said by {evidence.server}", index_reached=reached)
    for sighting in evidence.sightings:
        if isinstance(sighting, Sighting):
            return Trust(
                chain=sighting.chain,
                contract=sighting.anchor.contract,
                code_hash=sighting.code_hash,
                node=sighting.node,
                index_reached=reached,
            )
    if evidence.remembered is not None:
        contract = evidence.receipt.anchors[0].contract if evidence.receipt else None
        return Trust(
            chain=evidence.remembered.chain, contract=contract, node="what this home saw before"
        )
    if evidence.proven is not None and evidence.proven.trusted:
        return Trust(node=f"the block hash 0x{evidence.proven.block_hash.hex()} that you trust")
    return Trust(index_reached=reached)


def _summary(verdict: Verdict, findings: tuple[Finding, ...], evidence: Evidence) -> str:
    by_check = {finding.check: finding for finding in findings}
    local = "local" in outcomes(findings).values()
    match verdict:
        case Verdict.VERIFIED:
            said = f"This claim is verified: it was signed, anchored, and {_kept(evidence)}."
        case Verdict.FAILED:
            said = f"This does not hold: {_first(findings, _FAILING)}."
        case Verdict.REORGANISED:
            said = f"The chain dropped this claim's anchor: {by_check[Check.FINALITY].message}."
        case Verdict.VOID:
            said = f"This claim no longer counts: {_first(findings, _VOIDING)}."
        case Verdict.EARLIER_CLAIM:
            said = f"Somebody else claimed this work earlier: {by_check[Check.PRIORITY].message}."
        case Verdict.UNKNOWN:
            required = tuple(finding for finding in findings if finding.check in REQUIRED)
            said = f"This can't be decided here: {_first(required, (UNKNOWN,))}."
        case Verdict.NOT_FOUND:
            said = "No disclosed claim on this work was found (undisclosed ones may exist)."
        case _:  # pending
            said = "This claim waits: it is not final on a chain yet."
    if evidence.server is not None:
        said += f" Not recomputed: said by {evidence.server}."
    return f"LOCAL CHAIN: {said}" if local else said


def _kept(evidence: Evidence) -> str:
    """Say who keeps the anchor; offline, nobody was asked now."""
    if not evidence.offline:
        return "the chain keeps it"
    if evidence.proven is not None and evidence.proven.trusted:
        return "the block that you trust holds it"
    return "this home saw the chain keep it"


_FAILING = ("malformed", "mismatch", "invalid", "bad_proof")
_VOIDING = ("withdrawn", "revoked_before", "expired", "not_yet")


def _first(findings: tuple[Finding, ...], bad: tuple[str, ...]) -> str:
    for finding in findings:
        if finding.outcome in bad:
            return finding.message
    return "a required check could not be made"
