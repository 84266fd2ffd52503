"""Canonical answers: the same chain and blocks give the same bytes, whichever home answers."""

from starlette.responses import Response

from ledger.encoding import Json, canonical

MEDIA_TYPE = "application/json"


def canonical_answer(value: Json, status: int = 200) -> Response:
    """Return the response with the value's canonical bytes."""
    return Response(canonical(value), status, media_type=MEDIA_TYPE)
