from pathlib import Path

import pytest

from ledger.adapters.queue import SqlQueue
from ledger.anchor import Anchor
from ledger.batch import Batch, Stage
from ledger.errors import InvalidClaim, InvalidSignature, NotFinal, NotFound
from ledger.leaf import Disclosed, Leaf
from ledger.services.disclosing import Disclosing
from ledger.services.statuses import finality_of
from ledger.signed import SignedClaim
from tests.ledger.factories import (
    LEDGER,
    anchored,
    author_key,
    checkpoint,
    opaque,
    signed_claim,
    word,
)
from tests.worlds import World

MANIFEST = bytes.fromhex("01551220") + word("manifest")


@pytest.fixture
def queue(tmp_path: Path) -> SqlQueue:
    return SqlQueue(tmp_path / "queue.db", LEDGER)


@pytest.fixture
def disclosing(queue: SqlQueue, world: World) -> Disclosing:
    return Disclosing(queue, world.chain, lambda _: None, lambda count: word("blank")[:count])


def batched(queue: SqlQueue, stage: Stage, start: int = 0) -> None:
    """See all leaves into one batch, and on to that stage."""
    leaves = list(queue.leaves(0, queue.size()))
    at = checkpoint(leaves)
    queue.prepare(Batch(start, at, MANIFEST), b"", [i for i, _ in queue.owed_disclosures()])
    batch = Batch(start, at, MANIFEST, stage, word("transaction"), b"x", anchored(at, 1).anchor)
    if stage is Stage.PUBLISHED:
        queue.advance(Batch(start, at, MANIFEST, Stage.FINAL, None, b"x", anchored(at, 1).anchor))
    if stage is not Stage.PREPARED:
        queue.advance(batch)


def committed(queue: SqlQueue, *claims: SignedClaim) -> None:
    queue.add([opaque(signed) for signed in claims], None)


@pytest.mark.parametrize("stage", [Stage.FINAL, Stage.PUBLISHED])
def test_a_final_claim_is_owed_to_the_next_manifest(
    disclosing: Disclosing, queue: SqlQueue, stage: Stage
) -> None:
    signed = signed_claim("lantern")
    committed(queue, signed)
    batched(queue, stage)
    assert disclosing.disclose([signed]) == [0]
    owed = [(0, Disclosed(Leaf.of(signed).hash, signed))]
    assert list(queue.owed_disclosures()) == owed
    assert disclosing.disclose([signed]) == [0]  # again is the same
    assert list(queue.owed_disclosures()) == owed


@pytest.mark.parametrize("stage", [None, Stage.PREPARED, Stage.SENT, Stage.INCLUDED])
def test_a_claim_that_is_not_final_is_kept_closed(
    disclosing: Disclosing, queue: SqlQueue, stage: Stage | None
) -> None:
    signed = signed_claim("lantern")
    committed(queue, signed)
    if stage is not None:
        batched(queue, stage)  # in a block that the chain does not hold
    with pytest.raises(NotFinal, match="commit before you show"):
        disclosing.disclose([signed])
    assert queue.leaves(0, 1) == [opaque(signed)]


def test_a_claim_of_another_ledger_is_not_found(disclosing: Disclosing) -> None:
    with pytest.raises(NotFound):
        disclosing.disclose([signed_claim("lantern")])


def test_a_claim_without_details_is_refused(disclosing: Disclosing) -> None:
    signed = signed_claim("lantern")
    bare = SignedClaim(signed.home, signed.claim, signed.signature)
    with pytest.raises(InvalidClaim, match="with its details"):
        disclosing.hand_over([bare])


def test_a_claim_that_the_home_chain_says_a_stranger_signed_is_refused(
    queue: SqlQueue, world: World
) -> None:
    gathering = world.gathering()
    disclosing = Disclosing(queue, world.chain, lambda one: gathering.keys(one, ()), word)
    forged = world.claim("alice", signer=author_key("mallory"))
    with pytest.raises(InvalidSignature):
        disclosing.hand_over([forged])
    assert queue.size() == 0


def test_a_blank_leaf_is_added_only_where_disclosures_wait_and_no_leaf_does(
    disclosing: Disclosing, queue: SqlQueue
) -> None:
    signed = signed_claim("lantern")
    assert not disclosing.carry()  # an empty ledger
    committed(queue, signed)
    assert not disclosing.carry()  # a leaf waits
    batched(queue, Stage.PREPARED)
    assert not disclosing.carry()  # a batch is under way
    queue.advance(
        Batch(0, checkpoint([opaque(signed)]), MANIFEST, Stage.FINAL, anchor=_anchor(signed))
    )
    assert not disclosing.carry()  # nothing is owed
    disclosing.disclose([signed])
    assert disclosing.carry()
    assert queue.leaves(1, 2) == [Disclosed(word("blank"))]
    assert not disclosing.carry()  # the blank leaf waits, and will carry it


def test_an_anchor_that_the_chain_does_not_hold_is_reorganised(world: World) -> None:
    assert finality_of(world.chain, _anchor(signed_claim("lantern"))) == "reorganised"


def _anchor(signed: SignedClaim) -> Anchor:
    return anchored(checkpoint([opaque(signed)]), 1).anchor
