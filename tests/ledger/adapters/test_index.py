"""One suite for the index over every database."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from ledger import merkle
from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, ChainIdentity
from ledger.errors import Conflict, InvalidChainAnswer, InvalidManifest, NotFound
from ledger.key import Delegated, Place, Revoked
from ledger.leaf import Disclosed, Leaf, Signed
from ledger.placed import AnchoredBatch, Changes, Counts
from ledger.signing import Home
from ledger.tree import Frontier, Tree
from tests.ledger.factories import (
    CHAIN,
    GENESIS_TIME,
    HOME,
    LEDGER,
    anchored,
    block_hash,
    checkpoint,
    disclosed,
    opaque,
    signed_claim,
    signed_process_checkpoint,
    word,
)

from .histories import bare

OTHER = word("another ledger")
WORK = word("a work that many claim")


@pytest.fixture
def index(engine: Engine) -> SqlIndex:
    return SqlIndex(engine)


def block(number: int, chain: ChainIdentity = CHAIN) -> BlockRef:
    parent = block_hash(number - 1, chain)
    return BlockRef(number, block_hash(number, chain), parent, GENESIS_TIME + 12 * number)


def batch(
    held: list[Disclosed],
    start: int,
    at: int,
    ledger: bytes = LEDGER,
    chain: ChainIdentity = CHAIN,
    disclosures: tuple[tuple[int, Disclosed], ...] = (),
) -> AnchoredBatch:
    hashes = [leaf.leaf_hash for leaf in held[:start]]
    return AnchoredBatch(
        start=start,
        anchored=anchored(checkpoint(held, ledger), at, chain=chain),
        leaves=tuple(held[start:]),
        frontier=Frontier().append(hashes).hashes,
        disclosures=disclosures,
    )


def unseen(one: AnchoredBatch) -> AnchoredBatch:
    return replace(one, leaves=None, frontier=(), disclosures=())


def apply(index: SqlIndex, reached: int, *batches: AnchoredBatch) -> None:
    index.apply(CHAIN, Changes(batches), block(reached))


def test_an_empty_index_knows_nothing(index: SqlIndex) -> None:
    assert index.cursor(CHAIN) is None
    assert index.claim(word("claim")) is None
    assert index.claims_on(WORK, 10) == []
    assert index.process_checkpoints(WORK, 10) == []
    assert index.find_leaf(word("leaf")) is None
    assert index.ledgers(CHAIN) == []
    assert index.checkpoints(CHAIN, LEDGER) == []
    assert index.missing(CHAIN) == []
    assert index.block_hash(CHAIN, 1) is None
    assert index.key_events(HOME, bytes(20)) == []
    assert index.counts(CHAIN) == Counts(0, 0, 0, 0, 0)
    with pytest.raises(NotFound):
        index.nodes(CHAIN, LEDGER).get(0, 0)
    index.roll_back(CHAIN, None)


def test_a_batch_is_answered_from_every_side(index: SqlIndex) -> None:
    claim, steps = signed_claim(0, WORK), signed_process_checkpoint(1, word("log"))
    held = [disclosed(claim), disclosed(steps), opaque(signed_claim(2))]
    one = batch(held, 0, 5)
    apply(index, 9, one)
    assert index.cursor(CHAIN) == block(9)
    assert index.ledgers(CHAIN) == [LEDGER]
    assert index.checkpoints(CHAIN, LEDGER) == [one.anchored]
    assert (index.block_hash(CHAIN, 5), index.block_hash(CHAIN, 9)) == (block_hash(5), None)
    assert index.counts(CHAIN) == Counts(1, 3, 1, 1, 0)
    placed = index.claim(claim.id)
    assert placed is not None
    assert (placed.signed, placed.index, placed.anchored) == (claim, 0, one.anchored)
    assert placed.chain == CHAIN
    assert index.claims_on(WORK, 10) == [placed]
    assert index.claim(steps.id) is None
    (found,) = index.process_checkpoints(word("log"), 10)
    assert (found.signed, found.index, found.anchored) == (steps, 1, one.anchored)
    assert index.find_leaf(held[2].leaf_hash) == (CHAIN, 2, one.anchored)
    tree = Tree(3, index.nodes(CHAIN, LEDGER))
    hashes = [leaf.leaf_hash for leaf in held]
    assert tree.inclusion_proof(2) == merkle.inclusion_proof(hashes, 2, 3)


def test_claims_on_a_work_come_by_chain_block_and_index_the_first_on_each(index: SqlIndex) -> None:
    local = ChainIdentity(77, word("genesis"), local=True)
    signed = [signed_claim(seed, WORK) for seed in range(6)]
    later = [disclosed(signed[1]), disclosed(signed[0])]
    index.apply(local, Changes((batch([disclosed(signed[5])], 0, 1, LEDGER, local),)), block(1))
    apply(index, 4, batch([disclosed(signed[3])], 0, 3, OTHER), batch(later, 0, 4))
    assert [placed.signed for placed in index.claims_on(WORK, 10)] == [
        signed[3],
        signed[1],
        signed[0],
        signed[5],
    ]
    # so many on each chain: many on one hide none on another
    first = [placed.signed for placed in index.claims_on(WORK, 2)]
    assert first == [signed[3], signed[1], signed[5]]


def test_a_claim_counts_once_where_it_comes_first_on_a_chain(index: SqlIndex) -> None:
    signed = signed_claim(0, WORK)
    copies = [disclosed(signed), disclosed(signed_claim(1)), disclosed(signed)]
    apply(index, 4, batch(copies, 0, 4))
    apply(index, 5, batch([disclosed(signed)], 0, 5, OTHER))
    assert [(p.index, p.anchored.checkpoint.ledger) for p in index.claims_on(WORK, 9)] == [
        (0, LEDGER)
    ]
    assert index.counts(CHAIN) == Counts(2, 4, 2, 0, 0)
    index.roll_back(CHAIN, block(3))
    assert index.claim(signed.id) is None


def test_the_first_place_moves_when_an_earlier_leaf_is_disclosed_and_back(index: SqlIndex) -> None:
    signed = signed_claim(0, WORK)
    held = [opaque(signed), disclosed(signed_claim(1))]
    first = batch(held[:1], 0, 2)
    apply(index, 3, first, batch([disclosed(signed)], 0, 3, OTHER))
    placed = index.claim(signed.id)
    assert placed is not None
    assert placed.anchored.checkpoint.ledger == OTHER
    apply(index, 6, batch(held, 1, 6, disclosures=((0, disclosed(signed)),)))
    placed = index.claim(signed.id)
    assert placed is not None
    assert (placed.index, placed.anchored) == (0, first.anchored)  # priority is the commitment's
    assert index.counts(CHAIN) == Counts(2, 3, 2, 0, 0)
    index.roll_back(CHAIN, block(5))
    placed = index.claim(signed.id)
    assert placed is not None
    assert placed.anchored.checkpoint.ledger == OTHER
    assert index.counts(CHAIN) == Counts(2, 2, 1, 1, 0)


def test_a_claim_on_two_chains_is_on_both_and_the_public_one_answers(index: SqlIndex) -> None:
    local = ChainIdentity(77, word("genesis"), local=True)
    one = [disclosed(signed_claim(0, WORK))]
    index.apply(local, Changes((batch(one, 0, 1, LEDGER, local),)), block(1))
    apply(index, 8, batch(one, 0, 8))
    assert [placed.chain for placed in index.claims_on(WORK, 9)] == [CHAIN, local]
    placed = index.claim(signed_claim(0, WORK).id)
    assert placed is not None
    assert placed.chain == CHAIN


def test_details_that_come_later_are_taken_and_leave_with_their_batch(index: SqlIndex) -> None:
    signed: Signed = signed_claim(0, WORK)
    held = [disclosed(bare(signed)), opaque(signed_claim(1))]
    apply(index, 2, batch(held[:1], 0, 2))
    apply(index, 3, batch(held, 1, 3, disclosures=((0, disclosed(signed)),)))
    assert [placed.signed for placed in index.claims_on(WORK, 9)] == [signed]
    index.roll_back(CHAIN, block(2))
    assert [placed.signed for placed in index.claims_on(WORK, 9)] == [bare(signed)]


def test_a_strangers_disclosure_is_ignored(index: SqlIndex) -> None:
    thief = disclosed(signed_claim("thief", WORK))
    held = [opaque(signed_claim(0, WORK)), opaque(signed_claim(1))]
    apply(index, 2, batch(held[:1], 0, 2))
    apply(index, 3, batch(held, 1, 3, disclosures=((0, thief), (1, thief), (9, thief))))
    assert index.claims_on(WORK, 9) == []
    assert index.counts(CHAIN) == Counts(1, 2, 0, 2, 0)


def test_trees_prove_past_a_missing_manifest_which_is_named_until_it_comes(
    index: SqlIndex,
) -> None:
    signed = [signed_claim(seed, WORK) for seed in range(12)]
    held: list[Disclosed] = [disclosed(one) for one in signed]
    held[4] = opaque(signed[4])
    hashes = [leaf.leaf_hash for leaf in held]
    lost = batch(held[:6], 3, 4)
    last = batch(held, 6, 5, disclosures=((4, disclosed(signed[4])), (5, held[11])))
    apply(index, 5, batch(held[:3], 0, 3), unseen(lost), last)
    assert index.missing(CHAIN) == [unseen(lost)]
    assert index.counts(CHAIN) == Counts(1, 12, 9, 3, 1)
    tree = Tree(12, index.nodes(CHAIN, LEDGER))
    assert tree.root() == merkle.root(hashes)
    for at in (6, 9, 11):
        assert tree.inclusion_proof(at) == merkle.inclusion_proof(hashes, at, 12)
    assert index.find_leaf(hashes[3]) is None
    apply(index, 5, lost)
    assert index.missing(CHAIN) == []
    assert index.counts(CHAIN) == Counts(1, 12, 12, 0, 0)
    assert [placed.signed for placed in index.claims_on(WORK, 99)] == signed
    assert index.claims_on(WORK, 99)[4].anchored == lost.anchored
    tree = Tree(12, index.nodes(CHAIN, LEDGER))
    assert [tree.inclusion_proof(at) for at in range(12)] == [
        merkle.inclusion_proof(hashes, at, 12) for at in range(12)
    ]


def test_what_is_here_already_is_passed_over(index: SqlIndex) -> None:
    event = Revoked(HOME, bytes(20), bytes(20), Place(2, 0, 5), word("history"))
    one = batch([disclosed(signed_claim(0))], 0, 2)
    for _ in range(2):
        index.apply(CHAIN, Changes((one, unseen(one)), (event, event)), block(3))
    index.apply(CHAIN, Changes((one,)), block(2))
    assert index.cursor(CHAIN) == block(3)
    assert index.key_events(HOME, bytes(20)) == [event]
    assert index.counts(CHAIN) == Counts(1, 1, 1, 0, 0)


def test_what_does_not_follow_is_refused_whole(index: SqlIndex) -> None:
    held = [disclosed(signed_claim(seed)) for seed in range(4)]
    one = batch(held[:2], 0, 2)
    apply(index, 2, one)
    good = batch(held[:3], 2, 3)
    elsewhere = replace(one.anchored.anchor, block_hash=word("fork"))
    wrong_root = replace(good.anchored, checkpoint=replace(good.anchored.checkpoint, root=OTHER))
    refused = [
        (Conflict, batch(held, 3, 3)),
        (Conflict, replace(one, anchored=replace(one.anchored, anchor=elsewhere))),
        (Conflict, batch(held[:1], 0, 2)),
        (InvalidManifest, replace(good, anchored=wrong_root)),
        (InvalidManifest, replace(good, leaves=())),
        (InvalidManifest, replace(good, start=3)),
        (InvalidManifest, replace(good, frontier=(*good.frontier, OTHER))),
        (InvalidChainAnswer, batch(held[:3], 2, 9)),
        (InvalidChainAnswer, batch(held[:3], 2, 3, chain=ChainIdentity(1, OTHER))),
    ]
    for error, bad in refused:
        with pytest.raises(error):
            apply(index, 3, batch(held, 0, 3, OTHER), bad)
        assert (index.cursor(CHAIN), index.ledgers(CHAIN)) == (block(2), [LEDGER])
    fork = replace(block(2), hash=word("fork"))
    with pytest.raises(Conflict, match="roll the index back"):
        index.apply(CHAIN, Changes(), fork)
    with pytest.raises(Conflict, match="the chain still has"):
        index.roll_back(CHAIN, fork)
    index.roll_back(CHAIN, block(7))
    assert index.cursor(CHAIN) == block(2)


def test_key_events_come_in_the_chains_order_and_go_with_their_blocks(index: SqlIndex) -> None:
    for_ever = 2**64 - 1
    first = Delegated(HOME, bytes(20), CHAIN.genesis[:20], 3, 0, for_ever, Place(2, 1, 9), OTHER)
    second = Revoked(HOME, bytes(20), CHAIN.genesis[:20], Place(2, 4, 9), LEDGER)
    third = replace(second, place=Place(3, 0, 10))
    stranger = replace(third, author=CHAIN.genesis[:20], place=Place(3, 1, 10))
    index.apply(CHAIN, Changes((), (stranger, third, second, first)), block(4))
    assert index.key_events(HOME, bytes(20)) == [first, second, third]
    assert index.key_events(Home(2, HOME.contract), bytes(20)) == []
    index.roll_back(CHAIN, block(2))
    assert index.key_events(HOME, bytes(20)) == [first, second]
    with pytest.raises(InvalidChainAnswer):
        index.apply(CHAIN, Changes((), (replace(first, home=Home(2, bytes(20))),)), block(4))


def test_one_leaf_hash_in_two_ledgers_is_found_where_it_came_first(index: SqlIndex) -> None:
    one = [opaque(signed_claim(0))]
    apply(index, 5, batch(one, 0, 4, OTHER), batch(one, 0, 5))
    found = index.find_leaf(Leaf.of(signed_claim(0)).hash)
    assert found is not None
    assert found[2].checkpoint.ledger == OTHER
