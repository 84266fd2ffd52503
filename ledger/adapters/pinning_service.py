"""A service that keeps what it is told to keep, and fetches it itself.

Source: the IPFS Pinning Service API, version 1.0.0. It takes CIDs, not bytes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote

from ..cid import Cid
from ..encoding import Json
from ..errors import BadSettings, InvalidInput, PinRefused, StoreBusy, StoreUnavailable
from ..ports import BlockStore, Pin, PinState
from ..ports.stores import MAX_LABEL
from .access_token import AccessToken
from .pinning_answers import pins_in, read_pin, reason_in
from .web_host import Question, WebAnswer, WebHost, parts_of

MAX_ORIGINS = 20
_STATES = ("queued", "pinning", "pinned", "failed")
_LIMIT = 100  # requests for one CID that are looked at
_BEST = (PinState.PINNED, PinState.PINNING, PinState.QUEUED, PinState.FAILED)
_REQUEST = re.compile(r"(?!\.{1,2}\Z)[!-~]{1,255}")
_LONGEST_WAIT = 24 * 3600  # seconds
_MADE_BY = {"app": "sealbook"}


class PinningService:
    """A `Pinner`: the service at `endpoint`, called `name` in the settings.

    `timeout` in seconds bounds each step of an answer. The token is read for each request, and is
    sent to no other host: redirects are not followed.
    """

    def __init__(self, name: str, endpoint: str, token: AccessToken | None, timeout: float) -> None:
        parts = parts_of(endpoint)
        if parts.login is not None:
            raise BadSettings(f"expected the endpoint of {name} without a login; name a token_file")
        if token is not None and parts.scheme != "https" and not parts.here:
            raise BadSettings(
                f"expected the endpoint of {name} with https: a token by http is read by all"
            )
        self._name = name
        self._token = token
        self._host = WebHost(endpoint, timeout)

    @property
    def name(self) -> str:
        """What the settings call it."""
        return self._name

    @property
    def store(self) -> BlockStore | None:
        """None: it fetches the blocks from the origins, or from the network."""
        return None

    def addresses(self) -> Sequence[str]:
        """Return none: it keeps its own to itself until a pin is asked for (`delegates`)."""
        return ()

    def pin(self, cid: Cid, label: str, origins: Sequence[str] = ()) -> Pin:
        """Ask for a pin, unless there is a request for this CID that has not failed.

        So an answer that got lost on its way makes no second request. One that failed is replaced.
        """
        known = self._best(cid)
        if known is not None and known.state is not PinState.FAILED:
            return known
        body = {
            "cid": str(cid),
            "name": label[:MAX_LABEL],
            "origins": list(dict.fromkeys(origins))[:MAX_ORIGINS],
            "meta": _MADE_BY,
        }
        path = "/pins" if known is None else _path(known.request)
        answer = self._ask("POST", path, body=body)
        if known is not None and answer.status == HTTPStatus.NOT_FOUND:  # it went meanwhile
            answer = self._ask("POST", "/pins", body=body)
        return self._pin(cid, self._accepted(answer, "to pin"))

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        """Return how a request stands; `lost` if the service knows of none (any more)."""
        if request is None:
            return self._best(cid) or Pin(cid, PinState.LOST)
        answer = self._ask("GET", _path(request))
        if answer.status == HTTPStatus.NOT_FOUND:
            return Pin(cid, PinState.LOST)
        return self._pin(cid, self._accepted(answer, "how a pin stands"))

    def unpin(self, cid: Cid, request: str | None = None) -> None:
        """Let go of a request, or of all for this CID where none is named. Safe to repeat."""
        named = [request] if request is not None else [one.request for one in self._all(cid)]
        for one in named:
            answer = self._ask("DELETE", _path(one))
            if answer.status != HTTPStatus.NOT_FOUND:
                self._require_accepted(answer, "to unpin")

    def _best(self, cid: Cid) -> Pin | None:
        known = self._all(cid)
        return min(known, key=lambda one: _BEST.index(one.state), default=None)

    def _all(self, cid: Cid) -> Sequence[Pin]:
        params = [("cid", str(cid)), ("limit", str(_LIMIT))]
        # without these, the service names only what is pinned
        params += [("status", ",".join(_STATES))]
        answer = self._ask("GET", "/pins", params=params)
        said = self._accepted(answer, "for its pins")
        try:
            return pins_in(said, cid, _LIMIT)
        except InvalidInput as cause:
            raise self._host.broken(str(cause)) from cause

    def _pin(self, cid: Cid, said: Json) -> Pin:
        try:
            return read_pin(said, cid)
        except InvalidInput as cause:
            raise self._host.broken(str(cause)) from cause

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, object] | None = None,
    ) -> WebAnswer:
        headers = {"accept": "application/json"}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token.read()}"
        if body is not None:
            headers["content-type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        return self._host.ask(Question(method, path, tuple(params), content, headers))

    def _accepted(self, answer: WebAnswer, what: str) -> Json:
        self._require_accepted(answer, what)
        return self._host.json(answer)

    def _require_accepted(self, answer: WebAnswer, what: str) -> None:
        """Return if the service did what it was asked; else raise what its status means."""
        status = answer.status
        if status in {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT}:
            return
        asked = f"asked {self._name} ({self._host.name}) {what}"
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise PinRefused(f"{asked}, it does not accept the token; put a new one in token_file")
        why = reason_in(answer.body)
        wait = _wait(answer.headers)
        if status == HTTPStatus.TOO_MANY_REQUESTS or wait is not None:
            when = "later" if wait is None else f"in {wait} s"
            raise StoreBusy(f"{asked}, it says: ask again {when}", wait)
        told = f"{asked}, it says: HTTP status {status}{why}"
        if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
            raise StoreBusy(told)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise PinRefused(told)
        raise StoreUnavailable(told)


def _path(request: str | None) -> str:
    if request is None or _REQUEST.fullmatch(request) is None:
        raise InvalidInput("expected a request id of 1 to 255 printable characters")
    return f"/pins/{quote(request, safe='')}"


def _wait(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that a service asks to be left alone (RFC 9110 §10.2.3)."""
    said = headers.get("retry-after", "")[:100].strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(int(said), _LONGEST_WAIT)
    try:  # a date is counted from the service's own clock, not from ours
        left = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(round(left.total_seconds()), 0), _LONGEST_WAIT)
