"""Checks 4 to 6: the leaf is in the tree, the tree is on a chain, and the chain keeps it."""

from ..anchor import Anchor
from ..checkpoint import Checkpoint
from ..policy import RANK
from ..receipt import Receipt
from ..report import UNKNOWN, Check, Finding
from .evidence import Evidence, Heads, Sighting, Unasked


def check_inclusion(evidence: Evidence) -> Finding | None:
    """Check 4: the proof leads from the claim's leaf to a root, and that root was anchored."""
    if evidence.malformed is not None:
        return None
    receipt = evidence.receipt
    if receipt is None and evidence.offline:
        return _inclusion(UNKNOWN, "there is no receipt, and nobody was asked for claims on it")
    if receipt is None:
        return _inclusion("not_found", "no disclosed claim on this work is known here")
    if receipt.inclusion is None:
        return _inclusion(
            "pending", "the claim waits to be anchored; `sealbook upgrade` asks again"
        )
    if not receipt.inclusion.proves(receipt.leaf_hash):
        return _inclusion("bad_proof", "the inclusion proof gives another root")
    wrong = evidence.bad_evidence or _contradiction(receipt, receipt.inclusion.checkpoint, evidence)
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
    found = [_of_anchor(anchor, evidence) for anchor in receipt.anchors]
    # every anchor of the receipt must hold: the weakest speaks
    return min(found, key=lambda finding: _STRENGTH[finding.outcome])


_STRENGTH = {"reorganised": -2, UNKNOWN: -1, **RANK}


def _of_anchor(anchor: Anchor, evidence: Evidence) -> Finding:
    """Judge one anchor: by what a chain says now, else a trusted block, else what was seen."""
    seen = next((one for one in evidence.sightings if one.anchor == anchor), None)
    if isinstance(seen, Sighting):
        return _seen(seen)
    proven, remembered = evidence.proven, evidence.remembered
    if proven is not None and proven.trusted and proven.block_hash == anchor.block_hash:
        return _finality("finalized", "the state proof leads to the block hash that you trust")
    if evidence.offline and remembered is not None and anchor.on(remembered.chain):
        return _finality("finalized", f"this home saw it final on chain {anchor.chain_id}")
    if seen is not None:
        return _finality(UNKNOWN, seen.why)
    return _finality(UNKNOWN, "no chain was asked, and this home has not seen it final")


def _seen(sighting: Sighting) -> Finding:
    latest = sighting.heads.latest
    if sighting.canonical_hash is None and sighting.anchor.block_number > latest:
        return _finality(
            UNKNOWN,
            f"the node has only reached block {latest}, the anchor is in block "
            f"{sighting.anchor.block_number}",
        )
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


def _contradiction(receipt: Receipt, at: Checkpoint, evidence: Evidence) -> str | None:
    """Return how what a chain holds contradicts the receipt; None if nothing does."""
    for sighting in evidence.sightings:
        if isinstance(sighting, Unasked) or not sighting.stands:
            continue  # finality says what is not known, or gone
        if sighting.event is None or sighting.event.anchor != sighting.anchor:
            return f"block {sighting.anchor.block_number} holds no such anchor"
        if sighting.event.checkpoint != at:
            return "the checkpoint that was anchored there is another one"
    proven = evidence.proven
    if proven is None:
        return None
    blocks = [(anchor.block_number, anchor.block_hash) for anchor in receipt.anchors]
    if (proven.block_number, proven.block_hash) not in blocks:
        return "the state proof is of a block that no anchor names"
    return None if proven.root == at.root else "the state proof shows another root"


def _inclusion(outcome: str, message: str) -> Finding:
    return Finding(Check.INCLUSION, outcome, message)


def _finality(outcome: str, message: str) -> Finding:
    return Finding(Check.FINALITY, outcome, message)
