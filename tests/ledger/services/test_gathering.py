"""Gathering over real chains: what is asked, of whom, and what a lying node can't make of it."""

from dataclasses import replace

from ledger.adapters.index import SqlIndex
from ledger.chain import Log
from ledger.contract import ANCHORED, root_slot
from ledger.errors import ChainUnreachable
from ledger.services.gathering import Gathering
from ledger.verification.availability import THIS_COMPUTER, Availability
from ledger.verification.evidence import Sighting, Unasked
from tests.ledger.factories import word
from tests.liars import LyingReader
from tests.worlds import RULE, World, hidden


def test_an_anchor_is_seen_with_heads_event_and_code(any_world: World) -> None:
    world = any_world
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    (seen,) = world.gathering().sightings(receipt)
    assert isinstance(seen, Sighting)
    assert seen.stands
    assert seen.event is not None
    assert receipt.inclusion is not None
    assert seen.event.checkpoint == receipt.inclusion.checkpoint
    assert (seen.rule, seen.node, seen.chain) == (RULE, "a node", world.identity)
    assert seen.code_hash == world.contracts.ledgers_code
    assert seen.heads.latest == world.head.number
    assert world.gathering().sightings(replace(receipt, inclusion=None, anchors=())) == ()


def test_what_is_not_of_the_settings_is_not_asked(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    anchor = receipt.anchors[0]
    for other, why in (
        (replace(anchor, chain_id=5), "chain 5 is not in your settings"),
        (replace(anchor, genesis=b"\1" * 32), "another genesis"),
        (replace(anchor, contract=world.contracts.keys), "not one of your settings"),
        (replace(anchor, contract=b"\1" * 20), "not one of your settings"),
    ):
        (seen,) = world.gathering().sightings(replace(receipt, anchors=(other,)))
        assert isinstance(seen, Unasked)
        assert why in seen.why


def test_a_node_of_another_chain_or_that_is_down_is_not_believed(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)

    class Down(LyingReader):
        def block(self, *_: object) -> None:
            raise ChainUnreachable("no answer")

    chain_id = world.identity.chain_id
    for known in (
        replace(world.known(), genesis=b"\1" * 32),
        replace(world.known(), chain_id=7),
        world.known(Down(world.reader)),
    ):
        gathering = Gathering({chain_id: known}, world.contracts)
        (seen,) = gathering.sightings(receipt)
        assert isinstance(seen, Unasked)
        assert seen.why.startswith("here could not be asked: ")
        assert gathering.keys(claim, ()) is None
        assert gathering.around(claim.claim.work, chain_id) is None


def test_a_log_left_out_makes_no_true_receipt_false(any_world: World) -> None:
    world = any_world
    ours, claim = world.ledger(), world.claim()
    anchor = ours.anchor(claim)
    liar = LyingReader(world.reader, hides=lambda log: log.topics[0] == ANCHORED)
    (seen,) = world.gathering(reader=liar).sightings(ours.receipt(claim))
    assert isinstance(seen, Unasked)
    assert f"shows no such anchor in block {anchor.block_number}" in seen.why


def test_an_anchor_made_up_makes_no_false_receipt_true(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(hidden(world.claim("bob")))
    forged = world.ledger("forged")
    forged.leaves = [hidden(claim)]
    forged.sizes, forged.anchors = [1], ours.anchors
    receipt = forged.receipt(claim)
    assert receipt.inclusion is not None
    root = receipt.inclusion.checkpoint.root
    (honest,) = world.gathering().sightings(receipt)
    assert isinstance(honest, Sighting)
    assert honest.event is not None
    assert honest.event.checkpoint != receipt.inclusion.checkpoint

    def shows(log: Log) -> Log:
        topics = (ANCHORED, forged.id, log.topics[2])
        return replace(log, topics=topics, data=root + log.data[32:])

    (seen,) = world.gathering(reader=LyingReader(world.reader, shows=shows)).sightings(receipt)
    assert isinstance(seen, Unasked)
    assert "that the contract does not hold" in seen.why


def test_a_place_in_the_block_that_holds_no_anchor_is_a_contradiction(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    anchor = receipt.anchors[0]
    for other in (replace(anchor, log_index=7), replace(anchor, transaction=b"\1" * 32)):
        (seen,) = world.gathering().sightings(replace(receipt, anchors=(other,)))
        assert isinstance(seen, Sighting)
        assert seen.event is None


def test_a_block_that_is_not_there_yet_or_is_another_has_no_event(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    anchor = receipt.anchors[0]
    for other in (replace(anchor, block_number=10**6), replace(anchor, block_hash=b"\1" * 32)):
        (seen,) = world.gathering().sightings(replace(receipt, anchors=(other,)))
        assert isinstance(seen, Sighting)
        assert (seen.event, seen.stands) == (None, False)


def test_without_an_index_or_before_a_sync_nothing_is_around(world: World, index: SqlIndex) -> None:
    claim = world.claim()
    world.ledger().anchor(claim)
    assert world.gathering().around(claim.claim.work, None) is None
    assert list(world.gathering().receipts_on(claim.claim.work)) == []
    assert world.gathering(index).around(claim.claim.work, None) is None
    assert Gathering({}, world.contracts, index).around(claim.claim.work, None) is None
    world.syncing(index).run()
    assert world.gathering(index).around(claim.claim.work, 5) is None
    assert world.gathering(index).around(claim.claim.work, None) is not None


def test_a_manifest_is_retrievable_missing_or_not_asked_for(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim, publish=False)
    seen = world.gathering().sightings(ours.receipt(claim))
    assert world.gathering().availability(seen) == Availability(lacking=(THIS_COMPUTER,))
    ours.publish(0)
    assert world.gathering().availability(seen) == Availability(found=(THIS_COMPUTER,))
    assert world.gathering().availability(()) is None
    assert replace(world.gathering(), sources=()).availability(seen) is None


def test_a_manifest_that_has_no_cid_of_ours_is_with_nobody(world: World) -> None:
    ours, claim = world.ledger(), world.claim()
    ours.anchor(claim)
    (seen,) = world.gathering().sightings(ours.receipt(claim))
    assert isinstance(seen, Sighting)
    assert seen.event is not None
    odd = replace(seen, event=replace(seen.event, manifest=b"odd"))
    assert world.gathering().availability([odd]) == Availability(lacking=(THIS_COMPUTER,))


def test_the_receipts_on_a_work_come_by_the_time_of_their_blocks(
    world: World, index: SqlIndex
) -> None:
    work = word("shared")
    bare = replace(world.claim("carol", work), details=None)
    claims = [world.claim(name, work) for name in ("alice", "bob")]
    ours = world.ledger()
    for claim in (bare, *claims):
        ours.anchor(claim)
    world.syncing(index).run()
    receipts = list(world.gathering(index).receipts_on(work))
    assert [receipt.signed for receipt in receipts] == claims
    assert receipts == [ours.receipt(claim) for claim in claims]


def test_a_root_slot_is_where_the_contract_keeps_it(any_world: World) -> None:
    ours, claim = any_world.ledger(), any_world.claim()
    ours.anchor(claim)
    inclusion = ours.receipt(claim).inclusion
    assert inclusion is not None
    held = any_world.reader.storage(any_world.contracts.ledgers, root_slot(ours.id, 1), "latest")
    assert held == inclusion.checkpoint.root
