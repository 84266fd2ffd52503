"""Orders to the author's keys: signed by the author, handed in by the submitter, on their home."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.adapters.clocks import ManualClock
from ledger.contract import KEY_TOPICS, nonce_of_word, nonce_slot, read_key_event
from ledger.errors import InvalidInput, TransactionReverted
from ledger.key import Withdrawn
from ledger.ports import Clock
from ledger.secp256k1 import address_of_key
from ledger.services.founding import transact
from ledger.services.ordering import ORDER_SECONDS, withdraw, withdrawal
from ledger.signed import SignedClaim
from ledger.signing import Home
from tests.ledger.factories import author_key
from tests.operators import Operator


def take_back(operator: Operator, signed: SignedClaim, clock: Clock | None = None) -> bytes:
    key = author_key("alice")
    clock = clock or operator.clock
    return withdraw(operator.chain, operator.contracts, signed, key, clock, 30)


def withdrawn(operator: Operator, author: bytes) -> list[bytes]:
    """Return the claims that the chain says the author withdrew, in order."""
    keys, found = operator.contracts.keys, []
    for log in operator.chain.logs(keys, (KEY_TOPICS, bytes(12) + author), 0, 2**40):
        block = operator.chain.block(log.block_number)
        assert block is not None
        event = read_key_event(log, operator.home, block)
        assert isinstance(event, Withdrawn)
        found.append(event.claim)
    return found


def test_a_withdrawal_is_the_authors_and_paid_for_by_the_submitter(operator: Operator) -> None:
    first, second = operator.claim(("one", operator.founded.ledger)), operator.claim("two")
    author = first.claim.author
    assert author != operator.chain.submitter
    before = withdrawn(operator, author)
    for claim in (first, second):
        receipt = operator.chain.receipt(take_back(operator, claim))
        assert receipt is not None
        assert receipt.succeeded
    assert withdrawn(operator, author) == [*before, first.id, second.id]


def test_only_the_authors_own_key_withdraws(operator: Operator) -> None:
    claim = operator.claim(0)
    with pytest.raises(InvalidInput, match="delegate"):
        withdrawal(operator.chain, operator.contracts, claim, author_key("mallory"), operator.clock)


@pytest.mark.parametrize("part", ["chain", "contract"])
def test_a_claim_is_withdrawn_on_its_home_chain_alone(operator: Operator, part: str) -> None:
    claim = operator.claim(0)
    home = (
        Home(claim.home.chain_id + 1, claim.home.contract)
        if part == "chain"
        else Home(claim.home.chain_id, bytes(20))
    )
    before = operator.chain.block("latest")
    with pytest.raises(InvalidInput, match="home chain"):
        take_back(operator, replace(claim, home=home))
    assert operator.chain.block("latest") == before


def test_an_order_is_good_on_a_chain_whose_clock_is_ahead(operator: Operator) -> None:
    slow = ManualClock(datetime.now(UTC) - timedelta(days=30))
    claim = operator.claim(("slow", operator.founded.ledger))
    take_back(operator, claim, slow)
    assert claim.id in withdrawn(operator, claim.claim.author)


def test_an_order_that_nobody_handed_in_is_void(operator: Operator) -> None:
    claim = operator.claim(("void", operator.founded.ledger))
    past = ManualClock(datetime.now(UTC) - timedelta(days=30))
    head = operator.chain.block("latest")
    assert head is not None
    key = author_key("alice")
    data = withdrawal(operator.chain, operator.contracts, claim, key, past)
    deadline = head.timestamp + ORDER_SECONDS
    assert deadline.to_bytes(32, "big") in data
    handed_in = withdrawal(operator.chain, operator.contracts, claim, key, operator.clock)
    transact(operator.chain, operator.contracts.keys, handed_in, operator.clock, 30)
    # the author's nonce is used: neither order is good a second time
    for order in (data, handed_in):
        with pytest.raises(TransactionReverted):
            transact(operator.chain, operator.contracts.keys, order, operator.clock, 30)


def test_a_nonce_counts_an_authors_orders(operator: Operator) -> None:
    author = address_of_key(author_key("alice"))

    def nonce() -> int:
        slot = nonce_slot(author)
        return nonce_of_word(operator.chain.storage(operator.contracts.keys, slot, "latest"))

    before = nonce()
    take_back(operator, operator.claim(("nonce", operator.founded.ledger)))
    assert nonce() == before + 1
