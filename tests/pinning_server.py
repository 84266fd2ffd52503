"""A pinning service for tests: the IPFS Pinning Service API on loopback, good or bad at will.

Source: the IPFS Pinning Service API, version 1.0.0 (POST, GET, DELETE; Bearer tokens; errors).
"""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.pinning_pins import BadRequest, Pin, chosen, read_pin

TOKEN = "a token of the tests"
REASONS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 409: "INSUFFICIENT_FUNDS"}
DELEGATE = "/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
# Fetches what is below a CID from these origins, and keeps it; raises what it will if it can't.
Fetch = Callable[[str, tuple[str, ...]], None]


@dataclass(slots=True)
class Behaviour:
    """How the service answers from now on: set these while it runs."""

    delay: float = 0.0  # seconds before every answer
    trickle: float = 0.0  # seconds between the bytes of an answer
    failing: int | None = None  # an HTTP status for every answer: 500, 401, 409, 429
    looks: int = 0  # how often a status is asked for before it says pinned
    outcome: str = "pinned"  # or failed; or pinning, or queued, which is never pinned
    malformed: bool = False  # cut the JSON short
    huge: int = 0  # bytes that every answer carries in excess
    redirect: str | None = None  # send every client elsewhere
    forgetful: bool = False  # accept, and lose the pin at once


@dataclass(slots=True)
class PinningService:
    """A running service: its address, its token, its pins, and what was asked of it."""

    url: str = ""
    token: str = TOKEN
    behaviour: Behaviour = field(default_factory=Behaviour)
    pins: dict[str, Pin] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # method, path with query
    delegates: tuple[str, ...] = (DELEGATE,)
    fetch: Fetch | None = None
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    turn: threading.Lock = field(default_factory=threading.Lock)  # one fetch at a time

    def lose(self, cid: str | None = None) -> None:
        """Lose the pins of a CID, or all, as a service does that was closed or was not paid."""
        with self.lock:
            for each in [p.request_id for p in self.pins.values() if cid in {None, p.cid}]:
                del self.pins[each]

    def status_of(self, cid: str) -> str | None:
        """Say what the service holds of a CID; nothing is counted as a look."""
        with self.lock:
            states = [pin.status for pin in self.pins.values() if pin.cid == cid]
        return states[-1] if states else None

    def create(self, body: bytes) -> Pin:
        """Take a pin request."""
        with self.lock:
            newest = max((pin.created for pin in self.pins.values()), default=None)
            now = datetime.now(UTC)
            if newest is not None and now <= newest:
                now = newest + timedelta(microseconds=1)
            pin = read_pin(body, str(uuid.uuid4()), now)
            pin.looks_left = self.behaviour.looks
            if not self.behaviour.forgetful:
                self.pins[pin.request_id] = pin
        if self.fetch is not None:
            pin.status = "pinning"
            threading.Thread(target=self._fetch, args=(pin, self.fetch), daemon=True).start()
        elif pin.looks_left == 0:
            pin.status = self.behaviour.outcome
        return pin

    def look(self, pin: Pin) -> None:
        """Let a pin come one look nearer to its outcome."""
        if self.fetch is None and pin.status in {"queued", "pinning"}:
            pin.looks_left = max(0, pin.looks_left - 1)
            pin.status = "pinning" if pin.looks_left else self.behaviour.outcome

    def _fetch(self, pin: Pin, fetch: Fetch) -> None:
        try:
            with self.turn:
                fetch(pin.cid, pin.origins)
        except Exception as error:  # noqa: BLE001 - whatever it is, the pin has failed
            pin.status, pin.info = "failed", {"status_details": str(error)}
        else:
            pin.status = "pinned"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def _answer(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with service.lock:
            service.asked.append((self.command, self.path))
        service.closing.wait(service.behaviour.delay)
        if service.behaviour.redirect is not None:
            self.send_response(HTTPStatus.TEMPORARY_REDIRECT)
            self.send_header("location", service.behaviour.redirect)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        try:
            status, said = self._result(service, body)
        except BadRequest as error:
            status, said = _error(400, str(error))
        self._send(status, said)

    def _result(self, service: PinningService, body: bytes) -> tuple[int, object]:
        if self.headers.get("authorization") != f"Bearer {service.token}":
            return _error(401, "the access token is missing or unknown")
        if service.behaviour.failing is not None:
            return _error(service.behaviour.failing, "told to fail")
        place = urlsplit(self.path)
        match (self.command, place.path.strip("/").split("/")):
            case ("POST", ["pins"]):
                return 202, service.create(body).told(service.delegates)
            case ("GET", ["pins"]):
                return 200, _listed(service, dict(parse_qsl(place.query)))
            case (method, ["pins", request_id]):
                return _one(service, method, request_id, body)
        return _error(404, "there is nothing here")

    def _send(self, status: int, said: object) -> None:
        behaviour = self.server.service.behaviour
        content = b"" if said is None else json.dumps(said).encode()
        content += b" " * behaviour.huge
        content = content[: len(content) // 2] if behaviour.malformed else content
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        with suppress(OSError):  # a client may have had enough
            if not behaviour.trickle:
                self.wfile.write(content)
                return
            for at in range(len(content)):
                self.wfile.write(content[at : at + 1])
                if self.server.service.closing.wait(behaviour.trickle):
                    return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, service: PinningService) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""


def _error(status: int, details: str) -> tuple[int, object]:
    reason = REASONS.get(status, "INTERNAL_SERVER_ERROR" if status >= 500 else "REFUSED")
    return status, {"error": {"reason": reason, "details": details}}


def _listed(service: PinningService, query: dict[str, str]) -> object:
    with service.lock:
        for pin in service.pins.values():
            if "cid" not in query or pin.cid in query["cid"].split(","):
                service.look(pin)
        count, found = chosen(list(service.pins.values()), query)
        return {"count": count, "results": [pin.told(service.delegates) for pin in found]}


def _one(service: PinningService, method: str, request_id: str, body: bytes) -> tuple[int, object]:
    with service.lock:
        pin = service.pins.get(request_id)
        if pin is None:
            return _error(404, "no pin request has this id")
        if method == "GET":
            service.look(pin)
            return 200, pin.told(service.delegates)
        if method == "POST":  # the new one takes the old one's place
            new = service.create(body)
            del service.pins[request_id]
            return 202, new.told(service.delegates)
        del service.pins[request_id]
        return 202, None


@contextmanager
def pinning_service(
    *, fetch: Fetch | None = None, delegates: tuple[str, ...] = (DELEGATE,)
) -> Iterator[PinningService]:
    """Run a service until the context ends; with `fetch` it really fetches what it is to pin."""
    service = PinningService(fetch=fetch, delegates=delegates)
    server = _Server(service)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
