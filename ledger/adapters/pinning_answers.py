"""What a pinning service answers, read field by field: nothing that it says is taken on trust."""

import json
from collections.abc import Mapping, Sequence

from ..cid import Cid
from ..encoding import Json
from ..errors import InvalidInput
from ..fields import Fields
from ..ports import Pin, PinState
from ..ports.stores import MAX_REQUEST
from .web_host import shown

MAX_DELEGATES = 20
_MAX_ADDRESS = 500
_MAX_STATE = 20
_MAX_CID = 200


def pins_in(said: Json, cid: Cid, most: int) -> Sequence[Pin]:
    """Return the requests for that CID in a PinResults."""
    fields = Fields(said, "list of pins", InvalidInput)
    fields.number("count")
    return tuple(read_pin(one, cid) for one in fields.items("results", most))


def read_pin(said: Json, cid: Cid) -> Pin:
    """Return the request in a PinStatus; InvalidInput if it is none, or another CID's."""
    fields = Fields(said, "pin's status", InvalidInput)
    request = fields.text("requestid", MAX_REQUEST, 1)
    if not request.isprintable():
        raise InvalidInput("expected a printable requestid, got control characters")
    state = fields.text("status", _MAX_STATE)
    if state not in {"queued", "pinning", "pinned", "failed"}:
        raise InvalidInput(f"expected queued, pinning, pinned or failed, got {state!r}")
    pin = Fields(fields.take("pin"), "pin", InvalidInput)
    if pin.text("cid", _MAX_CID) != str(cid):
        raise InvalidInput(f"expected the pin of {cid}, got another's")
    info = fields.optional("info")
    why = info.get("status_details") if isinstance(info, Mapping) else None
    return Pin(
        cid,
        PinState(state),
        request,
        _addresses(fields.optional("delegates")),
        shown(why) if isinstance(why, str) else "",
    )


def reason_in(body: bytes) -> str:
    """Return what a Failure says, to be put behind a message; nothing if it says nothing."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return ""
    parts = [error.get(name) for name in ("reason", "details")]
    told = ": ".join(one for one in parts if isinstance(one, str) and one)
    return f", {shown(told)}" if told else ""


def _addresses(said: Json) -> tuple[str, ...]:
    """Return the multiaddrs; services that name none, or nonsense, still keep pins."""
    if not isinstance(said, list):
        return ()
    good = (one for one in said if isinstance(one, str) and one.isprintable())
    return tuple(one for one in good if one.startswith("/") and len(one) <= _MAX_ADDRESS)[
        :MAX_DELEGATES
    ]
