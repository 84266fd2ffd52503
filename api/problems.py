"""Problems: every error as RFC 9457 says it, from one table. What is not in it tells no details."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from ledger.errors import (
    BadSettings,
    Busy,
    ChainUnreachable,
    ClaimMissing,
    Conflict,
    IdempotencyConflict,
    InvalidClaim,
    InvalidInput,
    InvalidReceipt,
    InvalidSignature,
    LedgerError,
    LimitExceeded,
    NotFinal,
    NotFound,
    Refused,
    StoreUnavailable,
    TimedOut,
    Unavailable,
)
from ledger.problem import PREFIX, problem_type

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
MAX_DEPTH = 8  # of the place of a fault
MAX_FAULTS = 20  # faults told of one request; who sends more mends these first
_LOG = logging.getLogger("sealbook.api")


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: status and title; `told` None lets the error's own words out."""

    type: str
    status: int
    title: str
    told: str | None = None


def _of(kind: type[LedgerError], status: int, title: str, told: str | None = None) -> Problem:
    return Problem(problem_type(kind), status, title, told)


# Messages of engines may name files and hosts of the operator's: those are not let out.
_LATER = "an engine of this server cannot be asked now; ask again later"
TABLE: Mapping[type[LedgerError], Problem] = {
    LedgerError: _of(LedgerError, 500, "It could not be done", "the operator's log says more"),
    InvalidInput: _of(InvalidInput, 422, "What was sent is not what it should be"),
    InvalidClaim: _of(InvalidClaim, 422, "Not a claim"),
    InvalidReceipt: _of(InvalidReceipt, 422, "Not a receipt"),
    InvalidSignature: _of(InvalidSignature, 422, "Not a signature of the author's"),
    LimitExceeded: _of(LimitExceeded, 413, "Larger than a stranger may make this server read"),
    BadSettings: _of(Unavailable, 503, "The server is not set up", _LATER),
    NotFound: _of(NotFound, 404, "Not here"),
    ClaimMissing: _of(ClaimMissing, 404, "No such disclosed claim"),
    Conflict: _of(Conflict, 409, "It collides with what is already there"),
    IdempotencyConflict: _of(IdempotencyConflict, 409, "The idempotency key was used before"),
    Refused: _of(Refused, 403, "Refused"),
    NotFinal: _of(NotFinal, 409, "Commit before you show"),
    Unavailable: _of(Unavailable, 503, "Not now", _LATER),
    ChainUnreachable: _of(ChainUnreachable, 503, "The chain cannot be asked", _LATER),
    StoreUnavailable: _of(StoreUnavailable, 503, "The store cannot be read or written", _LATER),
    Busy: _of(Busy, 503, "Others are at it", _LATER),
    TimedOut: _of(TimedOut, 503, "It did not happen in time", _LATER),
}
INVALID_JSON = Problem(PREFIX + "invalid-json", 400, "Not JSON")
FOREIGN_ORIGIN = Problem(PREFIX + "foreign-origin", 403, "Sent by another site's page")
NOT_LOCAL = Problem(PREFIX + "not-local", 403, "Not from this computer")
NO_SUCH_PATH = Problem(PREFIX + "no-such-path", 404, "No such path")
NO_SUCH_METHOD = Problem(PREFIX + "no-such-method", 405, "No such method here")
NOT_JSON = Problem(PREFIX + "not-json", 415, "Only JSON is read here")
FOREIGN_HOST = Problem(PREFIX + "foreign-host", 421, "Another host was asked for")
NOT_READY = Problem(PREFIX + "not-ready", 503, "Not ready")
INTERNAL = Problem(PREFIX + "internal", 500, "A fault of this server")
NO_JSON = (INVALID_JSON, "expected a body of JSON in UTF-8, got other bytes")
_FAULT = (INTERNAL, "this is a fault of the server, not of your request; it was logged")
_BY_STATUS = {
    400: NO_JSON,
    404: (NO_SUCH_PATH, "expected a path that /openapi.json names, got another"),
    405: (NO_SUCH_METHOD, "expected a method that /openapi.json names here, got another"),
}


def problem_of(error: LedgerError) -> Problem:
    """Return the row of the table for an error: its own, or that of the nearest kind above."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def body_of(problem: Problem, detail: str) -> dict[str, object]:
    """Return the problem's JSON object."""
    return {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.told or detail,
    }


def answer(
    problem: Problem,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Return the response that says a problem."""
    sent = dict(headers or {})
    if problem.status == TABLE[Unavailable].status:
        sent.setdefault("retry-after", str(RETRY_SECONDS))
    body = body_of(problem, detail) | dict(more or {})
    return JSONResponse(body, problem.status, sent, MEDIA_TYPE)


async def on_ledger_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer a deliberate failure by the table."""
    if not isinstance(error, LedgerError):
        return await on_fault(_request, error)
    problem = problem_of(error)
    if problem.told is not None:
        _LOG.warning("%s: %s", type(error).__name__, error)
    return answer(problem, str(error))


async def on_validation_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer a request that is not of the documented form; its values are not sent back."""
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    if any(fault.get("type") == "json_invalid" for fault in faults):
        return answer(*NO_JSON)
    told = [
        {"pointer": _pointer(fault.get("loc", ())), "detail": str(fault.get("msg", ""))[:200]}
        for fault in faults[:MAX_FAULTS]
    ]
    first = f"{told[0]['pointer']}: {told[0]['detail']}" if told else "it has another form"
    detail = f"expected a request as the documentation says, got faults ({first})"
    return answer(TABLE[InvalidInput], detail, more={"errors": told})


async def on_http_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses: no such path, another method, a broken body."""
    if not isinstance(error, HTTPException):
        return await on_fault(_request, error)
    problem, detail = _BY_STATUS.get(error.status_code, _FAULT)
    return answer(problem, detail, error.headers)


async def on_fault(_request: Request, _error: Exception) -> JSONResponse:
    """Answer a fault of ours without details; the server's log has them."""
    return answer(*_FAULT)


def _pointer(place: Sequence[object]) -> str:
    """Return where the fault is: a JSON pointer into the body, or the parameter's place."""
    parts = [str(part)[:40].replace("~", "~0").replace("/", "~1") for part in place[:MAX_DEPTH]]
    return "#/" + "/".join(parts[1:]) if parts[:1] == ["body"] else "/".join(parts)
