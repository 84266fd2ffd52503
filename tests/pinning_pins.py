"""What a pinning service holds: pin objects, and which of them a question asks for.

Source: the IPFS Pinning Service API, version 1.0.0.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

STATUSES = ("queued", "pinning", "pinned", "failed")
MATCHES = ("exact", "iexact", "partial", "ipartial")
FILTERS = ("cid", "name", "match", "status", "before", "after", "limit", "meta")
MOST_CIDS = 10
MOST_NAME = 255
MOST_ORIGINS = 20
MOST_RESULTS = 1000
USUAL_RESULTS = 10
_CID = re.compile(r"Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{30,110}")


class BadRequest(Exception):
    """What the service answers with 400, and why."""


@dataclass(slots=True)
class Pin:
    """One pin request: the same CID may be asked for more than once."""

    request_id: str
    cid: str
    name: str | None
    origins: tuple[str, ...]
    meta: dict[str, str]
    created: datetime
    status: str
    looks_left: int = 0  # how often its status is asked for before it is pinned
    info: dict[str, str] = field(default_factory=dict)

    def told(self, delegates: tuple[str, ...]) -> dict[str, object]:
        """Give the PinStatus object."""
        pin: dict[str, object] = {"cid": self.cid}
        pin |= {"name": self.name} if self.name is not None else {}
        pin |= {"origins": list(self.origins)} if self.origins else {}
        pin |= {"meta": self.meta} if self.meta else {}
        return {
            "requestid": self.request_id,
            "status": self.status,
            "created": self.created.isoformat().replace("+00:00", "Z"),
            "pin": pin,
            "delegates": list(delegates),
            "info": self.info,
        }


def read_pin(body: bytes, request_id: str, created: datetime) -> Pin:
    """Read a Pin object that a client sent; BadRequest for anything else."""
    try:
        said = json.loads(body)
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(said, dict) or not _CID.fullmatch(str(said.get("cid"))):
        raise BadRequest("expected a pin object with a cid")
    name, origins, meta = said.get("name"), said.get("origins") or [], said.get("meta") or {}
    if not (name is None or (isinstance(name, str) and len(name) <= MOST_NAME)):
        raise BadRequest(f"a name is a text of at most {MOST_NAME} characters")
    if not isinstance(origins, list) or not all(isinstance(each, str) for each in origins):
        raise BadRequest("origins are multiaddrs")
    if len(origins) > MOST_ORIGINS or len(set(origins)) != len(origins):
        raise BadRequest(f"at most {MOST_ORIGINS} origins, each once")
    return Pin(request_id, said["cid"], name, tuple(origins), _meta(meta), created, "queued")


def chosen(pins: list[Pin], query: Mapping[str, str]) -> tuple[int, list[Pin]]:
    """Give how many pins a question asks for, and the newest of them up to its limit."""
    unknown = sorted(set(query) - set(FILTERS))
    if unknown:
        raise BadRequest(f"no filter is named {unknown[0]}")
    cids = query["cid"].split(",") if "cid" in query else []
    if len(cids) > MOST_CIDS or not all(_CID.fullmatch(each) for each in cids):
        raise BadRequest(f"expected at most {MOST_CIDS} CIDs")
    statuses = query.get("status", "pinned").split(",")
    if not set(statuses) <= set(STATUSES):
        raise BadRequest(f"a status is one of {', '.join(STATUSES)}")
    if query.get("match", "exact") not in MATCHES:
        raise BadRequest(f"match is one of {', '.join(MATCHES)}")
    meta = _meta(_json(query.get("meta", "{}")))
    before, after, limit = _time(query, "before"), _time(query, "after"), _limit(query)
    found = [
        pin
        for pin in pins
        if (not cids or pin.cid in cids)
        and pin.status in statuses
        and _named(pin, query)
        and (before is None or pin.created < before)
        and (after is None or pin.created > after)
        and meta.items() <= pin.meta.items()
    ]
    found.sort(key=lambda pin: pin.created, reverse=True)
    return len(found), found[:limit]


def _named(pin: Pin, query: Mapping[str, str]) -> bool:
    if "name" not in query:
        return True
    how = query.get("match", "exact")
    name, wanted = pin.name or "", query["name"]
    if how.startswith("i"):
        name, wanted = name.lower(), wanted.lower()
    return wanted in name if how.endswith("partial") else wanted == name


def _meta(said: object) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        raise BadRequest("meta is an object of texts")
    return said


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadRequest("meta is JSON") from error


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        said = datetime.fromisoformat(query[name])
    except ValueError as error:
        raise BadRequest(f"{name} is a time as in RFC 3339") from error
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _limit(query: Mapping[str, str]) -> int:
    said = query.get("limit", str(USUAL_RESULTS))
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= MOST_RESULTS:
        raise BadRequest(f"limit is a number from 1 to {MOST_RESULTS}")
    return int(said)
