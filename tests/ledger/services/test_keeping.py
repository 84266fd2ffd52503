"""Keeping: a real node's evidence, asked for in time, replaced, refused, and handed out later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.abi_words import address, call, number
from ledger.adapters.json_rpc_reader import JsonRpcReader
from ledger.anchor import ClockRule
from ledger.batch import Stage
from ledger.contract import history_slot
from ledger.errors import ChainUnreachable
from ledger.leaf import Disclosed
from ledger.ports import BatchEvidence, ChainReader, DueEvidence
from ledger.receipt import Receipt
from ledger.services import keeping as keeping_module
from ledger.services.keeping import MOST_TRIES, Keeping
from ledger.services.kept_evidence import with_kept_evidence
from ledger.services.known_chain import KnownChain
from ledger.services.proving import Attempt, Proving
from ledger.services.statuses import Statuses
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.state_trie import AccountProof
from ledger.verification.state_evidence import prove
from tests.cells import send
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import word
from tests.liars import LyingReader
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import open_index
from tests.operators import Operator, opaque, shown

from .operating import operator_on

WORDS = (address(word("key")[:20]), number(1), number(0), number(2**63))
DELEGATE = call("delegate(address,uint8,uint64,uint64)", *WORDS)


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=31_347) as running:
        yield running


@pytest.fixture
def operator(tmp_path: Path, node: AnvilNode) -> Iterator[Operator]:
    """An operator on a chain where the submitter, as an author, has delegated: histories exist."""
    with operator_on("anvil", tmp_path, node) as found:
        submitter = found.chain.submitter
        send(found.chain, found.contracts.keys, DELEGATE)
        assert found.chain.storage(found.contracts.keys, history_slot(submitter), "latest")
        yield found


@dataclass(slots=True)
class Hand:
    """A clock that a hand moves."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Forgetful(LyingReader):
    """Counts the proofs that it is asked for, and gives none while `gone` holds anything."""

    gone: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        self.asked.append(len(slots))
        if "away" in self.gone:
            raise ChainUnreachable("expected an answer, got a closed door")
        return None if self.gone else self.node.state_proof(address, slots, number)


def forgetful(operator: Operator) -> Forgetful:
    return Forgetful(operator.chain)


def keeping(operator: Operator, reader: ChainReader, clock: Hand | None = None) -> Keeping:
    known = KnownChain("court", reader, ClockRule(60, 15), "the node")
    return Keeping(operator.queue, Proving(known, operator.contracts), clock or Hand())


def handed_out(operator: Operator, claims: Sequence[SignedClaim]) -> list[Receipt]:
    """Return the claims' receipts with what is kept; whatever is handed out holds."""
    found = with_kept_evidence(operator.queue, operator.contracts, operator.receipts(claims))
    for receipt in found:
        if receipt.evidence is not None:
            assert Receipt.decode(receipt.encode()) == receipt
            proven = prove(receipt, operator.contracts, receipt.anchors[0].block_hash)
            assert proven is not None
            assert proven.trusted
    return found


def add(operator: Operator, *claims: SignedClaim) -> list[SignedClaim]:
    operator.queue.add([shown(claim) for claim in claims], None)
    return list(claims)


def test_evidence_outlives_the_state_of_its_block(operator: Operator) -> None:
    claims = add(operator, *(operator.claim(n, f"author {n % 3}") for n in range(7)))
    operator.queue.add([opaque(0)], None)
    operator.anchoring().run()
    reader = forgetful(operator)
    keeps = keeping(operator, reader)
    assert keeps.run(20.0) == 3  # an author each: the others' receipts share theirs
    assert reader.asked == [2, 3]
    reader.gone.append("for good")
    receipts = handed_out(operator, claims)
    assert all(receipt.evidence is not None for receipt in receipts)
    # who proves receipts takes it from the queue, and asks no node
    known = KnownChain("court", reader, ClockRule(60, 15), "the node")
    proving = Proving(known, operator.contracts, operator.queue)
    plain = operator.receipts(claims)
    assert proving.attach(plain) == [Attempt(receipt) for receipt in receipts]
    assert reader.asked == [2, 3]
    (bare,) = replace(proving, queue=None).attach(plain[:1])
    assert bare.why is not None
    assert "can't prove the state" in bare.why
    assert keeps.run(20.0) == 0
    assert handed_out(operator, claims) == receipts


def test_many_authors_are_asked_for_some_at_a_time_up_to_a_limit(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_module, "AT_ONCE", 3)
    monkeypatch.setattr(keeping_module, "MOST_AUTHORS", 8)
    claims = add(operator, *(operator.claim(n, f"author {n}") for n in range(10)))
    operator.anchoring().run()
    reader = forgetful(operator)
    keeps = keeping(operator, reader)
    assert keeps.run(0.0) == 0
    assert keeps.run(20.0) == 8
    assert reader.asked == [2, 3] * 2 + [2, 2]
    assert [one.evidence is not None for one in handed_out(operator, claims)] == (
        [True] * 8 + [False] * 2
    )
    assert keeps.run(20.0) == 0


def test_a_claim_that_is_opened_later_gets_evidence_while_the_node_has_the_state(
    operator: Operator,
) -> None:
    late, blank = operator.claim("late", "bob"), opaque(1)
    operator.queue.add([Disclosed(shown(late).leaf_hash), blank], None)
    operator.anchoring().run()
    reader = forgetful(operator)
    keeps = keeping(operator, reader)
    assert (keeps.run(20.0), reader.asked) == (0, [])  # nobody's claim is known
    operator.queue.owe_disclosure(0, late)
    assert keeps.run(20.0) == 1
    (receipt,) = handed_out(operator, [late])
    assert receipt.evidence is not None
    assert keeps.run(20.0) == 0


def test_claims_of_another_home_chain_share_evidence_without_keys(operator: Operator) -> None:
    foreign = claim_of("carol", word("work"), home=Home(999_999, operator.contracts.keys))
    other = claim_of("dora", word("work 2"), home=replace(operator.home, contract=bytes(20)))
    add(operator, foreign, other)
    operator.anchoring().run()
    reader = forgetful(operator)
    assert keeping(operator, reader).run(20.0) == 1
    first, second = handed_out(operator, [foreign, other])
    assert first.evidence is not None
    assert (first.evidence.keys, first.evidence.history) == ((), ())
    assert second.evidence is None
    # beside one at home
    both = add(operator, operator.claim("home"), replace(foreign))
    another = claim_of("carol", word("work 3"), home=Home(999_999, operator.contracts.keys))
    add(operator, another)
    operator.anchoring().run()
    assert keeping(operator, reader).run(20.0) == 1
    assert all(one.evidence for one in handed_out(operator, [both[0], foreign, another]))


def test_a_batch_that_moves_to_another_block_is_asked_for_again(
    operator: Operator, node: AnvilNode
) -> None:
    claims = operator.add("lantern")
    operator.anchoring().run()
    reader = forgetful(operator)
    keeps = keeping(operator, reader)
    assert keeps.run(20.0) == 1
    (before,) = handed_out(operator, claims)
    (batch,) = operator.queue.batches([Stage.INCLUDED])
    assert batch.signed is not None
    node.mine(2)
    node.ask("anvil_reorg", 3, [[f"0x{batch.signed.hex()}", 2]])
    operator.anchoring().run()
    assert handed_out(operator, claims)[0].evidence is None  # not what was of another block
    assert keeps.run(20.0) == 1
    (after,) = handed_out(operator, claims)
    assert before.evidence is not None
    assert after.evidence is not None
    assert before.evidence.header != after.evidence.header
    assert before.anchors != after.anchors


@pytest.mark.parametrize("fault", ["no eth_getProof", "away"])
def test_a_node_that_gives_none_is_left_alone_longer_each_time_and_at_last_for_good(
    operator: Operator, fault: str
) -> None:
    claims = operator.add("lantern")
    operator.anchoring().run()
    reader, clock = forgetful(operator), Hand()
    reader.gone.append(fault)
    keeps = keeping(operator, reader, clock)
    waits = []
    for turn in range(1, MOST_TRIES + 1):
        assert keeps.run(20.0) == 0
        assert keeps.run(20.0) == 0
        assert len(reader.asked) == turn
        waits.append(0)
        while turn < MOST_TRIES and operator.queue.evidence().due(clock.now().timestamp()) is None:
            clock.sleep(15)
            waits[-1] += 15
    assert waits == [15, 30, 60, 120, 240, 480, 960, 0]
    clock.sleep(1e8)
    assert keeps.run(20.0) == 0
    assert len(reader.asked) == MOST_TRIES
    assert handed_out(operator, claims) == operator.receipts(claims)


def test_a_node_that_comes_back_in_time_is_asked_again(operator: Operator) -> None:
    claims = operator.add("lantern")
    operator.anchoring().run()
    reader, clock = forgetful(operator), Hand()
    reader.gone.append("away")
    keeps = keeping(operator, reader, clock)
    assert keeps.run(20.0) == 0
    reader.gone.clear()
    clock.sleep(15)
    assert keeps.run(20.0) == 1
    assert handed_out(operator, claims)[0].evidence is not None


def test_what_is_damaged_in_the_queue_is_not_handed_out(operator: Operator) -> None:
    claims = operator.add("lantern")
    operator.anchoring().run()
    assert keeping(operator, operator.chain).run(20.0) == 1
    evidence = operator.queue.evidence()
    (batch,) = operator.queue.batches([Stage.INCLUDED])
    author = claims[0].claim.author
    good = evidence.of(batch, [author])
    assert good.shared is not None
    for shared in (replace(good.shared, before=word("x")), replace(good.shared, header=b"\xc0")):
        due = replace(_due(operator), shared=None)
        evidence.keep(due, BatchEvidence(shared))
        assert handed_out(operator, claims)[0].evidence is None
    evidence.keep(_due(operator), BatchEvidence(good.shared))
    assert handed_out(operator, claims)[0].evidence is not None
    # receipts of another home's ledger, or of no batch, stay as they are
    (receipt,) = operator.receipts(claims)
    assert receipt.inclusion is not None
    strange = replace(receipt, anchors=(replace(receipt.anchors[0], transaction=word("x")),))
    pending = Receipt(claims[0])
    both = [strange, pending]
    assert with_kept_evidence(operator.queue, operator.contracts, both) == both


def _due(operator: Operator) -> DueEvidence:
    (batch,) = operator.queue.batches([Stage.INCLUDED])
    return DueEvidence(batch)


def test_the_status_of_a_leaf_has_evidence_once_its_claim_is_public(
    operator: Operator, node: AnvilNode, tmp_path: Path
) -> None:
    (claim,) = operator.add("lantern")
    operator.queue.add([opaque(2)], None)
    operator.anchoring().run()
    assert keeping(operator, operator.chain).run(20.0) == 1
    leaf, closed = shown(claim).leaf_hash, opaque(2).leaf_hash
    with open_index(tmp_path / "index.db") as index, JsonRpcReader(node.url) as reader:
        statuses = Statuses(operator.queue, index, reader, operator.contracts)
        assert statuses.of(leaf).evidence is None
        node.mine(70)
        operator.anchoring().run()
        assert statuses.of(leaf).evidence == handed_out(operator, [claim])[0].evidence
        assert statuses.of(leaf).evidence is not None
        assert statuses.of(closed).evidence is None
        assert Statuses(operator.queue, index, reader).of(leaf).evidence is None
