"""Every verdict through `ledger.verify`, provoked for real on the embedded chain and on a node."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.adapters.block_store import BlockFolder
from ledger.claim import Claim
from ledger.details import Details
from ledger.digest import Digest
from ledger.library import verify
from ledger.receipt import Receipt
from ledger.report import Check, Report
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim, sign_claim
from tests.ledger.factories import author_key, word
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import embedded_world, node_world
from tests.worlds import World, hidden

DATA = b"a painted lantern"


@dataclass(frozen=True, slots=True)
class Desk:
    """A home whose settings know the world's chain, and a work with its receipt beside it."""

    world: World
    home: Path
    node: AnvilNode | None

    @property
    def work(self) -> Path:
        return self.home.parent / "lantern.png"

    def claim(
        self, name: str, *, process: bool = False, signer: bytes | None = None
    ) -> SignedClaim:
        said = Details("image/png", len(DATA))
        claim = Claim(
            author=address_of_key(author_key(name)),
            work=Digest.of(DATA).value,
            process=word("process", name) if process else bytes(32),
            steps=3 if process else 0,
            details=said.digest,
            salt=word("salt", name),
        )
        return sign_claim(self.world.home, claim, signer or author_key(name), said)

    def sealed(self, signed: SignedClaim) -> Receipt:
        """Anchor a claim in a ledger of its author's."""
        ledger = self.world.ledger(signed.claim.author)
        ledger.anchor(hidden(self.claim("somebody")), signed)
        return ledger.receipt(signed)

    def judge(self, receipt: Receipt | None = None, *, offline: bool = False) -> Report:
        """Lay the receipt beside the work, and ask about the work."""
        self.work.write_bytes(DATA)
        beside = self.work.with_name("lantern.png.seal.json")
        beside.unlink(missing_ok=True)
        if receipt is not None:
            beside.write_bytes(receipt.encode())
        return verify(self.work, home=self.home, offline=offline)

    def finalise(self) -> None:
        if self.node is not None:
            self.node.mine(100)


@pytest.fixture(params=["embedded", "anvil"])
def desk(request: pytest.FixtureRequest, founded: Path, tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    home.mkdir()
    blocks = BlockFolder(home / "blocks")
    if request.param == "embedded":
        folder = home / "chains" / "local"
        folder.parent.mkdir()
        with embedded_world(founded, folder) as world:
            world.blocks = blocks
            yield Desk(world, home, None)
        return
    with anvil(chain_id=424299) as node, node_world(node) as world:
        (home / "config.toml").write_text(
            f'chain = "studio"\n[chains.studio]\nrpc = "{node.url}"\nchain_id = 424299\n'
            f'genesis = "0x{world.identity.genesis.hex()}"\n'
        )
        world.blocks = blocks
        yield Desk(world, home, node)


def said(report: Report, check: Check) -> str:
    finding = report.finding(check)
    assert finding is not None
    print(int(report.verdict), report.verdict.word, "·", finding.outcome, "·", report.summary)
    return finding.outcome


def test_0_verified(desk: Desk) -> None:
    receipt = desk.sealed(desk.claim("alice"))
    desk.finalise()
    report = desk.judge(receipt)
    assert (int(report.verdict), said(report, Check.FINALITY)) == (0, "finalized")
    assert desk.judge(receipt, offline=True).verdict == 0
    assert verify(Digest.of(DATA), home=desk.home).verdict == 0


def test_0_verified_after_a_bare_claim_by_who_shows_a_process(desk: Desk) -> None:
    desk.sealed(desk.claim("mallory"))
    receipt = desk.sealed(desk.claim("alice", process=True))
    desk.finalise()
    report = desk.judge(receipt)
    assert (int(report.verdict), said(report, Check.PRIORITY)) == (0, "earlier_bare_claim")


@pytest.mark.parametrize(
    ("forge", "check", "outcome"),
    [
        (
            lambda receipt: replace(receipt, signed=replace(receipt.signed, signature=b"\1" * 65)),
            Check.INCLUSION,
            "bad_proof",
        ),
        (
            lambda receipt: replace(
                receipt, inclusion=replace(receipt.inclusion, proof=(b"\1" * 32,))
            ),
            Check.INCLUSION,
            "bad_proof",
        ),
        (
            lambda receipt: replace(receipt, anchors=(replace(receipt.anchors[0], log_index=5),)),
            Check.INCLUSION,
            "bad_proof",
        ),
    ],
    ids=["signature", "proof", "anchor"],
)
def test_1_failed(
    desk: Desk, forge: Callable[[Receipt], Receipt], check: Check, outcome: str
) -> None:
    receipt = desk.sealed(desk.claim("alice"))
    desk.finalise()
    report = desk.judge(forge(receipt))
    assert (int(report.verdict), said(report, check)) == (1, outcome)
    assert desk.judge(receipt).verdict == 0


def test_1_failed_for_another_file_and_for_a_stranger_s_signature(desk: Desk) -> None:
    receipt = desk.sealed(desk.claim("alice"))
    by_stranger = desk.sealed(desk.claim("bob", signer=author_key("mallory")))
    desk.finalise()
    report = desk.judge(by_stranger)
    assert (int(report.verdict), said(report, Check.SIGNATURE)) == (1, "invalid")
    assert desk.judge(receipt).verdict == 0
    desk.work.write_bytes(DATA[:-1] + b"!")
    report = verify(desk.work, home=desk.home)
    assert (int(report.verdict), said(report, Check.INTEGRITY)) == (1, "mismatch")


def test_3_pending(desk: Desk) -> None:
    pending = Receipt(desk.claim("alice"))
    desk.world.ledger("any").anchor(hidden(desk.claim("somebody")))
    report = desk.judge(pending)
    assert (int(report.verdict), said(report, Check.INCLUSION)) == (3, "pending")
    if desk.node is not None:
        receipt = desk.sealed(desk.claim("alice"))
        report = desk.judge(receipt)
        assert (int(report.verdict), said(report, Check.FINALITY)) == (3, "included")
        included = verify(desk.work, home=desk.home, finality="included")
        assert included.verdict == 0


def test_4_not_found(desk: Desk) -> None:
    desk.world.ledger("any").anchor(hidden(desk.claim("somebody")))
    report = desk.judge()
    assert (int(report.verdict), said(report, Check.INCLUSION)) == (4, "not_found")


def test_5_void(desk: Desk) -> None:
    desk.world.revoke("bob", address_of_key(author_key("bob")))
    revoked = desk.sealed(desk.claim("bob"))
    claim = desk.claim("alice")
    receipt = desk.sealed(claim)
    desk.world.withdraw("alice", claim.id)
    desk.finalise()
    report = desk.judge(receipt)
    assert (int(report.verdict), said(report, Check.STANDING)) == (5, "withdrawn")
    report = desk.judge(revoked)
    assert (int(report.verdict), said(report, Check.KEY)) == (5, "revoked_before")


def test_6_earlier_claim(desk: Desk) -> None:
    desk.sealed(desk.claim("alice"))
    receipt = desk.sealed(desk.claim("mallory"))
    desk.finalise()
    report = desk.judge(receipt)
    assert (int(report.verdict), said(report, Check.PRIORITY)) == (6, "earlier_claim")


def test_7_reorganised(desk: Desk) -> None:
    receipt = desk.sealed(desk.claim("alice"))
    desk.finalise()
    assert desk.judge(receipt).verdict == 0
    if desk.node is not None:
        desk.node.ask("anvil_reorg", 101, [])
        report = desk.judge(receipt)
    else:  # the embedded chain never drops a block: a receipt of its copy that went another way
        anchor = replace(receipt.anchors[0], block_hash=b"\1" * 32)
        report = desk.judge(replace(receipt, anchors=(anchor,)))
    assert (int(report.verdict), said(report, Check.FINALITY)) == (7, "reorganised")


def test_8_unknown(desk: Desk, tmp_path: Path) -> None:
    receipt = desk.sealed(desk.claim("alice"))
    desk.finalise()
    assert desk.judge(receipt, offline=True).verdict == 8  # nothing was ever seen here
    stranger = verify(desk.work, home=tmp_path / "stranger")
    assert (int(stranger.verdict), said(stranger, Check.FINALITY)) == (8, "unknown")
    foreign = replace(receipt, anchors=(replace(receipt.anchors[0], chain_id=5),))
    report = desk.judge(foreign)
    assert (int(report.verdict), said(report, Check.FINALITY)) == (8, "unknown")
    contract = replace(receipt.anchors[0], contract=b"\5" * 20)
    assert desk.judge(replace(receipt, anchors=(contract,))).verdict == 8
    assert desk.judge(receipt).verdict == 0
