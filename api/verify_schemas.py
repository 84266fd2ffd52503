"""The wire models of questions and reports."""

from typing import Annotated

from pydantic import Field, JsonValue

from .schemas import (
    MOST,
    Address,
    DigestText,
    ExistedByPart,
    FindingPart,
    Hash,
    Number,
    Wire,
    WorkPart,
)


class Question(Wire):
    """A digest, a receipt, or both: then the receipt must be on that digest."""

    digest: DigestText | None = None
    receipt: Annotated[
        str | dict[str, JsonValue] | None,
        Field(description="the receipt's own text (exact), or its JSON object"),
    ] = None


class VerifyRequest(Question):
    """One question, or a list of them."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=MOST)] | None = None


class ClaimNamePart(Wire):
    """Which claim was judged."""

    id: Hash
    author: Address
    home_chain: Number


class TrustPart(Wire):
    """Whom the report believed."""

    chain_id: Number | None
    genesis: Hash | None
    contract: Address | None
    code_hash: Hash | None
    node: str | None
    index_reached: Number | None


class ReportAnswer(Wire):
    """The report on one question: findings, and the verdict that follows from them."""

    verdict: str
    exit_code: int
    summary: str
    work: WorkPart | None
    claim: ClaimNamePart | None
    existed_by: ExistedByPart | None
    findings: list[FindingPart]
    trust: TrustPart


class ReportsAnswer(Wire):
    """The reports on a list of questions, one each, in the order asked."""

    reports: list[ReportAnswer]
