"""Claims: shown to the ledger that holds them closed, and asked for by their ids."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from ledger.encoding import Json, hex_of
from ledger.errors import ClaimMissing, InvalidClaim, LedgerError, Unavailable
from ledger.leaf import Leaf
from ledger.placed import PlacedClaim
from ledger.receipt import Receipt
from ledger.services.kept_evidence import with_kept_evidence
from ledger.services.receipts import receipt_from_index
from ledger.signed import SignedClaim

from .. import examples
from ..canonical import MEDIA_TYPE, canonical_answer
from ..documents import answers, request_examples
from ..placing import chain_json, existed_by
from ..schemas import ClaimAnswer, ClaimsAnswer, ClaimsRequest, Hash, SignedPart
from ..served import Served, served

router = APIRouter(prefix="/v1/claims", tags=["claims"])
ClaimId = Annotated[Hash, Path(openapi_examples=request_examples(one=examples.CLAIM_ID))]


@router.post(
    "",
    status_code=202,
    response_model=ClaimsAnswer,
    summary="Disclose claims, or hand them over in clear",
    responses=answers(
        202,
        examples.BAD_SIGNATURE,
        examples.BAD_REQUEST,
        examples.NO_LEAF,
        examples.TOO_EARLY,
        examples.TOO_LARGE,
        examples.NOT_NOW,
        body=True,
        claims=examples.CLAIMS_ANSWER,
    ),
)
async def show(
    request: Request,
    body: Annotated[
        ClaimsRequest,
        Body(
            openapi_examples=request_examples(
                disclose=examples.DISCLOSE_REQUEST, in_clear=examples.IN_CLEAR_REQUEST
            )
        ),
    ],
) -> Response:
    """Take up to a thousand signed claims with their details, all or none.

    **Disclose** (the default): each claim's leaf must be in this ledger and final. Otherwise the
    request is refused (`not-final`, `not-found`): whoever sees a claim before its commitment is
    final, this server's operator included, could claim the work first.

    **In clear** (`"in_clear": true`): the claims are handed over to be sealed, without a leaf
    hash before. The operator sees them before they are final, and you trust that they will not
    claim the work first; nothing in the protocol stops them. Choose this for a server of your own.

    Disclosures travel in the manifest of the next batch. Where no leaves come, the worker adds a
    blank leaf (32 random bytes, a commitment to nothing) so that a batch carries them.
    """
    at = served(request)
    places = await at.long(_take, at, body.claims, in_clear=body.in_clear)
    at.wake()
    return canonical_answer({"claims": places}, 202)


@router.get(
    "/{claim_id}",
    response_model=ClaimAnswer,
    summary="Get a disclosed claim at its place",
    responses=answers(
        200, examples.BAD_REQUEST, examples.NO_CLAIM, examples.NOT_NOW, claim=examples.CLAIM
    ),
)
async def claim(request: Request, claim_id: ClaimId) -> Response:
    """Return the signed claim, its inclusion and anchor. The answer follows from the chain alone.

    Every home that follows the same chain and has the same manifests answers the same bytes.
    """
    at = served(request)
    return canonical_answer(await at.quick(_claim, at, bytes.fromhex(claim_id[2:])))


@router.get(
    "/{claim_id}/receipt",
    response_model=None,
    summary="Get a disclosed claim's receipt",
    responses=answers(
        200, examples.BAD_REQUEST, examples.NO_CLAIM, examples.NOT_NOW, receipt=examples.RECEIPT
    ),
)
async def receipt(request: Request, claim_id: ClaimId) -> Response:
    """Return the receipt's canonical bytes: save them as they are (`FILE.seal.json`).

    Where this ledger's worker kept state proofs of its anchor, it has them (docs/receipt.md).
    """
    at = served(request)
    found = await at.quick(_receipt, at, bytes.fromhex(claim_id[2:]))
    return Response(found.encode(), media_type=MEDIA_TYPE)


def _take(at: Served, parts: list[SignedPart], *, in_clear: bool) -> list[Json]:
    claims = [_signed(number, part) for number, part in enumerate(parts)]
    take = at.disclosing.hand_over if in_clear else at.disclosing.disclose
    return [
        {"id": hex_of(signed.id), "leaf_hash": hex_of(Leaf.of(signed).hash), "index": index}
        for signed, index in zip(claims, take(claims), strict=True)
    ]


def _signed(number: int, part: SignedPart) -> SignedClaim:
    try:
        return SignedClaim.from_json(part.model_dump())
    except LedgerError as cause:
        raise InvalidClaim(f"#/claims/{number}: {cause}") from cause


def _placed(at: Served, claim_id: bytes) -> PlacedClaim:
    found = at.followed().claim(claim_id)
    if found is None:
        raise ClaimMissing(f"expected a disclosed claim, {hex_of(claim_id)} is none here")
    return found


def _receipt(at: Served, claim_id: bytes) -> Receipt:
    found = receipt_from_index(at.index, _placed(at, claim_id))
    with suppress(Unavailable):  # the receipt is whole without it
        (found,) = with_kept_evidence(at.queue, at.installation.contracts, [found])
    return found


def _claim(at: Served, claim_id: bytes) -> Json:
    placed = _placed(at, claim_id)
    found = receipt_from_index(at.index, placed)
    if found.inclusion is None:
        raise ClaimMissing(f"expected {hex_of(claim_id)} at a place, it has none here")
    return {
        "id": hex_of(claim_id),
        "leaf_hash": hex_of(found.leaf_hash),
        "signed": placed.signed.to_json(),
        "inclusion": found.inclusion.to_json(),
        "anchor": placed.anchored.anchor.to_json(),
        "chain": chain_json(placed.chain),
        "existed_by": existed_by(at, placed).to_json(),
    }
