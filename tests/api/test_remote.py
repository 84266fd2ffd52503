"""A server that is asked from another home: what it gets to see, and what is believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.adapters.server import HttpServer
from ledger.digest import Digest
from ledger.encoding import Json, hex_of
from ledger.errors import NotFinal, NotFound, ServerUnreachable
from ledger.leaf_status import LeafStatus
from ledger.policy import Policy
from ledger.receipt import Inclusion, Receipt
from ledger.report import Check, Verdict
from ledger.services.remote import (
    AskingServer,
    disclose_to_server,
    submit,
    upgrade_from_server,
)
from ledger.services.verifying import Question
from ledger.signed import SignedClaim
from ledger.wiring import Installation
from tests.api.asking import Api
from tests.ledger.factories import anchored, checkpoint, disclosed, signed_claim, word
from tests.ledger.state_factories import CONTRACTS, proved

URL = "http://127.0.0.1:8000"


@dataclass
class Wire:
    """An HTTP client of the API, without a network; keeps all bytes that were sent."""

    api: Api
    sent: list[bytes] = field(default_factory=list)

    def server(self) -> HttpServer:
        return HttpServer(URL, transport=httpx.MockTransport(self._pass))

    def _pass(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.url.raw_path + request.content)
        answer = self.api.ask(
            request.method,
            request.url.raw_path.decode(),
            content=request.content,
            headers=dict(request.headers),
        )
        kept = {"content-type": answer.headers["content-type"]}
        return httpx.Response(answer.status_code, content=answer.content, headers=kept)

    def require_hidden(self, signed: SignedClaim) -> None:
        """Nothing of the claim was sent but its leaf hash."""
        everything = b"".join(self.sent).lower()
        claim = signed.claim
        for secret in (claim.work, claim.salt, claim.author, claim.details, signed.id):
            assert secret.hex().encode() not in everything
        assert signed.signature.hex().encode() not in everything


@pytest.fixture
def wire(api: Api) -> Wire:
    return Wire(api)


def asking(server: HttpServer, home: Path, policy: Policy | None = None) -> AskingServer:
    """Ask as somebody whose own home knows nothing yet."""
    return AskingServer(server, Installation.open(home).verifying(), policy or Policy())


def knowing(wire: Wire) -> AskingServer:
    """Ask as somebody whose own node is on the server's chain."""
    own = Installation.open(wire.api.home).verifying()
    return AskingServer(wire.server(), replace(own, memory=None), Policy())


def sealed(wire: Wire, author: str = "alice", work: bytes | None = None) -> Receipt:
    receipt = Receipt(wire.api.claim(f"of {author}", author, work))
    submit(wire.server(), [receipt])
    wire.api.anchor()
    return upgrade_from_server(wire.server(), receipt).receipt


def test_a_server_sees_a_leaf_hash_and_nothing_else_before_finality(wire: Wire) -> None:
    signed = wire.api.claim("lantern")
    assert submit(wire.server(), [Receipt(signed)]) == [0]
    assert submit(wire.server(), [Receipt(signed)]) == [0]  # safe to repeat
    pending = upgrade_from_server(wire.server(), Receipt(signed))
    assert (pending.receipt, pending.finality) == (Receipt(signed), "unanchored")
    wire.api.anchor()
    upgraded = upgrade_from_server(wire.server(), Receipt(signed))
    assert upgraded.finality == "finalized"
    assert upgraded.receipt.inclusion is not None
    wire.require_hidden(signed)
    again = upgrade_from_server(wire.server(), upgraded.receipt)
    assert again.receipt is upgraded.receipt


def test_a_receipt_that_a_server_upgraded_is_verified_by_the_own_node(wire: Wire) -> None:
    receipt = sealed(wire)
    report = knowing(wire).answer(Question(receipt=receipt.encode()))
    assert report.verdict is Verdict.VERIFIED
    assert report.trust.node == "this computer"
    wire.require_hidden(receipt.signed)  # the own node was enough


def test_what_the_own_node_cannot_tell_is_the_servers_word_and_says_so(
    wire: Wire, tmp_path: Path
) -> None:
    receipt = sealed(wire)
    disclose_to_server(wire.server(), receipt, "finalized")
    wire.api.anchor()
    work = Digest(receipt.signed.claim.work)
    for question in (Question(receipt=receipt.encode()), Question(digest=work)):
        report = asking(wire.server(), tmp_path / "other").answer(question)
        assert report.verdict is Verdict.VERIFIED
        assert report.trust.node == "not recomputed: said by 127.0.0.1:8000"
        assert report.summary.endswith("Not recomputed: said by 127.0.0.1:8000.")
        assert report.summary.startswith("LOCAL CHAIN")


def test_a_digest_is_found_by_the_server_and_judged_by_the_own_node(wire: Wire) -> None:
    receipt = sealed(wire)
    wire.api.show([receipt.signed])
    wire.api.anchor()
    report = knowing(wire).answer(Question(digest=Digest(receipt.signed.claim.work)))
    assert (report.verdict, report.trust.node) == (Verdict.VERIFIED, "this computer")


def test_an_earlier_claim_that_the_server_names_is_not_hidden(wire: Wire, tmp_path: Path) -> None:
    work = word("the work")
    wire.api.show([wire.api.claim("of alice", "alice", work)], in_clear=True)
    wire.api.anchor()
    later = sealed(wire, "bob", work)
    wire.api.show([later.signed])
    wire.api.anchor()
    report = asking(wire.server(), tmp_path / "x").answer(Question(receipt=later.encode()))
    assert report.verdict is Verdict.EARLIER_CLAIM


def test_nobody_is_shown_a_pending_or_a_malformed_receipt(wire: Wire, tmp_path: Path) -> None:
    signed = wire.api.claim("lantern")
    asker = asking(wire.server(), tmp_path / "other")
    pending = asker.answer(Question(receipt=Receipt(signed).encode()))
    assert pending.finding(Check.INCLUSION) is not None
    assert asker.answer(Question(receipt=b"{}")).verdict is Verdict.FAILED
    assert wire.sent == []


def test_a_receipt_that_fails_by_itself_is_not_asked_about(wire: Wire, tmp_path: Path) -> None:
    receipt = sealed(wire)
    assert receipt.inclusion is not None
    wrong = replace(receipt, inclusion=replace(receipt.inclusion, proof=(word("x"),)))
    report = asking(wire.server(), tmp_path / "o").answer(Question(receipt=wrong.encode()))
    assert report.verdict is Verdict.FAILED
    wire.require_hidden(receipt.signed)


@pytest.mark.parametrize("finality", ["unanchored", "included", "safe", "reorganised", "unknown"])
def test_a_claim_is_not_shown_to_a_server_before_it_is_final(wire: Wire, finality: str) -> None:
    receipt = sealed(wire)
    with pytest.raises(NotFinal, match="nothing was sent"):
        disclose_to_server(wire.server(), receipt, finality)
    wire.require_hidden(receipt.signed)


def test_a_disclosed_claim_is_found_by_others(wire: Wire) -> None:
    receipt = sealed(wire)
    assert disclose_to_server(wire.server(), receipt, "finalized") == 0
    wire.api.anchor()
    found = wire.server().receipt(receipt.signed.id)
    assert Receipt.decode(found).signed == receipt.signed
    works: Any = wire.server().works(Digest(receipt.signed.claim.work))
    assert [one["id"] for one in works["claims"]] == [hex_of(receipt.signed.id)]


def test_a_leaf_that_the_server_never_got_is_not_found(wire: Wire) -> None:
    with pytest.raises(NotFound):
        upgrade_from_server(wire.server(), Receipt(wire.api.claim("lantern")))


@dataclass
class Liar:
    """A server that answers as it likes; whatever it is shown, it has seen."""

    status: LeafStatus
    report: Json = None
    handed: bytes = b""
    seen: list[object] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    name: str = "liar.example"

    def submit(self, leaf_hashes: Sequence[bytes], key: str) -> Sequence[int]:
        raise AssertionError("nothing is sent to a liar", leaf_hashes, key)

    def leaf(self, leaf_hash: bytes) -> LeafStatus:
        self.asked.append(leaf_hash)
        return self.status

    def disclose(self, claims: Sequence[SignedClaim], *, in_clear: bool) -> Sequence[int]:
        raise AssertionError("nothing is sent to a liar", claims, in_clear)

    def verify(self, digest: Digest | None, receipt: bytes | None) -> Json:
        self.seen += [digest, receipt]
        return self.report

    def receipt(self, claim_id: bytes) -> bytes:
        self.asked.append(claim_id)
        return self.handed


def test_evidence_of_a_server_is_taken_where_it_holds(wire: Wire) -> None:
    bare = sealed(wire)
    assert bare.inclusion is not None
    true = wire.server().leaf(bare.leaf_hash)
    signed = signed_claim("somebody")
    inclusion = Inclusion(0, checkpoint([disclosed(signed)]), ())
    receipt = Receipt(signed).anchored(inclusion, anchored(inclusion.checkpoint, 7).anchor)
    whole = proved(receipt).receipt
    receipt, evidence = replace(whole, evidence=None), whole.evidence
    assert evidence is not None
    held = replace(
        true,
        leaf_hash=receipt.leaf_hash,
        index=0,
        inclusion=inclusion,
        anchor=receipt.anchors[0],
        evidence=evidence,
    )
    pending = Receipt(signed)
    upgraded = upgrade_from_server(Liar(held), pending, CONTRACTS).receipt
    assert upgraded == whole
    assert upgrade_from_server(Liar(held), pending).receipt == receipt
    forged = replace(held, evidence=replace(evidence, before=word("x")))
    assert upgrade_from_server(Liar(forged), pending, CONTRACTS).receipt == receipt
    # what the receipt has already stays
    assert upgrade_from_server(Liar(forged), upgraded, CONTRACTS).receipt is upgraded


def test_a_proof_that_leads_elsewhere_is_not_taken(wire: Wire) -> None:
    receipt = sealed(wire)
    true = wire.server().leaf(receipt.leaf_hash)
    assert true.inclusion is not None
    wrong = replace(true, inclusion=replace(true.inclusion, proof=(word("x"),)))
    with pytest.raises(ServerUnreachable, match="nothing was changed"):
        upgrade_from_server(Liar(wrong), Receipt(receipt.signed))
    with pytest.raises(ServerUnreachable, match="the leaf asked for"):
        upgrade_from_server(Liar(replace(true, leaf_hash=word("y"))), Receipt(receipt.signed))


def test_a_receipt_is_not_shown_where_the_leaf_is_not_final(wire: Wire, tmp_path: Path) -> None:
    receipt = sealed(wire)
    status = replace(wire.server().leaf(receipt.leaf_hash), finality="safe")
    liar = Liar(status)
    asker = AskingServer(liar, Installation.open(tmp_path / "o").verifying(), Policy())
    assert asker.answer(Question(receipt=receipt.encode())).verdict is Verdict.UNKNOWN
    assert liar.seen == []


def test_a_report_on_another_work_is_no_answer(wire: Wire, tmp_path: Path) -> None:
    receipt = sealed(wire)
    report = knowing(wire).answer(Question(receipt=receipt.encode())).to_json()
    liar = Liar(wire.server().leaf(receipt.leaf_hash), report)
    asker = AskingServer(liar, Installation.open(tmp_path / "o").verifying(), Policy())
    for said, why in ((report, "the digest asked about"), ([], "a report")):
        liar.report = said
        with pytest.raises(ServerUnreachable, match=why):
            asker.answer(Question(digest=Digest(word("another"))))
    liar.report = report
    with pytest.raises(ServerUnreachable, match="the receipt of the claim that it names"):
        asker.answer(Question(digest=Digest(receipt.signed.claim.work)))
