from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger.anchor import Anchor, ClockRule, Interval, Moment, Order, accumulate
from ledger.chain import ChainIdentity
from ledger.checkpoint import Checkpoint
from ledger.encoding import MAX_NUMBER
from ledger.errors import InvalidReceipt
from ledger.keccak import keccak256
from tests.ledger.domain_factories import LOCAL, OTHER, addresses, numbers, words
from tests.ledger.factories import CHAIN, CONTRACT, word

ANCHOR = Anchor(1, CHAIN.genesis, CONTRACT, 4, word("block"), word("transaction"), 2)
anchors = st.builds(Anchor, numbers, words, addresses, numbers, words, words, numbers)


@given(anchor=anchors)
def test_an_anchor_reads_back_as_it_was_written(anchor: Anchor) -> None:
    assert Anchor.from_json(anchor.to_json()) == anchor


@pytest.mark.parametrize(
    "change",
    [{name: value} for name in ("chain_id", "block_number", "log_index") for value in (-1, 2**53)]
    + [{name: bytes(31)} for name in ("genesis", "block_hash", "transaction")]
    + [{"contract": bytes(32)}],
)
def test_an_anchor_that_no_chain_has_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidReceipt, match="expected an anchor's"):
        replace(ANCHOR, **change)


def test_unknown_and_missing_fields_of_an_anchor_are_refused() -> None:
    said = dict(ANCHOR.to_json())
    with pytest.raises(InvalidReceipt, match="unknown field 'time'"):
        Anchor.from_json({**said, "time": 1})
    for name in said:
        with pytest.raises(InvalidReceipt, match=f"expected {name} to be there"):
            Anchor.from_json({key: value for key, value in said.items() if key != name})


def test_a_chain_is_its_id_and_its_genesis_hash() -> None:
    assert ANCHOR.on(CHAIN)
    assert not ANCHOR.on(replace(CHAIN, chain_id=2))
    assert not ANCHOR.on(replace(CHAIN, genesis=word("another")))


@given(
    size=st.integers(1, MAX_NUMBER),
    values=st.tuples(words, words, words),
    manifest=st.binary(min_size=1, max_size=64),
    time=st.integers(0, 2**64),
)
def test_the_accumulator_is_what_solidity_hashes(
    size: int, values: tuple[bytes, bytes, bytes], manifest: bytes, time: int
) -> None:
    before, ledger, root = values
    oracle = encode(
        ["bytes32", "bytes32", "uint64", "bytes32", "bytes32", "uint256"],
        [before, ledger, size, root, keccak256(manifest), time],
    )
    assert accumulate(before, Checkpoint(ledger, size, root), manifest, time) == keccak256(oracle)


def test_an_interval_has_two_ends_in_order() -> None:
    assert Interval(5, 5).not_after == 5
    for before, after in ((6, 5), (-1, 5)):
        with pytest.raises(InvalidReceipt, match="ends after it begins"):
            Interval(before, after)


def test_a_clock_rule_widens_a_timestamp_to_both_sides_and_not_below_zero() -> None:
    rule = ClockRule(behind=60, ahead=15)
    assert rule.interval(100) == Interval(85, 160)
    assert rule.interval(10) == Interval(0, 70)


def at(chain: ChainIdentity, block: int, before: int = 0, after: int = 0) -> Moment:
    return Moment(chain, block, Interval(before, after))


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (at(CHAIN, 4, 90, 99), at(CHAIN, 5, 0, 9), Order.EARLIER),  # by block, whatever the times
        (at(CHAIN, 5), at(CHAIN, 4), Order.LATER),
        (at(CHAIN, 4, 0, 9), at(CHAIN, 4, 20, 29), Order.SAME_BLOCK),
        (at(LOCAL, 4), at(LOCAL, 5), Order.EARLIER),
        (at(CHAIN, 4, 0, 9), at(OTHER, 4, 10, 19), Order.EARLIER),  # disjoint
        (at(CHAIN, 4, 10, 19), at(OTHER, 4, 0, 9), Order.LATER),
        (at(CHAIN, 4, 0, 10), at(OTHER, 4, 10, 19), Order.UNKNOWN),  # they share a second
        (at(CHAIN, 4, 0, 99), at(OTHER, 4, 10, 19), Order.UNKNOWN),
        (at(LOCAL, 4, 0, 9), at(CHAIN, 4, 20, 29), Order.UNKNOWN),  # a machine's own word
        (at(CHAIN, 4, 0, 9), at(LOCAL, 4, 20, 29), Order.UNKNOWN),
    ],
)
def test_moments_are_ordered_by_block_on_a_chain_and_by_disjoint_times_across(
    one: Moment, other: Moment, order: Order
) -> None:
    assert one.order(other) is order
    turned = {Order.EARLIER: Order.LATER, Order.LATER: Order.EARLIER}
    assert other.order(one) is turned.get(order, order)


def test_one_id_with_two_genesis_hashes_is_two_chains() -> None:
    fork = replace(CHAIN, genesis=word("another"))
    assert at(CHAIN, 4, 0, 9).order(at(fork, 4, 20, 29)) is Order.EARLIER
