"""The door: who may come in, and how much they may bring. Nothing behind it reads more."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.errors import LimitExceeded

from .loopback import is_loopback, names_this_computer
from .problems import FOREIGN_HOST, FOREIGN_ORIGIN, NOT_JSON, NOT_LOCAL, TABLE, Problem, answer

# A thousand leaf hashes take 70 KB as JSON; as much again for spaces.
MAX_LEAVES_BODY = 160 * 1024
# A thousand claims with details take 1.5 MB, a thousand receipts 4 MB. Larger ones (details may
# have 64 KiB, a receipt 1 MiB) go in requests of fewer. Parsed, a body takes ten times as much.
MAX_BODY = 8 * 1024 * 1024
_LIMITS = {"/v1/leaves": MAX_LEAVES_BODY}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Door:
    """Middleware: refuses strangers, pages of other sites, and bodies that are too large."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, whole, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = _stranger(scope, headers)
        if refused is not None:
            await answer(*refused)(scope, receive, send)
            return
        limit = _LIMITS.get(scope["path"], MAX_BODY)
        body = None if _declared(headers) > limit else await _read(receive, limit)
        if body is None:
            detail = f"expected a body of at most {limit} bytes, got more; send it in parts"
            headers_out = {"connection": "close"}
            await answer(TABLE[LimitExceeded], detail, headers_out)(scope, receive, send)
            return
        if body and headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            # and so a page of another site's can't send it without asking first (CORS)
            detail = f"expected content-type: {_JSON}, got another or none"
            await answer(NOT_JSON, detail)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


def _stranger(scope: Scope, headers: Headers) -> tuple[Problem, str] | None:
    client = scope.get("client")
    if client is not None and not is_loopback(client[0]):
        return NOT_LOCAL, "this server answers its own computer only, until there are API keys"
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not names_this_computer(hosts[0]):
        return FOREIGN_HOST, "expected a Host header that names this computer, such as localhost"
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}"):
        return FOREIGN_ORIGIN, "expected a request of this server's own page, or of a program"
    return None


def _declared(headers: Headers) -> int:
    written = headers.get("content-length", "0")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 20 else 0  # noqa: PLR2004


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body; None as soon as it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # who sent it has left
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body at once, and then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
