import json

import pytest
from starlette.requests import Request

from api.problems import (
    INTERNAL,
    TABLE,
    on_fault,
    on_http_error,
    on_ledger_error,
    problem_of,
)
from ledger import errors
from ledger.errors import LedgerError
from ledger.problem import PREFIX
from tests.api.asking import Api

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, LedgerError)
]
REQUEST = Request({"type": "http"})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_row_of_its_own_or_of_a_kind_above(kind: type[LedgerError]) -> None:
    problem = problem_of(kind("a reason"))
    assert problem.type.startswith(PREFIX)
    assert 400 <= problem.status < 600
    assert problem.title


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_an_engine_says_of_the_operators_machine_is_not_let_out(
    kind: type[LedgerError], api: Api
) -> None:
    answer = api.portal.call(on_ledger_error, REQUEST, kind("the reason /home/operator"))
    said = json.loads(bytes(answer.body))
    hidden = issubclass(kind, errors.Unavailable | errors.BadSettings) or kind is LedgerError
    assert ("operator" in said["detail"].replace("the operator's log", "")) is not hidden
    assert (answer.headers.get("retry-after") is not None) == (answer.status_code == 503)


def test_an_unknown_exception_is_a_fault_without_details(api: Api) -> None:
    for handler in (on_fault, on_ledger_error, on_http_error):
        answer = api.portal.call(handler, REQUEST, RuntimeError("the reason /home/operator"))
        assert answer.status_code == 500
        assert b"operator" not in bytes(answer.body)
        assert json.loads(bytes(answer.body))["type"] == INTERNAL.type


def test_a_fault_in_a_route_is_a_problem(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise ZeroDivisionError("the reason /home/operator")

    monkeypatch.setattr(api.served, "statuses", type("Broken", (), {"of": staticmethod(broken)}))
    problem = api.get(f"/v1/leaves/0x{'00' * 32}", 500)
    assert problem["type"] == INTERNAL.type
    assert "operator" not in str(problem)


def test_every_kind_of_problem_has_a_title_of_its_own() -> None:
    assert len({problem.title for problem in TABLE.values()}) == len(TABLE)
