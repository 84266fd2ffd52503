from typing import Any

import pytest

from ledger.errors import InvalidReceipt
from ledger.leaf_status import FINALITIES, LeafStatus
from ledger.receipt import Inclusion, Receipt
from tests.ledger.factories import anchored, checkpoint, disclosed, signed_claim, word
from tests.ledger.state_factories import proved

LEAF = disclosed(signed_claim("a status"))
PLACE = anchored(checkpoint([LEAF]), 7)
INCLUSION = Inclusion(0, PLACE.checkpoint, ())


def status(**changed: Any) -> LeafStatus:  # noqa: ANN401 - any field
    return LeafStatus(
        **{
            "leaf_hash": LEAF.leaf_hash,
            "index": 0,
            "inclusion": INCLUSION,
            "anchor": PLACE.anchor,
            "finality": "finalized",
            **changed,
        }
    )


@pytest.mark.parametrize("finality", FINALITIES[1:])
def test_a_status_reads_back_as_it_was_written(finality: str) -> None:
    written = status(finality=finality)
    assert LeafStatus.from_json(written.to_json()) == written
    assert written.to_json()["status"] == "anchored"
    assert written.final == (finality == "finalized")


def test_a_status_may_have_the_evidence_of_its_anchor() -> None:
    receipt = Receipt(signed_claim("a status")).anchored(INCLUSION, PLACE.anchor)
    written = status(evidence=proved(receipt).receipt.evidence)
    assert LeafStatus.from_json(written.to_json()) == written
    assert "evidence" not in status().to_json()
    with pytest.raises(InvalidReceipt, match="expected an anchor in a leaf status"):
        status(evidence=written.evidence, inclusion=None, anchor=None, finality="unanchored")


def test_a_pending_leaf_has_an_index_and_no_place() -> None:
    written = LeafStatus(LEAF.leaf_hash, 3)
    assert LeafStatus.from_json(written.to_json()) == written
    assert written.to_json()["status"] == "pending"
    assert not written.final


def test_what_a_later_server_says_beside_is_passed_over() -> None:
    assert LeafStatus.from_json({**status().to_json(), "weather": "fine"}) == status()


@pytest.mark.parametrize(
    "changed",
    [
        {"leaf_hash": word("short")[:31]},
        {"finality": "certain"},
        {"inclusion": None},
        {"anchor": None},
        {"finality": "unanchored"},
        {"inclusion": None, "anchor": None},
        {"index": 1},
    ],
)
def test_a_status_cannot_contradict_itself(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidReceipt):
        status(**changed)
