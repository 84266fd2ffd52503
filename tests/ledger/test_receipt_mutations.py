"""Forged receipts, judged against an honest chain: none is verified."""

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.anchor import Interval
from ledger.errors import InvalidReceipt, InvalidStateProof, LimitExceeded
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.verification.availability import THIS_COMPUTER, Availability
from ledger.verification.evidence import Evidence, Heads, Remembered, Sighting, Unasked
from ledger.verification.judge import judge
from ledger.verification.state_evidence import prove
from tests.ledger.domain_factories import (
    CODE_HASH,
    RULE,
    claim_of,
    index_of,
    keys_of,
    receipt_of,
    rival_of,
)
from tests.ledger.factories import CHAIN, CONTRACT, GENESIS_TIME, HOME, anchored, block_hash
from tests.ledger.state_factories import CONTRACTS, proved
from tests.mutations import WHOLE, Mutation, mutations, paths, written

# of every field; a trial sets more, and each seed draws others
EACH = int(os.environ.get("SEALBOOK_MUTATIONS", "100"))
SEED = int(os.environ.get("SEALBOOK_SEED", "20261124"))
HEAD = 10_000
PROVED = proved(receipt_of(claim_of(process=b"\7" * 32, steps=4)))
GOOD = PROVED.receipt
DATA = GOOD.encode()
SEEN = Remembered(Interval(1, 2), "valid", "in_force", HEAD, CHAIN)
CHAINS = ((CHAIN.chain_id, CHAIN.genesis),)


def online(receipt: Receipt) -> Evidence:
    """Ask the honest chain, whose settings name one contract and one home."""
    home = receipt.signed.home == HOME
    return replace(
        offline(receipt, None),
        sightings=tuple(map(_asked, receipt.anchors)),
        keys=keys_of() if home else None,
        index=index_of(rival_of(GOOD.signed)),
        availability=Availability(found=(THIS_COMPUTER,)),
        offline=False,
    )


def _asked(anchor: object) -> Sighting | Unasked:
    true = GOOD.anchors[0]
    there = replace(true)
    assert isinstance(anchor, type(there))
    if not anchor.on(CHAIN) or anchor.contract != CONTRACT:
        return Unasked(anchor, "not in the settings")
    assert GOOD.inclusion is not None
    found = anchored(GOOD.inclusion.checkpoint, true.block_number)
    place = (anchor.block_number, anchor.transaction, anchor.log_index)
    same = place == (true.block_number, true.transaction, true.log_index)
    number = anchor.block_number
    hash_there = true.block_hash if number == true.block_number else block_hash(number)
    return Sighting(
        anchor=anchor,
        chain=CHAIN,
        heads=Heads(HEAD, HEAD, HEAD),
        canonical_hash=None if number > HEAD else hash_there,
        event=replace(found, anchor=true, timestamp=GENESIS_TIME) if same else None,
        rule=RULE,
        code_hash=CODE_HASH,
        node="a node",
    )


def offline(receipt: Receipt, trusted: bytes | None) -> Evidence:
    """Look at the receipt alone, and at a block hash that the reader trusts."""
    evidence = Evidence(receipt=receipt, signed=receipt.signed, offline=True)
    try:
        return replace(evidence, proven=prove(receipt, CONTRACTS, trusted, CHAINS))
    except InvalidStateProof as cause:
        return replace(evidence, bad_evidence=str(cause))


def remembering(receipt: Receipt) -> Evidence:
    """Look at the receipt, and at what this home saw of just these bytes."""
    seen = SEEN if receipt.encode() == DATA else None
    return replace(offline(receipt, None), remembered=seen)


MODES: dict[str, Callable[[Receipt], Evidence]] = {
    "online": online,
    "offline, seen before": remembering,
    "offline, trusted block": lambda receipt: offline(receipt, PROVED.block_hash),
    "offline": lambda receipt: offline(receipt, None),
}


def verdict_of(data: bytes, gather: Callable[[Receipt], Evidence]) -> Verdict:
    try:
        receipt = Receipt.decode(data)
    except (InvalidReceipt, LimitExceeded) as cause:
        return judge(Evidence(malformed=str(cause)), Policy()).verdict
    return judge(gather(receipt), Policy()).verdict


@pytest.fixture(scope="module")
def forged() -> list[Mutation]:
    return list(mutations(DATA, SEED, EACH))


def test_the_good_receipt_is_verified_where_it_can_be() -> None:
    said = {mode: verdict_of(DATA, gather).word for mode, gather in MODES.items()}
    assert said == {
        "online": "verified",
        "offline, seen before": "verified",
        "offline, trusted block": "verified",
        "offline": "unknown",
    }


@pytest.mark.parametrize("mode", MODES)
def test_no_forged_receipt_is_verified(mode: str, forged: list[Mutation]) -> None:
    found: dict[str, Counter[str]] = {}
    verified = list[Mutation]()
    for one in forged:
        verdict = verdict_of(one.data, MODES[mode])
        found.setdefault(one.field, Counter())[verdict.word] += 1
        if verdict is Verdict.VERIFIED:
            verified.append(one)
    print(f"\n{mode}: {len(forged)} mutations of {len(found)} fields")
    for field, verdicts in found.items():
        print(f"  {field:40} {sum(verdicts.values()):6}  {dict(verdicts)}")
    if mode == "offline, trusted block":
        verified = [one for one in verified if not points_elsewhere(one.data)]
    assert verified == []


def points_elsewhere(data: bytes) -> bool:
    """Say whether only the anchor's place in its block is another.

    A block's state holds no transactions: whoever trusts just its hash can't tell, and the report
    does not name them.
    """
    receipt, true = Receipt.decode(data), GOOD.anchors[0]
    (anchor,) = receipt.anchors
    again = replace(anchor, transaction=true.transaction, log_index=true.log_index)
    return anchor != true and replace(receipt, anchors=(again,)) == GOOD


def test_the_mutations_reach_every_field_often_and_are_the_same_each_time(
    forged: list[Mutation],
) -> None:
    count = Counter(one.field for one in forged)
    fields = {written(path) for path in paths(json.loads(DATA))}
    assert set(count) == fields | {WHOLE}
    assert min(count.values()) >= min(EACH, 60)
    assert sum(count.values()) >= 1_000
    assert len({one.data for one in forged} | {DATA}) == len(forged) + 1
    assert forged[:500] == list(mutations(DATA, SEED, EACH))[:500]
