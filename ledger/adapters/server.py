"""A Sealbook server over HTTP: asked with patience, and believed in nothing but its form."""

import ipaddress
import json
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from ..digest import Digest
from ..encoding import Json, hex_of
from ..errors import InvalidInput, LedgerError, ServerUnreachable
from ..fields import Fields
from ..leaf_status import LeafStatus
from ..problem import error_of
from ..receipt import MAX_BYTES
from ..signed import SignedClaim

MAX_LEAVES = 1_000  # leaf hashes, claims or questions in one request
# A thousand reports have 4 MB; all other answers are smaller.
MAX_ANSWER = 16 * 1024 * 1024
MAX_PROBLEM = 64 * 1024
MAX_DETAIL = 1_000  # bytes of what a problem says
TIMEOUT = 30.0  # seconds: a batch of disclosures is checked before it is answered
_WHOLE_ANSWER = 3  # timeouts that an answer may take, however steadily it trickles
_OK = 300
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] | None = None


class HttpServer:
    """The server at `url`: https, or http to this computer. `timeout` in seconds for each step."""

    def __init__(
        self, url: str, *, timeout: float = TIMEOUT, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url, self.name = _checked(url)
        local = self._url.startswith("http://")
        self._timeout = timeout
        # A proxy of the environment's is for the net, not for this computer.
        self._client = httpx.Client(
            timeout=timeout, follow_redirects=False, trust_env=not local, transport=transport
        )
        weakref.finalize(self, self._client.close)

    def submit(self, leaf_hashes: Sequence[bytes], key: str) -> Sequence[int]:
        """Send leaf hashes, a thousand at a time; return their indexes. Safe to repeat."""
        indexes: list[int] = []
        for at in range(0, len(leaf_hashes), MAX_LEAVES):
            some = [hex_of(one) for one in leaf_hashes[at : at + MAX_LEAVES]]
            headers = {"idempotency-key": f"{key}-{at}"}
            answer = self._ask(_Request("POST", "/v1/leaves", {"leaves": some}, headers))
            indexes += self._indexes(answer, "leaves", len(some))
        return indexes

    def leaf(self, leaf_hash: bytes) -> LeafStatus:
        """Ask how a leaf hash stands; NotFound if the server never got it."""
        answer = self._ask(_Request("GET", f"/v1/leaves/{hex_of(leaf_hash)}"))
        try:
            return LeafStatus.from_json(answer)
        except InvalidInput as cause:
            raise self._broken(str(cause)) from cause

    def disclose(self, claims: Sequence[SignedClaim], *, in_clear: bool = False) -> Sequence[int]:
        """Show signed claims; return their leaves' indexes. NotFinal while that is too early."""
        body: Json = {"claims": [one.to_json() for one in claims], "in_clear": in_clear}
        answer = self._ask(_Request("POST", "/v1/claims", body))
        return self._indexes(answer, "claims", len(claims))

    def receipt(self, claim_id: bytes) -> bytes:
        """Ask for a disclosed claim's receipt; ClaimMissing if it is not there."""
        path = f"/v1/claims/{hex_of(claim_id)}/receipt"
        return self._bytes(_Request("GET", path), MAX_BYTES)

    def works(self, digest: Digest) -> Json:
        """Ask for the claims on a work, in order of priority."""
        return self._ask(_Request("GET", f"/v1/works/{digest}"))

    def verify(self, digest: Digest | None, receipt: bytes | None) -> Json:
        """Ask for the report on a digest, a receipt, or both."""
        body: dict[str, Json] = {}
        if digest is not None:
            body["digest"] = str(digest)
        if receipt is not None:
            body["receipt"] = receipt.decode("utf-8", "replace")
        return self._ask(_Request("POST", "/v1/verify", body))

    def _indexes(self, answer: Json, name: str, count: int) -> Sequence[int]:
        try:
            rows = Fields(answer, "answer", InvalidInput).items(name, count)
            found = [Fields(row, "leaf", InvalidInput).number("index") for row in rows]
        except InvalidInput as cause:
            raise self._broken(str(cause)) from cause
        if len(found) != count:
            raise self._broken(f"{len(found)} indexes for {count} leaves")
        return found

    def _ask(self, request: _Request) -> Json:
        return self._json(self._bytes(request, MAX_ANSWER))

    def _json(self, data: bytes) -> Json:
        try:
            answer: Json = json.loads(data)
        except (ValueError, RecursionError) as cause:
            raise self._broken("no JSON") from cause
        return answer

    def _bytes(self, request: _Request, most: int) -> bytes:
        content = None if request.body is None else json.dumps(request.body).encode()
        headers = {"accept": _JSON, "content-type": _JSON, **(request.headers or {})}
        give_up = time.monotonic() + _WHOLE_ANSWER * self._timeout
        taken = bytearray()
        try:
            with self._client.stream(
                request.method, self._url + request.path, content=content, headers=headers
            ) as response:
                limit = most if response.status_code < _OK else MAX_PROBLEM
                for piece in response.iter_bytes():
                    taken += piece
                    if len(taken) > limit:
                        raise self._broken(f"more than {limit} bytes")
                    if time.monotonic() > give_up:
                        raise self._broken("an answer that does not end")
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            raise ServerUnreachable(
                f"expected an answer from {self.name}, got: {type(cause).__name__}; is it running?"
            ) from cause
        if response.status_code >= _OK:
            raise self._problem(response, bytes(taken))
        return bytes(taken)

    def _problem(self, response: httpx.Response, data: bytes) -> LedgerError:
        """Return the error that the server names; ServerUnreachable if it names none of ours."""
        status = response.status_code
        try:
            fields = Fields(self._json(data), "problem", InvalidInput)
            kind = error_of(fields.text("type", 200))
            detail = fields.text("detail", MAX_DETAIL)
        except (InvalidInput, ServerUnreachable):
            return self._broken(f"HTTP status {status}")
        if kind is None:
            return self._broken(f"HTTP status {status}: {_shown(detail)}")
        return kind(f"{self.name} says: {_shown(detail)}")

    def _broken(self, came: str) -> ServerUnreachable:
        return ServerUnreachable(
            f"expected {self.name} to answer as a Sealbook server does, got {came}; ask another"
        )


def _checked(url: str) -> tuple[str, str]:
    """Return the URL without its final slash, and the server's name."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as cause:
        raise InvalidInput(f"expected a server's URL, got {url!r:.80}") from cause
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise InvalidInput(f"expected a URL like https://HOST, got {url!r:.80}")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("expected a server's URL without a name or a password in it")
    if parts.scheme == "http" and not _here(host):
        raise InvalidInput(f"expected https://{host}: what goes by http can be changed on its way")
    name = f"[{host}]" if ":" in host else host
    shown = name if port is None else f"{name}:{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}", shown


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
