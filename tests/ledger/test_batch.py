import pytest

from ledger.batch import Batch, Stage
from ledger.errors import InvalidTree
from tests.ledger.factories import checkpoint, disclosed, signed_claim

AT = checkpoint([disclosed(signed_claim(index)) for index in range(3)])


def test_a_batch_holds_at_least_one_leaf() -> None:
    batch = Batch(2, AT, b"cid")
    assert (batch.start, batch.end, batch.stage) == (2, 3, Stage.PREPARED)
    for start in (3, 4, -1):
        with pytest.raises(InvalidTree, match="to begin before its end 3"):
            Batch(start, AT, b"cid")


def test_the_stages_come_in_the_order_in_which_they_are_reached() -> None:
    assert [stage.value for stage in Stage] == [
        *("prepared", "sent", "included", "final", "published")
    ]
