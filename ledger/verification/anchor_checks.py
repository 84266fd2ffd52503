"""Checks 4 to 6: the leaf is in the tree, the tree is on a chain, and the chain keeps it."""

from ..anchor import Anchor
from ..policy import RANK
from ..receipt import Inclusion
from ..report import UNKNOWN, Check, Finding
from .evidence import Evidence, Heads, Sighting, Unasked


def check_inclusion(evidence: Evidence) -> Finding | None:
    """Check 4: the proof leads from the claim's leaf to a root, and that root was anchored."""
    if evidence.malformed is not None:
        return None
    receipt = evidence.receipt
    if receipt is None:
        return _inclusion("not_found", "no disclosed claim on this work is known here")
    if receipt.inclusion is None:
        return _inclusion(
            "pending", "the claim waits to be anchored; `sealbook upgrade` asks again"
        )
    if not receipt.inclusion.proves(receipt.leaf_hash):
        return _inclusion("bad_proof", "the inclusion proof gives another root")
    wrong = evidence.bad_evidence or _contradiction(receipt.inclusion, evidence)
    if wrong is not None:
        return _inclusion("bad_proof", wrong)
    return _inclusion(
        "proven",
        f"leaf {receipt.inclusion.index} of the ledger's first {receipt.inclusion.checkpoint.size}",
    )


def check_chain(evidence: Evidence) -> Finding | None:
    """Check 5: which kind of chain vouches for the time: public, or one machine's own."""
    if evidence.receipt is None or not evidence.receipt.anchors:
        return None
    known = [one.chain for one in evidence.sightings if isinstance(one, Sighting)]
    if evidence.remembered is not None:
        known.append(evidence.remembered.chain)
    if not known:
        return Finding(Check.CHAIN, UNKNOWN, "no chain of the receipt was asked")
    if any(chain.local for chain in known):
        return Finding(
            Check.CHAIN, "local", "LOCAL CHAIN: it proves order on the machine that runs it only"
        )
    return Finding(Check.CHAIN, "public", f"chain {known[0].chain_id} is kept by many")


def check_finality(evidence: Evidence) -> Finding | None:
    """Check 6: the anchor's block is on the chain, and by the chain's own rule stays there."""
    receipt = evidence.receipt
    if receipt is None:
        return None
    if not receipt.anchors:
        return _finality("unanchored", "no checkpoint that holds the claim is on a chain yet")
    if evidence.remembered is not None and evidence.offline:
        return _finality(
            "finalized", f"this home saw it final on chain {evidence.remembered.chain.chain_id}"
        )
    if evidence.proven is not None and evidence.proven.trusted:
        return _finality("finalized", "the state proof leads to the block hash that you trust")
    if not evidence.sightings:
        return _finality(UNKNOWN, "no chain was asked, and this home has not seen it final")
    found = [_seen(sighting) for sighting in evidence.sightings]
    # every anchor of the receipt must hold: the weakest speaks
    return min(found, key=lambda finding: _STRENGTH.get(finding.outcome, -1))


_STRENGTH = {"reorganised": -2, UNKNOWN: -1, **RANK}


def _seen(sighting: Sighting | Unasked) -> Finding:
    if isinstance(sighting, Unasked):
        return _finality(UNKNOWN, sighting.why)
    if not sighting.stands:
        return _finality(
            "reorganised",
            f"block {sighting.anchor.block_number} of the chain is another one now: the anchor is "
            "gone",
        )
    return _depth(sighting.anchor, sighting.heads)


def _depth(anchor: Anchor, heads: Heads) -> Finding:
    if anchor.block_number <= heads.finalized:
        return _finality("finalized", f"block {anchor.block_number} is final by the chain's rule")
    if anchor.block_number <= heads.safe:
        return _finality("safe", f"block {anchor.block_number} is safe, not yet final")
    return _finality("included", f"block {anchor.block_number} may still be replaced")


def _contradiction(inclusion: Inclusion, evidence: Evidence) -> str | None:
    """Return how what a chain holds contradicts the receipt; None if nothing does."""
    for sighting in evidence.sightings:
        if isinstance(sighting, Unasked) or not sighting.stands:
            continue  # finality says what is not known, or gone
        if sighting.event is None or sighting.event.anchor != sighting.anchor:
            return f"block {sighting.anchor.block_number} holds no such anchor"
        if sighting.event.checkpoint != inclusion.checkpoint:
            return "the checkpoint that was anchored there is another one"
    if evidence.proven is not None and evidence.proven.root != inclusion.checkpoint.root:
        return "the state proof shows another root"
    return None


def _inclusion(outcome: str, message: str) -> Finding:
    return Finding(Check.INCLUSION, outcome, message)


def _finality(outcome: str, message: str) -> Finding:
    return Finding(Check.FINALITY, outcome, message)
