"""State proofs, asked of a real node: when they come, when they do not, and that they hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ledger.errors import ChainUnreachable
from ledger.keccak import keccak256
from ledger.ports import ChainReader
from ledger.receipt import Receipt
from ledger.services.proving import MOST_SLOTS, Attempt, Proving
from ledger.signing import Home
from ledger.state_trie import AccountProof
from ledger.verification.state_evidence import prove
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import word
from tests.liars import LyingReader
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import embedded_world, founded_chain, node_world
from tests.state_proofs import proving, with_evidence
from tests.worlds import World, hidden


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=4_243) as running:
        yield running


@pytest.fixture(scope="module")
def world(node: AnvilNode) -> Iterator[World]:
    with node_world(node) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Counting(LyingReader):
    """Counts the proofs that are asked for; may give none, or break."""

    slots: list[int] = field(default_factory=list)
    silent: bool = False
    broken: bool = False

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        self.slots.append(len(slots))
        if self.broken:
            raise ChainUnreachable("expected an answer, got a closed door")
        return None if self.silent else self.node.state_proof(address, slots, number)


def why(world: World, receipt: Receipt, reader: ChainReader | None = None) -> str:
    """Return why a receipt gets no evidence; it stays as it is."""
    (attempt,) = proving(world, reader).attach([receipt])
    assert attempt.receipt == replace(receipt, evidence=None)
    assert attempt.why is not None
    return attempt.why


def sealed(world: World, name: str) -> Receipt:
    ours, claim = world.ledger(name), world.claim(name)
    ours.anchor(claim)
    return ours.receipt(claim)


def test_receipts_of_one_block_share_what_is_asked(world: World) -> None:
    ours = world.ledger("many")
    ours.anchor(hidden(world.claim("first")))
    claims = [world.claim(f"author {number}") for number in range(MOST_SLOTS + 3)]
    ours.anchor(*claims)
    receipts = [ours.receipt(claim) for claim in claims]
    counting = Counting(world.reader)
    attempts = proving(world, counting).attach([*receipts, Receipt(claims[0])])
    assert counting.slots == [2, MOST_SLOTS, 3]
    assert attempts.pop() == Attempt(Receipt(claims[0]), "it is not anchored yet")
    for receipt, attempt in zip(receipts, attempts, strict=True):
        assert attempt.why is None
        assert replace(attempt.receipt, evidence=None) == receipt
        proven = prove(attempt.receipt, world.contracts, receipt.anchors[0].block_hash)
        assert proven is not None
        assert proven.trusted
        assert proven.history == bytes(32)
        assert receipt.inclusion is not None
        assert proven.root == receipt.inclusion.checkpoint.root


def test_the_evidence_names_the_manifest_and_what_was_anchored_before(world: World) -> None:
    ours, claims = world.ledger("twice"), [world.claim(salt=number) for number in range(2)]
    for claim in claims:
        ours.anchor(claim)
    first, second = (with_evidence(world, ours.receipt(claim)).evidence for claim in claims)
    assert first is not None
    assert second is not None
    assert (first.before, len(first.manifest)) == (bytes(32), 36)
    assert second.before not in (bytes(32), first.before)
    assert second.manifest != first.manifest


def test_evidence_that_holds_is_kept_and_nobody_is_asked(world: World) -> None:
    receipt = with_evidence(world, sealed(world, "kept"))
    counting = Counting(world.reader, broken=True)
    assert proving(world, counting).attach([receipt]) == [Attempt(receipt)]
    assert counting.slots == []


def test_evidence_that_does_not_hold_is_asked_for_again_or_taken_away(world: World) -> None:
    receipt = with_evidence(world, sealed(world, "damaged"))
    assert receipt.evidence is not None
    damaged = replace(receipt, evidence=replace(receipt.evidence, before=word("other")))
    assert proving(world).attach([damaged]) == [Attempt(receipt)]
    assert "no eth_getProof, or has that state no longer" in why(
        world, damaged, Counting(world.reader, silent=True)
    )


def test_a_node_that_can_not_be_asked_says_so(world: World) -> None:
    said = why(world, sealed(world, "closed"), Counting(world.reader, broken=True))
    assert said == "here could not be asked: expected an answer, got a closed door"


def test_an_author_of_another_home_has_no_keys_to_prove(world: World) -> None:
    ours, claim = world.ledger("abroad"), claim_of(home=Home(10, world.contracts.keys))
    ours.anchor(claim, world.claim("of here"))
    abroad, here = with_evidence(world, ours.receipt(claim)), ours.receipt(world.claim("of here"))
    assert abroad.evidence is not None
    assert (abroad.evidence.keys, abroad.evidence.history) == ((), ())
    together = proving(world).attach([ours.receipt(claim), here])
    assert together == [Attempt(abroad), Attempt(with_evidence(world, here))]


def test_a_home_contract_that_is_not_sealbook_s_proves_nothing(world: World) -> None:
    home = Home(world.identity.chain_id, b"\5" * 20)
    ours, claim = world.ledger("odd home"), claim_of(home=home)
    ours.anchor(claim)
    assert "expected Sealbook's own code at the contract" in why(world, ours.receipt(claim))


def in_one_block(node: AnvilNode, transactions: Sequence[bytes]) -> None:
    """Put the transactions of as many last blocks into one: another branch of the chain."""
    raw = [node.ask("eth_getRawTransactionByHash", f"0x{one.hex()}") for one in transactions]
    node.ask("anvil_reorg", len(raw), [[one, 0] for one in raw])


def test_only_the_last_anchor_of_a_ledger_in_a_block_can_be_proven(
    node: AnvilNode, world: World
) -> None:
    ours, other = world.ledger("hasty"), world.ledger("beside it")
    claims = [world.claim(salt=("hasty", number)) for number in range(2)]
    beside = world.claim(salt="beside it")
    ours.anchor(claims[0])
    other.anchor(beside)
    ours.anchor(claims[1])
    old = ours.receipt(claims[0])
    transactions = [*(one.transaction for one in (ours.anchors[0], *other.anchors))]
    transactions.append(ours.anchors[1].transaction)
    in_one_block(node, transactions)
    ours.anchors = [world.anchor_of(one.transaction) for one in ours.anchors]
    other.anchors = [world.anchor_of(one.transaction) for one in other.anchors]
    assert len({one.block_hash for one in (*ours.anchors, *other.anchors)}) == 1
    first, last = (ours.receipt(claim) for claim in claims)
    attempts = proving(world).attach([first, last, other.receipt(beside)])
    number = first.anchors[0].block_number
    assert attempts[0] == Attempt(
        first, f"its ledger was anchored again in the same block {number}"
    )
    assert [attempt.why for attempt in attempts[1:]] == [None, None]
    evidence = attempts[1].receipt.evidence
    assert evidence is not None
    assert evidence.before != bytes(32)
    # and the receipt of before the reorganisation is of a block that is gone
    assert why(world, old) == f"block {old.anchors[0].block_number} of here is another one now"


def test_what_is_not_on_the_chain_is_said(world: World) -> None:
    receipt = sealed(world, "somewhere")
    (anchor,) = receipt.anchors
    for wrong, said in (
        (replace(anchor, genesis=word("another")), "here is not the chain of its anchor"),
        (replace(anchor, block_number=10**6), "a node gives no header of block 1000000"),
        (replace(anchor, log_index=7), "holds no such anchor"),
        (replace(anchor, contract=b"\5" * 20), "holds no such anchor"),
    ):
        assert said in why(world, replace(receipt, anchors=(wrong,)))
    assert receipt.inclusion is not None
    at = replace(receipt.inclusion.checkpoint, size=7)
    other = replace(receipt, inclusion=replace(receipt.inclusion, checkpoint=at))
    assert "what a node gave does not hold" in why(world, other)


def test_a_node_that_lies_is_not_believed(world: World) -> None:
    ours, claim = world.ledger("lied about"), world.claim("lied about")
    ours.anchor(hidden(world.claim("before")))
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    for liar, said in (
        (LyingReader(world.reader, hides=lambda _: True), "holds no such anchor"),
        (LyingReader(world.reader, tells=lambda *_: word("x")), "gave does not hold: expected the"),
        (
            LyingReader(world.reader, shows=lambda log: replace(log, data=b"")),
            "could not be asked: not an Anch",
        ),
    ):
        assert said in why(world, receipt, liar)


def test_other_code_at_the_contract_is_not_taken(node: AnvilNode, world: World) -> None:
    ours, claim = world.ledger("of other code"), world.claim("of other code")
    address = f"0x{world.contracts.ledgers.hex()}"
    code = node.ask("eth_getCode", address, "latest")
    assert isinstance(code, str)
    node.ask("anvil_setCode", address, f"{code}00")  # it does the same, and is another
    ours.anchor(claim)
    node.mine()  # what is set later, anvil sets in the state of its latest block
    node.ask("anvil_setCode", address, code)
    node.mine()
    receipt = ours.receipt(claim)
    assert "expected Sealbook's own code at the contract" in why(world, receipt)
    forger = replace(world.contracts, ledgers_code=keccak256(bytes.fromhex(f"{code[2:]}00")))
    (attempt,) = Proving(world.known(), forger).attach([receipt])
    assert attempt.why is None
    assert attempt.receipt.evidence is not None
    assert "expected Sealbook's own code at the contract" in why(world, attempt.receipt)


def test_the_embedded_chain_proves_nothing_to_others(tmp_path: Path) -> None:
    with embedded_world(founded_chain(tmp_path), tmp_path / "copy") as local:
        said = why(local, sealed(local, "at home"))
        assert local.reader.state_proof(bytes(20), (), 1) is None
    assert said == "here is this computer's own chain: nobody else trusts its blocks"
