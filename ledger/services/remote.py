"""A server that is asked: what is sent to it and when, and what of its word is checked here.

Before finality it gets leaf hashes, which hide everything. A pending receipt never leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..contract import Deployment
from ..digest import Digest, sha256
from ..encoding import Json, hex_of
from ..errors import InvalidInput, InvalidStateProof, NotFinal, ServerUnreachable
from ..leaf_status import FINALIZED, LeafStatus
from ..policy import Policy
from ..receipt import Receipt, StateProof
from ..report import Report, Verdict
from ..signed import SignedClaim
from ..verification.evidence import Sighting
from ..verification.state_evidence import prove
from .said_report import read_report
from .verifying import Question, Verifying


class Server(Protocol):
    """Raises ServerUnreachable for all that is no answer, else the error that the server names."""

    @property
    def name(self) -> str:
        """How the server is called in reports: its host, without secrets."""
        ...

    def submit(self, leaf_hashes: Sequence[bytes], key: str) -> Sequence[int]:
        """Send leaf hashes; return their indexes. Safe to repeat with the same key."""
        ...

    def leaf(self, leaf_hash: bytes) -> LeafStatus:
        """Ask how a leaf hash stands; NotFound if the server never got it."""
        ...

    def disclose(self, claims: Sequence[SignedClaim], *, in_clear: bool) -> Sequence[int]:
        """Show signed claims; return their leaves' indexes. NotFinal while that is too early."""
        ...

    def verify(self, digest: Digest | None, receipt: bytes | None) -> Json:
        """Ask for the report on a digest, a receipt, or both."""
        ...

    def receipt(self, claim_id: bytes) -> bytes:
        """Ask for a disclosed claim's receipt; ClaimMissing if it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A receipt as the server's answer makes it, and how firm the server says its anchor is."""

    receipt: Receipt
    finality: str


def submit(server: Server, receipts: Sequence[Receipt]) -> Sequence[int]:
    """Send the receipts' leaf hashes, and nothing else; return their indexes in its ledger.

    Safe to repeat: the idempotency key follows from the hashes.
    """
    hashes = [receipt.leaf_hash for receipt in receipts]
    return server.submit(hashes, sha256(b"".join(hashes)).hex())


def upgrade_from_server(
    server: Server, receipt: Receipt, contracts: Deployment | None = None
) -> Upgraded:
    """Bring a receipt up to date by a leaf hash alone; the inclusion proof is checked here.

    Evidence that the server sends is taken where it holds for the `contracts` given.

    Whether the root is on a chain is for `verify` to ask a chain. ServerUnreachable if the answer
    does not hold, NotFound if the server never got the leaf.
    """
    status = server.leaf(receipt.leaf_hash)
    if status.leaf_hash != receipt.leaf_hash:
        raise ServerUnreachable(f"expected {server.name} to speak of the leaf asked for; ask again")
    if status.inclusion is None or status.anchor is None:
        return Upgraded(receipt, status.finality)
    if not status.inclusion.proves(receipt.leaf_hash):
        raise ServerUnreachable(
            f"expected a proof that leads to the root, {server.name} sent one that does not; "
            "nothing was changed"
        )
    place = (receipt.inclusion, receipt.anchors)
    if place != (status.inclusion, (status.anchor,)):
        receipt = Receipt(receipt.signed).anchored(status.inclusion, status.anchor)
    return Upgraded(_proven(receipt, status.evidence, contracts), status.finality)


def _proven(receipt: Receipt, evidence: StateProof | None, contracts: Deployment | None) -> Receipt:
    if receipt.evidence is not None or evidence is None or contracts is None:
        return receipt
    proven = replace(receipt, evidence=evidence)
    try:
        prove(proven, contracts, None)
    except InvalidStateProof:
        return receipt
    return proven


def disclose_to_server(server: Server, receipt: Receipt, finality: str) -> int:
    """Show a claim to the server that holds it closed; return its index.

    `finality` is what a chain said of the receipt's anchor: NotFinal unless it is final.
    """
    if finality != FINALIZED:
        raise NotFinal(
            f"commit before you show: claim {hex_of(receipt.signed.id)} is {finality}, not final "
            f"yet; nothing was sent to {server.name}"
        )
    return server.disclose([receipt.signed], in_clear=False)[0]


@dataclass(frozen=True, slots=True)
class AskingServer:
    """Answers questions by a server's word, or by the user's own node where that can be asked."""

    server: Server
    own: Verifying
    policy: Policy

    def answer(self, question: Question) -> Report:
        """Return the report: recomputed by the own node, else the server's, which says so."""
        own = replace(self.own, policy=self.policy)
        if question.receipt is None:
            return self._by_digest(own, question)
        receipt = _decoded(question.receipt)
        if receipt is None or not receipt.anchors:
            return own.answer(question)  # what is malformed or pending is shown to nobody
        if self._own_node_knows(receipt):
            return own.answer(question)
        alone = own.answer(replace(question, offline=True))
        if alone.verdict is Verdict.FAILED or not self._final(receipt):
            return alone
        return self._said(self.server.verify(question.digest, question.receipt), question.digest)

    def _by_digest(self, own: Verifying, question: Question) -> Report:
        report = self._said(self.server.verify(question.digest, None), question.digest)
        if report.claim is None:
            return report
        data = self.server.receipt(report.claim.id)
        receipt = _decoded(data)
        if receipt is None or receipt.signed.id != report.claim.id:
            raise ServerUnreachable(
                f"expected {self.server.name} to hand over the receipt of the claim that it names"
            )
        if not self._own_node_knows(receipt):
            return report
        found = own.answer(replace(question, receipt=data))
        # its own node may hold fewer disclosures: a rival that the server names is not hidden
        return found if report.verdict is not Verdict.EARLIER_CLAIM else report

    def _own_node_knows(self, receipt: Receipt) -> bool:
        if self.own.gathering is None:
            return False
        return any(isinstance(one, Sighting) for one in self.own.gathering().sightings(receipt))

    def _final(self, receipt: Receipt) -> bool:
        """Ask by the leaf hash alone whether the claim may be shown."""
        return self.server.leaf(receipt.leaf_hash).final

    def _said(self, value: Json, digest: Digest | None) -> Report:
        if not isinstance(value, Mapping):
            raise ServerUnreachable(f"expected a report from {self.server.name}, got another thing")
        report = read_report(value, self.server.name, self.policy)
        if digest is not None and report.work != str(digest):
            raise ServerUnreachable(f"expected {self.server.name} to judge the digest asked about")
        return report


def _decoded(data: bytes) -> Receipt | None:
    try:
        return Receipt.decode(data)
    except InvalidInput:
        return None
