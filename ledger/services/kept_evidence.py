"""Kept evidence: what the queue holds of receipts' anchors, proven again, then handed out."""

from collections.abc import Sequence
from dataclasses import replace

from ..batch import Batch
from ..contract import Deployment
from ..errors import InvalidReceipt, InvalidStateProof
from ..ports import BatchEvidence, Queue
from ..receipt import Receipt
from ..verification.state_evidence import prove


def with_kept_evidence(
    queue: Queue, contracts: Deployment, receipts: Sequence[Receipt]
) -> list[Receipt]:
    """Return the receipts in their order, with evidence where the queue keeps some that holds.

    No node is asked. Those that have evidence, or are in no batch of this queue, stay as they are.
    """
    found = list(receipts)
    wanted: dict[int, list[int]] = {}
    for at, receipt in enumerate(receipts):
        if receipt.inclusion is not None and receipt.anchors and receipt.evidence is None:
            wanted.setdefault(receipt.inclusion.checkpoint.size, []).append(at)
    for places in wanted.values():
        batch = _batch(queue, receipts[places[0]])
        if batch is None:
            continue
        authors = {receipts[at].signed.claim.author for at in places}
        kept = queue.evidence().of(batch, authors)
        for at in places:
            found[at] = _proven(receipts[at], batch, kept, contracts)
    return found


def _batch(queue: Queue, receipt: Receipt) -> Batch | None:
    """Return the queue's batch that ends where the receipt's checkpoint does."""
    if receipt.inclusion is None:
        return None
    end = receipt.inclusion.checkpoint.size
    batch = queue.batch_of(end - 1)
    return None if batch is None or batch.end != end else batch


def _proven(receipt: Receipt, batch: Batch, kept: BatchEvidence, contracts: Deployment) -> Receipt:
    inclusion, shared = receipt.inclusion, kept.shared
    if inclusion is None or shared is None:
        return receipt
    if (inclusion.checkpoint, receipt.anchors[0]) != (batch.checkpoint, batch.anchor):
        return receipt
    signed = receipt.signed
    if signed.home.chain_id == receipt.anchors[0].chain_id:
        evidence = replace(shared, history=kept.histories.get(signed.claim.author, ()))
    else:
        evidence = replace(shared, keys=())
    proven = replace(receipt, evidence=evidence)
    try:
        prove(proven, contracts, None)
    except (InvalidStateProof, InvalidReceipt):
        return receipt
    return proven
