"""What a ledger's owner says, against the compiled contract; a real node holds the slots."""

from ledger import ownership
from ledger.contract import owner_slot
from tests.ledger.factories import word
from tests.ledger.test_contract import check_call

LEDGER, WHO = word("ledger"), b"\x17" * 20


def test_the_owner_s_orders_are_called_as_compiled() -> None:
    check_call(ownership.submitter_call(LEDGER, WHO), "setSubmitter", LEDGER, WHO)
    check_call(ownership.offer_call(LEDGER, WHO), "offerOwnership", LEDGER, WHO)
    check_call(ownership.take_call(LEDGER), "takeOwnership", LEDGER)
    check_call(ownership.close_call(LEDGER, word("next")), "close", LEDGER, word("next"))
    check_call(ownership.close_call(LEDGER, None), "close", LEDGER, bytes(32))


def test_pending_owner_and_successor_lie_after_the_owner() -> None:
    owner = int.from_bytes(owner_slot(LEDGER), "big")
    assert ownership.pending_owner_slot(LEDGER) == (owner + 1).to_bytes(32, "big")
    assert ownership.successor_slot(LEDGER) == (owner + 2).to_bytes(32, "big")
