"""Health: whether the process lives, and whether requests would be served well now."""

from fastapi import APIRouter, Request, Response

from ledger.chain import BlockRef
from ledger.encoding import Json
from ledger.errors import LedgerError

from .. import examples
from ..canonical import canonical_answer
from ..documents import answers
from ..health_schemas import HealthAnswer, ReadyAnswer
from ..problems import NOT_READY, answer
from ..served import Served, served

router = APIRouter(tags=["health"])
# Blocks that the index may be behind: a minute of a fast chain.
MOST_BEHIND = 60
NOT_READY_DETAIL = "a part of this server does not work now: `checks` says which"


@router.get(
    "/healthz",
    response_model=HealthAnswer,
    summary="Say that the process lives",
    responses=answers(200, alive={"status": "ok"}),
)
async def healthz() -> Response:
    """Answer `ok`; nothing is asked."""
    return canonical_answer({"status": "ok"})


@router.get(
    "/readyz",
    response_model=ReadyAnswer,
    summary="Say whether requests would be served well now",
    responses=answers(200, more=((NOT_READY, NOT_READY_DETAIL),), ready=examples.READY),
)
async def readyz(request: Request) -> Response:
    """Ask the chain, write to the queue (nothing), and look how old the index is.

    503 with the same object, as `checks` of a problem, when one of them fails.
    """
    at = served(request)
    checks = await at.quick(_checks, at)
    if checks["ready"]:
        return canonical_answer(checks)
    return answer(NOT_READY, NOT_READY_DETAIL, more={"checks": checks})


def _checks(at: Served) -> dict[str, Json]:
    at.following.catch_up()
    chain, head = _chain(at)
    checks: dict[str, dict[str, Json]] = {
        "chain": chain,
        "queue": _queue(at),
        "index": _index(at, head),
        "worker": {"ok": at.worker is None or (at.worker.alive and at.worker.failure is None)},
        "pins": _pins(at),
    }
    return {"ready": all(check["ok"] for check in checks.values()), **checks}


def _chain(at: Served) -> tuple[dict[str, Json], BlockRef | None]:
    try:
        head = at.reader.block("latest")
    except LedgerError:
        head = None
    return {"ok": head is not None, "block": None if head is None else head.number}, head


def _queue(at: Served) -> dict[str, Json]:
    try:
        at.queue.add([], None)  # a commit of nothing: the disk takes it or not
        return {"ok": True, "acknowledged": at.queue.size()}
    except LedgerError:
        return {"ok": False, "acknowledged": None}


def _pins(at: Served) -> dict[str, Json]:
    try:
        accounts = at.pinning.accounts()
    except LedgerError:  # the queue's own check says so
        return {"ok": True, "targets": []}
    targets: list[Json] = [
        {"target": name, "owed": one.owed, "asked": one.asked, "pinned": one.pinned}
        for name, one in accounts.items()
    ]
    return {"ok": True, "targets": targets}


def _index(at: Served, head: BlockRef | None) -> dict[str, Json]:
    cursor: BlockRef | None = None
    if head is not None:
        try:
            cursor = at.index.cursor(at.reader.identity())
        except LedgerError:
            cursor = None
    if head is None or cursor is None:
        return {"ok": False, "block": None, "blocks_behind": None, "seconds_behind": None}
    behind = max(0, head.number - cursor.number)
    return {
        "ok": behind <= MOST_BEHIND and at.following.failure is None,
        "block": cursor.number,
        "blocks_behind": behind,
        "seconds_behind": max(0, head.timestamp - cursor.timestamp),
    }
