"""The receipt's one encoding, and the limits of every size in it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.anchor import MAX_MANIFEST_CID
from ledger.checkpoint import Checkpoint
from ledger.details import MAX_TEXT, CoAuthor, ContentId, Details, Fingerprint
from ledger.encoding import MAX_NUMBER, canonical
from ledger.errors import InvalidReceipt, LimitExceeded
from ledger.receipt import (
    MAX_ANCHORS,
    MAX_BYTES,
    MAX_HEADER,
    MAX_PROOF,
    MAX_PROOF_NODES,
    Inclusion,
    Receipt,
    StateProof,
)
from ledger.signed import MAX_SIGNATURE, SignedClaim, sign_claim
from ledger.state_trie import MAX_NODE
from tests.ledger.domain_factories import claim_of, details_said, receipt_of, words
from tests.ledger.factories import HOME, author_key
from tests.ledger.state_factories import proved
from tests.ledger.test_anchor import anchors
from tests.ledger.test_claim import claims

RECEIPT = receipt_of(claim_of())
PROVED = proved(RECEIPT).receipt
ANCHOR = RECEIPT.anchors[0]
nodes = st.lists(st.binary(min_size=1, max_size=MAX_NODE), max_size=4).map(tuple)
checkpoints = st.builds(Checkpoint, words, st.integers(1, MAX_NUMBER), words)


@st.composite
def signed_claims(draw: st.DrawFn) -> SignedClaim:
    details = draw(details_said)
    claim = replace(draw(claims), details=details.digest)
    return sign_claim(HOME, claim, author_key("alice"), details)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    signed = draw(signed_claims())
    if draw(st.booleans()):
        return Receipt(signed)
    checkpoint = draw(checkpoints)
    inclusion = Inclusion(
        draw(st.integers(0, checkpoint.size - 1)),
        checkpoint,
        tuple(draw(st.lists(words, max_size=MAX_PROOF))),
    )
    found = {(one.chain_id, one.genesis): one for one in draw(st.lists(anchors, max_size=4))}
    anchored = tuple(found[chain] for chain in sorted(found))
    header = st.binary(min_size=1, max_size=600)
    cid = st.binary(min_size=1, max_size=MAX_MANIFEST_CID)
    proofs = st.builds(StateProof, header, nodes, nodes, nodes, words, cid, nodes, nodes)
    return Receipt(signed, inclusion, anchored, draw(st.none() | proofs) if anchored else None)


@settings(max_examples=80, deadline=None)
@given(receipt=receipts())
def test_a_receipt_reads_back_as_it_was_written(receipt: Receipt) -> None:
    data = receipt.encode()
    assert Receipt.decode(data) == receipt
    assert Receipt.decode(data).encode() == data
    assert Receipt.from_json(json.loads(data)) == receipt


def test_a_receipt_in_other_bytes_is_no_receipt() -> None:
    data = RECEIPT.encode()
    for other in (
        data[:-1],
        data + b"\n",
        b"\xef\xbb\xbf" + data,
        data.replace(b",", b", ", 1),
        json.dumps(json.loads(data), indent=1).encode() + b"\n",
        b"",
        b"\n",
        b"[]\n",
    ):
        with pytest.raises(InvalidReceipt, match="not a receipt"):
            Receipt.decode(other)


def test_the_inclusion_proof_leads_to_the_root_of_the_checkpoint() -> None:
    inclusion = RECEIPT.inclusion
    assert inclusion is not None
    assert inclusion.proves(RECEIPT.leaf_hash)
    assert not inclusion.proves(receipt_of(claim_of("mallory")).leaf_hash)
    assert not replace(inclusion, index=inclusion.index + 1).proves(RECEIPT.leaf_hash)
    assert merkle.verify_inclusion(
        RECEIPT.leaf_hash, 2, 5, list(inclusion.proof), inclusion.checkpoint.root
    )


def test_a_pending_receipt_becomes_anchored_with_the_same_claim() -> None:
    pending = Receipt(RECEIPT.signed)
    assert pending.leaf_hash == RECEIPT.leaf_hash
    assert RECEIPT.inclusion is not None
    assert pending.anchored(RECEIPT.inclusion, ANCHOR) == RECEIPT


def chain(number: int, genesis: int = 0) -> Any:  # noqa: ANN401
    return replace(ANCHOR, chain_id=number, genesis=bytes((genesis,)) * 32)


@pytest.mark.parametrize(
    "change",
    [
        {"signed": replace(RECEIPT.signed, details=None)},
        {"inclusion": None},
        {"inclusion": None, "anchors": (), "evidence": PROVED.evidence},
        {"anchors": (), "evidence": PROVED.evidence},
        {"anchors": tuple(chain(number) for number in range(MAX_ANCHORS + 1))},
        {"anchors": (ANCHOR, ANCHOR)},
        {"anchors": (ANCHOR, replace(ANCHOR, block_number=7))},
        {"anchors": (chain(2), chain(1))},
        {"anchors": (chain(1, 1), chain(1, 0))},
    ],
)
def test_parts_that_do_not_make_a_receipt_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidReceipt, match="expected"):
        replace(RECEIPT, **change)


def test_anchors_of_several_chains_stand_in_their_order() -> None:
    several = replace(RECEIPT, anchors=(chain(1, 0), chain(1, 1), chain(2, 0)))
    assert Receipt.decode(several.encode()) == several


@pytest.mark.parametrize(
    "change",
    [
        {"index": 5},
        {"index": -1},
        {"proof": (bytes(32),) * (MAX_PROOF + 1)},
        {"proof": (bytes(31),)},
    ],
)
def test_an_inclusion_that_no_tree_has_is_refused(change: dict[str, Any]) -> None:
    assert RECEIPT.inclusion is not None
    with pytest.raises(InvalidReceipt, match="expected"):
        replace(RECEIPT.inclusion, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"header": b""},
        {"header": bytes(MAX_HEADER + 1)},
        {"ledgers": (b"",)},
        {"root": (bytes(MAX_NODE + 1),)},
        {"keys": (b"\0",) * (MAX_PROOF_NODES + 1)},
        {"history": (b"\0", b"")},
        {"accumulator": (b"",)},
        {"before": bytes(31)},
        {"manifest": b""},
        {"manifest": bytes(MAX_MANIFEST_CID + 1)},
    ],
)
def test_a_state_proof_over_its_limits_is_refused(change: dict[str, Any]) -> None:
    assert PROVED.evidence is not None
    with pytest.raises(InvalidReceipt, match="expected"):
        replace(PROVED.evidence, **change)


def largest() -> Receipt:
    """Return a receipt with as much in it as every limit allows."""
    details = Details(
        media_type="image/" + "x" * 64,
        size=MAX_NUMBER,
        content=ContentId("c" * 128, "p" * 128),
        fingerprints=(Fingerprint("a" * 128, "b" * MAX_TEXT),) * 8,
        title="\0" * (MAX_TEXT * 12 // 100),
        licence="l" * MAX_TEXT,
        ai_disclosure='"' * MAX_TEXT,
        co_authors=(CoAuthor(MAX_NUMBER, bytes(20)),) * 64,
    )
    claim = replace(RECEIPT.signed.claim, details=details.digest, statement='"' * 512)
    many = (bytes(MAX_NODE),) * MAX_PROOF_NODES
    return Receipt(
        SignedClaim(HOME, claim, bytes(MAX_SIGNATURE), details),
        Inclusion(0, Checkpoint(bytes(32), MAX_NUMBER, bytes(32)), (bytes(32),) * MAX_PROOF),
        tuple(
            replace(chain(MAX_NUMBER, number), block_number=MAX_NUMBER, log_index=MAX_NUMBER)
            for number in range(MAX_ANCHORS)
        ),
        StateProof(bytes(MAX_HEADER), *(many,) * 3, bytes(32), bytes(MAX_MANIFEST_CID), many, many),
    )


def test_the_largest_receipt_that_can_be_made_can_be_read() -> None:
    data = largest().encode()
    assert Receipt.decode(data) == largest()
    room = 64 * 1024 - len(largest().signed.details.encode())  # type: ignore[union-attr]
    assert room > 0
    print(f"the largest receipt: {len(data) + room} bytes of {MAX_BYTES}")
    assert MAX_BYTES > len(data) + room > MAX_BYTES / 2


def test_what_is_larger_is_refused_before_it_is_read() -> None:
    with pytest.raises(LimitExceeded, match=f"at most {MAX_BYTES} bytes"):
        Receipt.decode(b" " * (MAX_BYTES + 1))


def test_unknown_fields_are_refused_at_every_level() -> None:
    said = json.loads(PROVED.encode())
    for path in ((), ("signed",), ("signed", "claim"), ("inclusion",), ("evidence",)):
        changed = json.loads(PROVED.encode())
        inner = changed
        for key in path:
            inner = inner[key]
        inner["zone"] = 1
        with pytest.raises(InvalidReceipt, match="unknown field 'zone'"):
            Receipt.decode(canonical(changed) + b"\n")
    assert set(said) == {"anchors", "evidence", "inclusion", "signed", "version"}
