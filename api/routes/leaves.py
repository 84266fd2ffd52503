"""Leaves: hashes are committed, and asked about. They hide everything."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request, Response

from ledger.digest import sha256
from ledger.leaf import Disclosed
from ledger.ports import Idempotency

from .. import examples
from ..canonical import canonical_answer
from ..documents import answers, request_examples
from ..schemas import Hash, LeafAnswer, LeavesAnswer, LeavesRequest
from ..served import Served, served

router = APIRouter(prefix="/v1/leaves", tags=["leaves"])
# Printable ASCII: what HTTP carries unchanged, and a UUID fits several times.
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[\x21-\x7e]+$",
        description="a name of yours for this request, best a UUID: sent again, it is answered "
        "as before and commits nothing twice",
    ),
]


@router.post(
    "",
    status_code=202,
    response_model=LeavesAnswer,
    summary="Commit leaf hashes",
    responses=answers(
        202,
        examples.BAD_REQUEST,
        examples.KEY_USED,
        examples.TOO_LARGE,
        examples.NOT_NOW,
        body=True,
        leaves=examples.LEAVES_ANSWER,
    ),
)
async def commit(
    request: Request,
    key: Key,
    body: Annotated[
        LeavesRequest, Body(openapi_examples=request_examples(one=examples.LEAVES_REQUEST))
    ],
) -> Response:
    """Take up to a thousand leaf hashes, for good: acknowledged means written to the disk.

    A leaf hash is a hiding commitment, made by its author alone: from it this server learns
    neither the work nor the author. The worker anchors it; ask `GET /v1/leaves/{leaf_hash}`.
    """
    at = served(request)
    indexes = await at.quick(_keep, at, [bytes.fromhex(leaf[2:]) for leaf in body.leaves], key)
    at.wake()
    places = zip(body.leaves, indexes, strict=True)
    return canonical_answer(
        {"leaves": [{"leaf_hash": leaf, "index": index} for leaf, index in places]}, 202
    )


@router.get(
    "/{leaf_hash}",
    response_model=LeafAnswer,
    summary="Ask how a leaf hash stands",
    responses=answers(
        200,
        examples.BAD_REQUEST,
        examples.NO_LEAF,
        examples.NOT_NOW,
        pending=examples.PENDING_LEAF,
        anchored=examples.ANCHORED_LEAF,
    ),
)
async def status(
    request: Request,
    leaf_hash: Annotated[Hash, Path(openapi_examples=request_examples(one=examples.LEAF_HASH))],
) -> Response:
    """Return `pending`, or `anchored` with inclusion proof, anchor and finality.

    The leaf's owner makes the receipt of these. Check the proof yourself, and the anchor on a
    node of your own: a server's word is no evidence.
    """
    at = served(request)
    found = await at.quick(at.statuses.of, bytes.fromhex(leaf_hash[2:]))
    return canonical_answer(found.to_json())


def _keep(at: Served, hashes: list[bytes], key: str) -> list[int]:
    """Commit to the queue. What counts as the same request are its leaf hashes, in order."""
    once = Idempotency(key, sha256(b"".join(hashes)))
    return list(at.queue.add([Disclosed(leaf_hash) for leaf_hash in hashes], once))
