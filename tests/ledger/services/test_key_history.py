"""Authors' keys over real chains: judged at the anchor, with no event left out unseen."""

from dataclasses import replace

import pytest

from ledger.adapters.index import SqlIndex
from ledger.contract import KEY_TOPICS, history_slot
from ledger.errors import ChainUnreachable
from ledger.keccak import keccak256
from ledger.key import Revoked
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim
from tests.cells import deploy_code
from tests.ledger.factories import author_key
from tests.liars import LyingReader
from tests.worlds import World

ACCEPTS_ALL = bytes.fromhex("631626ba7e60e01b60005260206000f3")  # EIP-1271: always the magic


def test_keys_are_judged_as_of_the_block_before_the_anchor(any_world: World) -> None:
    world = any_world
    ours, claim = world.ledger(), world.claim()
    world.delegate("alice", b"\1" * 20)
    anchor = ours.anchor(claim)
    world.revoke("alice", b"\1" * 20)
    world.revoke("bob", b"\1" * 20)
    gathering = world.gathering()
    keys = gathering.keys(claim, gathering.sightings(ours.receipt(claim)))
    assert keys is not None
    assert len(keys.events) == 2
    assert keys.block == anchor.block_number - 1
    now = gathering.keys(claim, ())
    assert now is not None
    assert (now.block, now.time) == (world.head.number, world.head.timestamp)
    assert gathering.keys(replace(claim, home=replace(claim.home, chain_id=5)), ()) is None
    assert gathering.keys(replace(claim, home=replace(claim.home, contract=b"\1" * 20)), ()) is None


@pytest.mark.parametrize("synced", [False, True])
def test_a_key_event_left_out_is_found_by_the_history(
    any_world: World, index: SqlIndex, synced: bool
) -> None:
    world = any_world
    claim = world.claim()
    author = claim.claim.author
    for delegate in (b"\1" * 20, b"\2" * 20):
        world.delegate("alice", delegate)
    world.withdraw("alice", claim.id)
    if synced:
        world.syncing(index).run()
        world.revoke("alice", author)
    logs = world.reader.logs(world.contracts.keys, (KEY_TOPICS,), 0, world.head.number)
    for hidden_log in logs:
        liar = LyingReader(world.reader, hides=lambda log, one=hidden_log: log == one)  # type: ignore[misc]
        keys = world.gathering(index, liar).keys(claim, ())
        if synced and hidden_log.block_number < world.head.number:
            assert keys is not None  # the index has it: the node hides it in vain
        else:
            assert keys is None
    slot = history_slot(author)
    liar = LyingReader(
        world.reader, tells=lambda _, asked, held: keccak256(held) if asked == slot else held
    )
    assert world.gathering(index, liar).keys(claim, ()) is None
    keys = world.gathering(index).keys(claim, ())
    assert keys is not None
    assert len(keys.events) == len(logs)


def test_an_index_that_was_lied_to_about_keys_is_found_out(world: World, index: SqlIndex) -> None:
    claim = world.claim()
    world.revoke("alice", claim.claim.author)
    liar = LyingReader(world.reader, hides=lambda log: log.address == world.contracts.keys)
    world.syncing(index, liar).run()
    assert index.key_events(world.home, claim.claim.author) == []
    keys = world.gathering(index).keys(claim, ())
    assert keys is not None
    (event,) = keys.events
    assert isinstance(event, Revoked)


def test_other_code_in_place_of_the_author_keys_tells_nothing(world: World) -> None:
    class Other(LyingReader):
        def code(self, address: bytes) -> bytes:
            return b"\1" if address == world.contracts.keys else self.node.code(address)

    class Without(LyingReader):
        def code(self, address: bytes) -> bytes:
            return b"" if address == world.contracts.keys else self.node.code(address)

    claim = world.claim()
    assert world.gathering(reader=Other(world.reader)).keys(claim, ()) is None
    keys = world.gathering(reader=Without(world.reader)).keys(claim, ())
    assert keys is not None
    assert keys.events == ()


def test_a_contract_wallet_is_seen_and_not_yet_asked(any_world: World) -> None:
    world = any_world
    wallet = deploy_code(world.chain, ACCEPTS_ALL, 1)
    mine = world.claim()
    signed = SignedClaim(
        mine.home, replace(mine.claim, author=wallet), mine.signature, mine.details
    )
    keys = world.gathering().keys(signed, ())
    assert keys is not None
    assert (keys.has_code, keys.accepted) == (True, None)
    ours = world.ledger()
    ours.anchor(signed)
    report = world.verify(ours.receipt(signed))
    assert report.verdict == 8
    assert "contract wallet" in report.summary


def test_rivals_come_with_their_author_s_keys(world: World, index: SqlIndex) -> None:
    delegate = author_key("delegate")
    world.delegate("bob", address_of_key(delegate))
    by_delegate = world.claim("bob", signer=delegate)
    wallet = deploy_code(world.chain, ACCEPTS_ALL, 1)
    claim = world.claim()
    by_wallet = SignedClaim(
        claim.home, replace(claim.claim, author=wallet), claim.signature, claim.details
    )
    theirs = world.ledger("theirs")
    theirs.anchor(by_delegate)
    theirs.anchor(by_wallet)
    ours = world.ledger()
    ours.anchor(claim)
    world.syncing(index).run()
    evidence = world.gathering(index).around(claim.claim.work, world.identity.chain_id, claim)
    assert evidence is not None
    assert evidence.reached == world.head.number
    assert [one.placed.signed for one in evidence.rivals] == [by_delegate, by_wallet, claim]
    first, second, own = (one.keys for one in evidence.rivals)
    assert first is not None
    assert len(first.events) == 1
    assert second is not None
    assert second.has_code
    assert own is not None
    assert (own.events, own.has_code) == ((), False)


def test_a_rival_whose_home_or_chain_cannot_be_asked_has_no_keys(
    world: World, index: SqlIndex
) -> None:
    abroad = replace(world.claim("bob"), home=replace(world.home, chain_id=5))
    ours, claim = world.ledger(), world.claim()
    ours.anchor(abroad, claim)
    world.syncing(index).run()
    evidence = world.gathering(index).around(claim.claim.work, None, claim)
    assert evidence is not None
    assert [one.keys is None for one in evidence.rivals] == [True, False]

    class NoKeys(LyingReader):
        def storage(self, *_: object) -> bytes:
            raise ChainUnreachable("no answer")

    evidence = world.gathering(index, NoKeys(world.reader)).around(claim.claim.work, None, claim)
    assert evidence is not None
    assert [one.keys for one in evidence.rivals] == [None, None]
