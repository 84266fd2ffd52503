from ledger import errors
from ledger.errors import ClaimMissing, IdempotencyConflict, LedgerError
from ledger.problem import error_of, problem_type


def test_an_error_has_a_name_on_the_wire() -> None:
    assert problem_type(ClaimMissing) == "urn:sealbook:problem:claim-missing"
    assert problem_type(IdempotencyConflict) == "urn:sealbook:problem:idempotency-conflict"
    assert problem_type(LedgerError) == "urn:sealbook:problem:ledger-error"


def test_the_name_leads_back_to_every_error() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, LedgerError)
    ]
    assert len(kinds) > 30
    assert [error_of(problem_type(kind)) for kind in kinds] == kinds


def test_a_name_of_nothing_leads_nowhere() -> None:
    for name in ("", "about:blank", "urn:sealbook:problem:", "urn:sealbook:problem:exception"):
        assert error_of(name) is None
