"""What a receipt's state proof shows, and whom it convinces."""

from dataclasses import replace

import pytest

from ledger.errors import InvalidStateProof
from ledger.receipt import Receipt
from ledger.signing import Home
from ledger.verification.state_evidence import prove
from tests.ledger.domain_factories import BLOCK, claim_of, receipt_of
from tests.ledger.factories import CHAIN, GENESIS_TIME, HOME, word
from tests.ledger.state_factories import CONTRACTS, MANIFEST, proved

RECEIPT = receipt_of(claim_of())
PROVED = proved(RECEIPT)
GOOD = PROVED.receipt
assert GOOD.evidence is not None
assert RECEIPT.inclusion is not None


def test_a_state_proof_shows_the_root_the_time_and_the_author_s_history() -> None:
    proven = prove(GOOD, CONTRACTS, PROVED.block_hash)
    assert proven is not None
    assert RECEIPT.inclusion is not None
    assert (proven.root, proven.history) == (RECEIPT.inclusion.checkpoint.root, bytes(32))
    assert (proven.block_hash, proven.block_number) == (PROVED.block_hash, BLOCK)
    assert proven.timestamp == GENESIS_TIME + 12 * BLOCK
    assert proven.manifest == MANIFEST
    told = proved(RECEIPT, history=word("some event"))
    proven = prove(told.receipt, CONTRACTS, None)
    assert proven is not None
    assert (proven.history, proven.trusted) == (word("some event"), False)


def test_a_receipt_without_evidence_shows_nothing() -> None:
    assert prove(RECEIPT, CONTRACTS, PROVED.block_hash) is None
    assert prove(Receipt(RECEIPT.signed), CONTRACTS, None) is None


def test_a_proof_is_trusted_for_a_trusted_block_our_contract_and_a_known_chain() -> None:
    here = (CHAIN.chain_id, CHAIN.genesis)
    for trusted, block, contracts, chains in (
        (True, PROVED.block_hash, CONTRACTS, None),
        (True, PROVED.block_hash, CONTRACTS, (here,)),
        (False, None, CONTRACTS, (here,)),
        (False, word("another block"), CONTRACTS, (here,)),
        (False, PROVED.block_hash, replace(CONTRACTS, ledgers=b"\5" * 20), (here,)),
        (False, PROVED.block_hash, CONTRACTS, ()),
        (False, PROVED.block_hash, CONTRACTS, ((CHAIN.chain_id, word("another genesis")),)),
    ):
        proven = prove(GOOD, contracts, block, chains)
        assert proven is not None
        assert proven.trusted is trusted


def test_another_contract_of_the_same_code_does_not_speak_for_the_author() -> None:
    # a thief of a revoked key deploys AuthorKeys again, where nothing was ever revoked
    proven = prove(GOOD, replace(CONTRACTS, keys=b"\5" * 20), PROVED.block_hash)
    assert proven is not None
    assert proven.history is None


def test_another_code_at_the_contract_proves_nothing() -> None:
    other = proved(RECEIPT, codes=(word("another"), CONTRACTS.keys_code)).receipt
    with pytest.raises(InvalidStateProof, match="Sealbook's own code"):
        prove(other, CONTRACTS, None)
    other = proved(RECEIPT, codes=(CONTRACTS.ledgers_code, word("another"))).receipt
    with pytest.raises(InvalidStateProof, match="Sealbook's own code"):
        prove(other, CONTRACTS, None)


def test_the_accumulator_binds_manifest_time_and_what_was_anchored_before() -> None:
    evidence = GOOD.evidence
    assert evidence is not None
    changed = [replace(evidence, before=word("another")), replace(evidence, manifest=b"another")]
    # the state of a later block, in which the ledger was anchored again, or once more at that time
    later = proved(RECEIPT, accumulator=word("later")).receipt
    for other in (*(replace(GOOD, evidence=one) for one in changed), later):
        with pytest.raises(InvalidStateProof, match="expected the accumulator of this anchor"):
            prove(other, CONTRACTS, PROVED.block_hash)


def test_the_header_is_of_the_anchor_s_block() -> None:
    anchor = GOOD.anchors[0]
    for other in (
        replace(anchor, block_hash=word("another")),
        replace(anchor, block_number=BLOCK + 1),
    ):
        with pytest.raises(InvalidStateProof, match="expected the header of the anchor's block"):
            prove(replace(GOOD, anchors=(other,)), CONTRACTS, None)


def test_the_author_s_keys_are_proven_just_where_the_home_chain_is_the_anchor_s() -> None:
    without = proved(RECEIPT, with_keys=False).receipt
    with pytest.raises(InvalidStateProof, match="just where the home chain"):
        prove(without, CONTRACTS, None)
    abroad = claim_of(home=Home(10, HOME.contract))
    with pytest.raises(InvalidStateProof, match="just where the home chain"):
        prove(proved(receipt_of(abroad)).receipt, CONTRACTS, None)
    proven = prove(proved(receipt_of(abroad), with_keys=False).receipt, CONTRACTS, None)
    assert proven is not None
    assert proven.history is None
    assert without.evidence is not None
    idle = replace(without.evidence, history=(b"\xc0",))
    with pytest.raises(InvalidStateProof, match="just where the home chain"):
        prove(replace(without, evidence=idle), CONTRACTS, None)
    other = proved(receipt_of(abroad), with_keys=False).receipt
    assert other.evidence is not None
    idle = replace(other.evidence, history=(b"\xc0",))
    with pytest.raises(InvalidStateProof, match="just where the home chain"):
        prove(replace(other, evidence=idle), CONTRACTS, None)


def test_a_proof_has_one_form_to_the_last_node() -> None:
    evidence = GOOD.evidence
    assert evidence is not None
    for name in ("ledgers", "root", "accumulator", "keys"):
        nodes = getattr(evidence, name)
        for changed in (nodes[:-1], (*nodes, nodes[-1]), nodes[::-1] if len(nodes) > 1 else ()):
            other = replace(GOOD, evidence=replace(evidence, **{name: changed}))  # type: ignore[arg-type]
            with pytest.raises(InvalidStateProof):
                prove(other, CONTRACTS, None)


def test_every_flipped_bit_of_a_state_proof_is_refused() -> None:
    evidence = GOOD.evidence
    assert evidence is not None
    for name in ("ledgers", "root", "accumulator", "keys"):
        nodes = getattr(evidence, name)
        for place, node in enumerate(nodes):
            for bit in range(0, 8 * len(node), 3):
                flipped = bytearray(node)
                flipped[bit // 8] ^= 1 << bit % 8
                changed = (*nodes[:place], bytes(flipped), *nodes[place + 1 :])
                other = replace(GOOD, evidence=replace(evidence, **{name: changed}))  # type: ignore[arg-type]
                with pytest.raises(InvalidStateProof):
                    prove(other, CONTRACTS, None)
