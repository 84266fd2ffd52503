"""A signature taken elsewhere: another chain, another contract, another author, another form."""

from dataclasses import replace

import pytest

from ledger.adapters.index import SqlIndex
from ledger.errors import InvalidReceipt, TransactionReverted
from ledger.leaf import Leaf
from ledger.receipt import Receipt
from ledger.report import Check, Verdict
from ledger.secp256k1 import address_of_key
from ledger.signing import Home
from tests.cells import send
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import author_key
from tests.thefts.world_of_thieves import WORK, outcome, verify
from tests.worlds import World

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_signature_is_good_for_one_home_chain_contract_and_author_only(
    any_world: World, index: SqlIndex
) -> None:
    world = any_world
    theirs = world.ledger("theirs")
    claim = world.claim("alice", WORK, process=True)
    stolen = {
        "another author": replace(claim, claim=replace(claim.claim, author=b"\x0b" * 20)),
        "another work": replace(claim, claim=replace(claim.claim, work=b"\1" * 32)),
        "another salt": replace(claim, claim=replace(claim.claim, salt=b"\1" * 32)),
        "another statement of steps": replace(claim, claim=replace(claim.claim, steps=9)),
    }
    for name, one in stolen.items():
        assert one.id != claim.id, name
        assert one.signer != one.claim.author, name
        theirs.anchor(one)
        report = world.verify(theirs.receipt(one), index)
        assert report.verdict is Verdict.FAILED, name
        assert outcome(report, Check.SIGNATURE) == "invalid", name


def test_a_signature_for_another_home_is_not_one_for_here(world: World, index: SqlIndex) -> None:
    theirs = world.ledger("theirs")
    for home in (Home(1, world.contracts.keys), Home(world.home.chain_id, b"\2" * 20)):
        abroad = claim_of("alice", WORK, home=home, salt=home)
        assert abroad.signer == abroad.claim.author
        replayed = replace(abroad, home=world.home)
        assert replayed.signer != replayed.claim.author
        theirs.anchor(abroad)
        theirs.anchor(replayed)
        report = verify(world, index, theirs.receipt(replayed))
        assert report.verdict is Verdict.FAILED
        assert outcome(report, Check.SIGNATURE) == "invalid"
        # where it is good, nobody here can say: its home is not in the settings
        report = verify(world, index, theirs.receipt(abroad))
        assert report.verdict is Verdict.UNKNOWN
        assert outcome(report, Check.KEY) == "unknown"


def test_the_malleable_twin_of_a_signature_is_no_signature(world: World, index: SqlIndex) -> None:
    ours, theirs = world.ledger("ours"), world.ledger("theirs")
    claim = world.claim("alice", WORK)
    ours.anchor(claim)
    r, s, v = (
        claim.signature[:32],
        int.from_bytes(claim.signature[32:64], "big"),
        claim.signature[64],
    )
    twin = replace(claim, signature=r + (N - s).to_bytes(32, "big") + bytes([55 - v]))
    zero_based = replace(claim, signature=claim.signature[:64] + bytes([v - 27]))
    for one in (twin, zero_based):
        assert one.id == claim.id  # one claim id, another leaf hash
        assert Leaf.of(one).hash != Leaf.of(claim).hash
        assert one.signer is None
        theirs.anchor(one)
        report = verify(world, index, theirs.receipt(one))
        assert report.verdict is Verdict.FAILED
        assert outcome(report, Check.SIGNATURE) == "invalid"
    placed = index.claim(claim.id)
    assert placed is not None
    assert placed.signed.signature == claim.signature
    assert verify(world, index, ours.receipt(claim)).verdict is Verdict.VERIFIED


def test_a_receipt_s_signature_swapped_for_its_twin_fails(world: World, index: SqlIndex) -> None:
    ours, claim = world.ledger(), world.claim("alice", WORK)
    ours.anchor(claim)
    receipt = ours.receipt(claim)
    s = int.from_bytes(claim.signature[32:64], "big")
    twin = claim.signature[:32] + (N - s).to_bytes(32, "big") + bytes([55 - claim.signature[64]])
    forged = replace(receipt, signed=replace(claim, signature=twin))
    assert verify(world, index, forged).verdict is Verdict.FAILED
    with pytest.raises(InvalidReceipt):
        Receipt.decode(receipt.encode().replace(b'"version":1', b'"version":2'))


def test_an_order_to_the_keys_cannot_be_handed_in_twice(world: World) -> None:
    key = author_key("alice")
    author = address_of_key(key)
    order = world.withdrawal(author, b"\1" * 32, key)
    send(world.chain, world.contracts.keys, order)
    with pytest.raises(TransactionReverted):
        send(world.chain, world.contracts.keys, order)
