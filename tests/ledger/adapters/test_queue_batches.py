"""The queue's batches and disclosures, over every database."""

from dataclasses import replace

import pytest

from ledger import merkle
from ledger.batch import Stage
from ledger.checkpoint import Checkpoint
from ledger.errors import (
    Conflict,
    InvalidManifest,
    InvalidTree,
    NotFound,
)
from ledger.leaf import Leaf
from ledger.ports import Queue
from ledger.signed import SignedClaim
from ledger.tree import Tree
from tests.ledger.factories import (
    LEDGER,
    anchored,
    checkpoint,
    disclosed,
    opaque,
    signed_claim,
    signed_process_checkpoint,
    word,
)

from .queues import leaves, prepared, queue

__all__ = ["queue"]  # fixtures


def test_a_batch_keeps_manifest_and_nodes_that_prove(queue: Queue) -> None:
    given = leaves(0, 21)
    hashes = [leaf.leaf_hash for leaf in given]
    queue.add(given, None)
    for start, end in ((0, 5), (5, 6), (6, 21)):
        queue.prepare(prepared(given[:end], start), b"manifest %d" % end, [])
        assert queue.manifest(end) == b"manifest %d" % end
        tree = Tree(end, queue.nodes())
        assert tree.root() == merkle.root(hashes[:end])
        assert tree.consistency_proof(start) == merkle.consistency_proof(hashes, start, end)
        for index in range(end):
            assert tree.inclusion_proof(index) == merkle.inclusion_proof(hashes, index, end)
    assert [queue.batch_of(index) for index in (0, 4, 5, 6, 20)] == [
        prepared(given[:5]),
        prepared(given[:5]),
        prepared(given[:6], 5),
        prepared(given, 6),
        prepared(given, 6),
    ]
    assert queue.batch_of(21) is None
    assert queue.last_batch() == prepared(given, 6)
    assert queue.batches([Stage.PREPARED]) == [
        prepared(given[:5]),
        prepared(given[:6], 5),
        prepared(given, 6),
    ]
    with pytest.raises(NotFound):
        queue.manifest(7)
    with pytest.raises(NotFound):
        queue.nodes().get(0, 21)


def test_a_batch_that_does_not_follow_is_refused_and_changes_nothing(queue: Queue) -> None:
    given = leaves(0, 8)
    queue.add(given, None)
    queue.prepare(prepared(given[:4]), b"", [])
    stranger = Checkpoint(word("another ledger"), 8, checkpoint(given).root)
    for refused in (
        prepared(given[:4]),
        prepared(given[:6], 3),
        prepared(given[:6], 5),
        prepared([*given, *leaves(8, 9)], 4),
        replace(prepared(given, 4), stage=Stage.SENT),
        replace(prepared(given, 4), checkpoint=stranger),
    ):
        with pytest.raises(Conflict):
            queue.prepare(refused, b"", [])
    wrong = replace(prepared(given, 4), checkpoint=Checkpoint(LEDGER, 8, word("root")))
    with pytest.raises(InvalidTree):
        queue.prepare(wrong, b"", [])
    with pytest.raises(NotFound):
        queue.nodes().get(0, 4)
    queue.prepare(prepared(given, 4), b"", [])
    assert Tree(8, queue.nodes()).root() == checkpoint(given).root


def test_a_batch_goes_on_step_by_step_and_back_after_a_reorganisation(queue: Queue) -> None:
    given = leaves(0, 2)
    queue.add(given, None)
    batch = prepared(given)
    queue.prepare(batch, b"", [])
    sent = replace(batch, stage=Stage.SENT, transaction=word("hash"), signed=b"signed")
    anchor = anchored(batch.checkpoint, 7).anchor
    included = replace(sent, stage=Stage.INCLUDED, anchor=anchor)
    final = replace(included, stage=Stage.FINAL)
    published = replace(included, stage=Stage.PUBLISHED)
    resent = replace(sent, transaction=word("dearer"), signed=b"dearer")
    path = [sent, resent, included, batch, sent, included, final, sent, final, published, batch]
    for state in path:
        queue.advance(state)
        assert queue.last_batch() == state
        assert queue.batches([state.stage]) == [state]
        assert queue.batches([one for one in Stage if one is not state.stage]) == []


def test_a_move_that_is_not_legal_is_refused(queue: Queue) -> None:
    given = leaves(0, 2)
    queue.add(given, None)
    batch = prepared(given)
    queue.prepare(batch, b"", [])
    sent = replace(batch, stage=Stage.SENT, transaction=word("hash"), signed=b"signed")
    final = replace(sent, stage=Stage.FINAL, anchor=anchored(batch.checkpoint, 7).anchor)
    for refused in (
        replace(final, stage=Stage.PUBLISHED),
        replace(sent, signed=None),
        replace(final, anchor=None),
        replace(sent, manifest=b"another"),
        replace(sent, start=1),
    ):
        with pytest.raises(Conflict):
            queue.advance(refused)
    with pytest.raises(NotFound):
        queue.advance(replace(sent, checkpoint=checkpoint(given[:1])))
    queue.advance(final)
    with pytest.raises(Conflict, match="final"):
        queue.advance(replace(final, stage=Stage.INCLUDED))
    assert queue.last_batch() == final


def test_an_owed_disclosure_waits_for_the_batch_that_takes_it_along(queue: Queue) -> None:
    signed = [signed_claim(seed) for seed in range(3)]
    given = [opaque(one) for one in signed]
    queue.add(given, None)
    queue.prepare(prepared(given), b"", [])
    queue.owe_disclosure(2, signed[2])
    queue.add([disclosed(signed[0])], None)
    queue.owe_disclosure(0, signed[0])
    owed = [(0, disclosed(signed[0])), (2, disclosed(signed[2]))]
    assert queue.owed_disclosures() == owed
    more = leaves(3, 5)
    queue.add(more, None)
    with pytest.raises(Conflict, match="owed"):
        queue.prepare(prepared([*given, *more], 3), b"", [0, 1])
    queue.prepare(prepared([*given, *more[:1]], 3), b"", [2])
    assert queue.owed_disclosures() == owed[:1]
    queue.prepare(prepared([*given, *more], 4), b"", [0])
    assert queue.owed_disclosures() == []
    assert queue.leaves(0, 3) == [disclosed(signed[0]), given[1], disclosed(signed[2])]


def test_a_leaf_that_opens_before_its_batch_is_owed_once_it_is_in_one(queue: Queue) -> None:
    signed = signed_process_checkpoint(0)
    queue.add([opaque(signed)], None)
    read = queue.leaves(0, 1)
    queue.owe_disclosure(0, signed)
    assert queue.owed_disclosures() == []
    queue.prepare(prepared(read), b"", [])
    assert queue.owed_disclosures() == [(0, disclosed(signed))]


def test_a_disclosure_of_something_else_is_refused(queue: Queue) -> None:
    signed = signed_claim(0)
    rival = SignedClaim(signed.home, signed.claim, b"another signature", signed.details)
    queue.add([disclosed(signed), opaque(signed_claim(1)), opaque(rival)], None)
    with pytest.raises(InvalidManifest):
        queue.owe_disclosure(1, signed_claim(2))
    with pytest.raises(NotFound):
        queue.owe_disclosure(3, signed_claim(2))
    with pytest.raises(Conflict, match="one leaf a claim"):
        queue.owe_disclosure(2, rival)
    assert Leaf.of(rival).hash == queue.leaves(2, 3)[0].leaf_hash
