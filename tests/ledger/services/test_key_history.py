"""Authors' keys over real chains: judged at the anchor, with no event left out unseen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.adapters.index import SqlIndex
from ledger.chain import BlockRef, Tag
from ledger.contract import KEY_TOPICS, history_slot
from ledger.errors import ChainUnreachable
from ledger.keccak import keccak256
from ledger.key import Revoked
from ledger.report import Check
from ledger.secp256k1 import address_of_key
from ledger.services.gathering import Gathering
from ledger.signed import SignedClaim
from ledger.verification.claim_checks import state_of
from tests.cells import deploy_code
from tests.ledger.factories import author_key
from tests.liars import LyingReader
from tests.open_worlds import embedded_world, founded_chain
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


@pytest.mark.parametrize(
    ("revoked", "anchored", "state"),
    [(0, 3600, "revoked_before"), (3600, 0, "revoked_after"), (0, 10, "revoked_after")],
)
def test_on_another_chain_a_key_is_judged_before_the_anchor_s_interval(
    founded: Path, tmp_path: Path, revoked: int, anchored: int, state: str
) -> None:
    elsewhere = founded_chain(tmp_path / "template", 2**47 + 99)
    begins = datetime.now(UTC) + timedelta(minutes=5)
    clocks = [ManualClock(begins), ManualClock(begins)]
    with (
        embedded_world(founded, tmp_path / "home", clock=clocks[0]) as home,
        embedded_world(elsewhere, tmp_path / "anchor", clock=clocks[1]) as world,
    ):
        key = author_key("delegate")
        home.delegate("alice", address_of_key(key))
        claim = home.claim(signer=key)
        clocks[0].sleep(120 + revoked)
        home.revoke("alice", address_of_key(key))
        clocks[1].sleep(120 + anchored)
        ours = world.ledger()
        ours.anchor(claim)
        chains = {one.identity.chain_id: one.known() for one in (home, world)}
        gathering = Gathering(chains, world.contracts)
        sightings = gathering.sightings(ours.receipt(claim))
        keys = gathering.keys(claim, sightings)
        assert keys is not None
        assert state_of(claim, keys).value == state
        # without the home chain in the settings nobody can tell
        assert world.gathering().keys(claim, sightings) is None


def test_a_home_chain_without_blocks_or_with_a_log_in_no_block_tells_nothing(
    world: World,
) -> None:
    world.delegate("alice", b"\1" * 20)
    number = world.head.number
    world.ledger()

    class Empty(LyingReader):
        def block(self, _: object) -> None:
            return None

    class Forgetful(LyingReader):
        def block(self, at: int | Tag) -> BlockRef | None:
            return None if at == number else self.node.block(at)

    claim = world.claim()
    assert world.gathering(reader=Empty(world.reader)).keys(claim, ()) is None
    assert world.gathering(reader=Forgetful(world.reader)).keys(claim, ()) is None
    assert world.gathering().keys(claim, ()) is not None


def test_a_rival_on_a_chain_that_is_not_in_the_settings_is_undecided(
    founded: Path, world: World, index: SqlIndex, tmp_path: Path
) -> None:
    template = founded_chain(tmp_path / "template", 2**47 + 99)
    claim = world.claim()
    with embedded_world(template, tmp_path / "elsewhere") as elsewhere:
        elsewhere.ledger().anchor(elsewhere.claim("mallory"))
        elsewhere.syncing(index).run()
    ours = world.ledger()
    ours.anchor(claim)
    report = world.verify(ours.receipt(claim), index)
    assert report.verdict == 0
    priority = report.finding(Check.PRIORITY)
    assert priority is not None
    assert priority.outcome == "unknown"
    evidence = world.gathering(index).around(claim.claim.work, None, claim)
    assert evidence is not None
    assert [one.keys is None for one in evidence.rivals].count(True) == 1
