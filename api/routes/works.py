"""Works: the disclosed claims on a digest, in order of priority."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ledger.digest import Digest
from ledger.encoding import Json, hex_of
from ledger.errors import ChainUnreachable
from ledger.report import Finding
from ledger.services.rivals import MOST_RIVALS
from ledger.verification.claim_checks import check_key, check_signature, check_standing
from ledger.verification.evidence import Evidence, IndexEvidence, Rival
from ledger.verification.grade import check_process

from .. import examples
from ..canonical import canonical_answer
from ..documents import answers, request_examples
from ..placing import chain_json, existed_by
from ..schemas import DigestText, WorkAnswer
from ..served import Served, served

router = APIRouter(prefix="/v1/works", tags=["works"])


@router.get(
    "/{digest}",
    response_model=WorkAnswer,
    summary="List the claims on a work",
    responses=answers(200, examples.BAD_DIGEST, examples.NOT_NOW, work=examples.WORK_ANSWER),
)
async def work(
    request: Request,
    digest: Annotated[DigestText, Path(openapi_examples=request_examples(one=examples.WORK))],
) -> Response:
    """Return the disclosed claims on a work, the earliest first, each with its basic findings.

    The earliest *disclosed*: commitments can stay closed (`index.closed` counts them), and first
    anchored never means author. The answer follows from the chain alone; ask `POST /v1/verify`
    for a verdict. Do not ask about a work that you have yet to commit: the question shows it.
    """
    at = served(request)
    asked = Digest.parse(digest)
    return canonical_answer(await at.quick(_work, at, asked))


def _work(at: Served, digest: Digest) -> Json:
    at.followed()
    known = _around(at, digest)
    claims = sorted(known.rivals, key=_by_time)
    return {
        "work": {"digest": str(digest)},
        "claims": [_claim(at, one) for one in claims],
        "complete": len(claims) < MOST_RIVALS,
        "index": {
            "block": known.reached,
            "ledgers": known.counts.ledgers,
            "closed": known.counts.closed,
            "missing_manifests": known.counts.missing_manifests,
        },
    }


def _around(at: Served, digest: Digest) -> IndexEvidence:
    chain_id = at.reader.identity().chain_id
    found = at.gathering().around(digest.value, chain_id)
    if found is None:
        raise ChainUnreachable("expected an index that follows the chain, it does not yet")
    return found


def _by_time(rival: Rival) -> tuple[bool, int, int, int, int, bytes]:
    """Order by the time of the blocks; what proves order on one machine only comes last."""
    placed = rival.placed
    anchored = placed.anchored
    block = placed.chain.chain_id, anchored.anchor.block_number, placed.index
    return (placed.chain.local, anchored.timestamp, *block, anchored.checkpoint.ledger)


def _claim(at: Served, rival: Rival) -> Json:
    placed = rival.placed
    signed = placed.signed
    return {
        "id": hex_of(signed.id),
        "author": hex_of(signed.claim.author),
        "home_chain": signed.home.chain_id,
        "ledger": hex_of(placed.anchored.checkpoint.ledger),
        "index": placed.index,
        "chain": chain_json(placed.chain),
        "existed_by": existed_by(at, placed).to_json(),
        "findings": [finding.to_json() for finding in _findings(rival)],
    }


def _findings(rival: Rival) -> list[Finding]:
    evidence = Evidence(signed=rival.placed.signed, keys=rival.keys)
    found = (
        check_signature(evidence),
        check_key(evidence),
        check_process(evidence),
        check_standing(evidence),
    )
    return [finding for finding in found if finding is not None]
