"""Verify: questions become reports, as `sealbook verify` gives them."""

import json
from typing import Annotated, cast

from fastapi import APIRouter, Body, Request, Response
from pydantic import JsonValue

from ledger.digest import Digest
from ledger.encoding import Json, canonical
from ledger.errors import InvalidInput, NotCanonical
from ledger.services.verifying import Question as Asked

from .. import examples
from ..canonical import canonical_answer
from ..documents import answers, request_examples
from ..served import Served, served
from ..verify_schemas import Question, ReportAnswer, ReportsAnswer, VerifyRequest

router = APIRouter(prefix="/v1/verify", tags=["verify"])


@router.post(
    "",
    response_model=ReportAnswer | ReportsAnswer,
    summary="Judge a digest, a receipt, or a list of them",
    responses=answers(
        200,
        examples.BAD_DIGEST,
        examples.BAD_REQUEST,
        examples.TOO_LARGE,
        examples.NOT_NOW,
        body=True,
        one=examples.REPORT,
        list={"reports": [examples.REPORT, examples.REPORT]},
    ),
)
async def verify(
    request: Request,
    body: Annotated[
        VerifyRequest,
        Body(
            openapi_examples=request_examples(
                digest=examples.DIGEST_QUESTION,
                receipt=examples.RECEIPT_QUESTION,
                list=examples.LIST_QUESTION,
            )
        ),
    ],
) -> Response:
    """Return the report on one question, or `reports`, one each, for up to a thousand `questions`.

    A verdict is an answer: what is no receipt is `failed`, not an error. The report rests on the
    node that this server asks; whoever does not trust the server asks a node of their own. A
    receipt that is not final is a claim to be kept to yourself: do not send it yet.
    """
    at = served(request)
    if body.questions is None:
        return canonical_answer(await at.long(_report, at, _asked(body)))
    if body.digest is not None or body.receipt is not None:
        raise InvalidInput("expected one question or a list of questions, got both")
    asked = [_asked(question) for question in body.questions]
    return canonical_answer({"reports": await at.long(_reports, at, asked)})


def _report(at: Served, asked: Asked) -> Json:
    return at.verifying.answer(asked).to_json()


def _reports(at: Served, asked: list[Asked]) -> list[Json]:
    return [_report(at, one) for one in asked]


def _asked(question: Question) -> Asked:
    if question.digest is None and question.receipt is None:
        raise InvalidInput("expected a digest, a receipt or both in a question, got neither")
    return Asked(
        digest=None if question.digest is None else Digest.parse(question.digest),
        receipt=None if question.receipt is None else _bytes(question.receipt),
    )


def _bytes(receipt: str | dict[str, JsonValue]) -> bytes:
    """Return a receipt's bytes; of what has no canonical ones, others, to be found malformed."""
    if isinstance(receipt, str):
        return receipt.encode("utf-8", "replace")
    try:
        return canonical(cast("Json", receipt)) + b"\n"
    except NotCanonical:
        return json.dumps(receipt).encode() + b"\n"
