"""Offline, by a block hash that one trusts: state proofs of a real node, and forged ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.anchor import ClockRule
from ledger.library import verify
from ledger.receipt import Receipt, StateProof
from ledger.report import Check, Report
from ledger.services.verifying import Question, Verifying
from tests.ledger.factories import word
from tests.nodes import AnvilNode, anvil
from tests.open_worlds import node_world
from tests.state_proofs import with_evidence
from tests.worlds import World, hidden

WORK = b"a work that a court looks at"


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=4242) as running:
        yield running


@pytest.fixture(scope="module")
def world(node: AnvilNode) -> Iterator[World]:
    with node_world(node) as opened:
        yield opened


@pytest.fixture(scope="module")
def receipt(node: AnvilNode, world: World) -> Receipt:
    """A claim among others, with the evidence of its block."""
    world.delegate("somebody else", b"\1" * 20)  # so that a trie shows that the author did not
    ours, claim = world.ledger(), world.claim(work=word(WORK), salt="proven")
    for salt in range(3):
        ours.anchor(hidden(world.claim(salt=salt)))
    ours.anchor(hidden(world.claim(salt=8)), claim, hidden(world.claim(salt=9)))
    return with_evidence(world, ours.receipt(claim))


def offline(world: World, receipt: Receipt, trusted: bytes | None = None) -> Report:
    rules = {(world.identity.chain_id, world.identity.genesis): ClockRule(60, 15)}
    block = receipt.anchors[0].block_hash if trusted is None else trusted
    question = Question(receipt=receipt.encode(), offline=True, trusted_block=block)
    return Verifying(world.contracts, rules=rules).answer(question)


def test_a_state_proof_of_a_trusted_block_is_verified_offline(
    world: World, receipt: Receipt, tmp_path: Path
) -> None:
    report = offline(world, receipt)
    assert (int(report.verdict), report.summary) == (0, report.summary)
    assert report.existed_by is not None
    assert report.existed_by.interval is not None
    assert "you trust" in str(report.trust.node)
    # and through the library, in a home that has the chain in its settings and saw nothing
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        '[chains.court]\nrpc = "http://127.0.0.1:9"\nchain_id = 4242\n'
        f'genesis = "0x{world.identity.genesis.hex()}"\n'
    )
    path = tmp_path / "work.seal.json"
    path.write_bytes(receipt.encode())
    trusted = receipt.anchors[0].block_hash
    assert verify(path, home=home, offline=True, trusted_block=trusted).verdict == 0
    assert verify(path, home=home, offline=True).verdict == 8
    assert verify(path, home=tmp_path / "fresh", offline=True, trusted_block=trusted).verdict == 8
    print(report.summary, report.finding(Check.FINALITY))


def test_without_a_trusted_block_or_with_another_it_is_unknown(
    world: World, receipt: Receipt
) -> None:
    report = offline(world, receipt, trusted=word("another block"))
    assert report.verdict == 8
    bare = replace(receipt, evidence=None)
    assert offline(world, bare).verdict == 8


def test_a_chain_that_is_not_in_the_settings_is_unknown(world: World, receipt: Receipt) -> None:
    anchor = receipt.anchors[0]
    for other in (replace(anchor, genesis=word("another")),):
        report = offline(world, replace(receipt, anchors=(other,)))
        assert report.verdict == 8
        finality = report.finding(Check.FINALITY)
        assert finality is not None
        assert finality.outcome == "unknown"
        assert "is in your settings" in finality.message


def parts(proof: StateProof) -> Iterator[tuple[str, StateProof]]:
    """Yield the proof with each byte of its header and nodes flipped in turn."""
    for at in range(len(proof.header)):
        yield f"header byte {at}", replace(proof, header=_flipped(proof.header, at))
    for name in ("ledgers", "root", "accumulator", "keys", "history"):
        nodes: tuple[bytes, ...] = getattr(proof, name)
        for place, node in enumerate(nodes):
            for at in range(len(node)):
                changed = (*nodes[:place], _flipped(node, at), *nodes[place + 1 :])
                yield f"{name}[{place}] byte {at}", replace(proof, **{name: changed})  # type: ignore[arg-type]


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]


def test_every_flipped_byte_of_header_or_proof_is_refused(world: World, receipt: Receipt) -> None:
    proof = receipt.evidence
    assert proof is not None
    count = 0
    for what, forged in parts(proof):
        report = offline(world, replace(receipt, evidence=forged))
        assert report.verdict == 1, what
        count += 1
    print(f"{count} flipped bytes, all refused")
    assert count > 1_000


def test_nodes_left_out_doubled_or_of_another_claim_are_refused(
    node: AnvilNode, world: World, receipt: Receipt
) -> None:
    proof = receipt.evidence
    assert proof is not None
    ours, claim = world.ledger("another"), world.claim("bob")
    ours.anchor(claim)
    other = with_evidence(world, ours.receipt(claim)).evidence
    assert other is not None
    forged = [other, replace(other, header=proof.header), replace(proof, keys=(), history=())]
    for name in ("ledgers", "root", "accumulator", "keys"):
        nodes = getattr(proof, name)
        forged += [
            replace(proof, **{name: changed})  # type: ignore[arg-type]
            for changed in (nodes[:-1], (*nodes, nodes[-1]), getattr(other, name), ())
            if changed != nodes
        ]
    for one in forged:
        assert offline(world, replace(receipt, evidence=one)).verdict == 1


def test_other_code_at_the_contract_is_refused(world: World, receipt: Receipt) -> None:
    question = Question(
        receipt=receipt.encode(), offline=True, trusted_block=receipt.anchors[0].block_hash
    )
    rules = {(world.identity.chain_id, world.identity.genesis): ClockRule(60, 15)}
    for contracts in (
        replace(world.contracts, ledgers_code=word("another")),
        replace(world.contracts, keys_code=word("another")),
    ):
        assert Verifying(contracts, rules=rules).answer(question).verdict == 1
    elsewhere = replace(world.contracts, ledgers=b"\5" * 20)
    assert Verifying(elsewhere, rules=rules).answer(question).verdict == 8


def test_an_author_with_any_key_event_is_unknown_offline(node: AnvilNode, world: World) -> None:
    world.delegate("dora", b"\1" * 20)
    ours, claim = world.ledger("dora's"), world.claim("dora")
    ours.anchor(claim)
    receipt = with_evidence(world, ours.receipt(claim))
    report = offline(world, receipt)
    assert report.verdict == 8
    key = report.finding(Check.KEY)
    assert key is not None
    assert key.outcome == "unknown"
    # and of an author without any, the same trie shows that there are none
    claim = world.claim("erin")
    ours.anchor(claim)
    assert offline(world, with_evidence(world, ours.receipt(claim))).verdict == 0


def test_online_the_evidence_is_checked_as_well(world: World, receipt: Receipt) -> None:
    proof = receipt.evidence
    assert proof is not None
    assert world.verify(receipt).verdict in (0, 3)
    forged = replace(receipt, evidence=replace(proof, header=_flipped(proof.header, 40)))
    assert world.verify(forged).verdict == 1
