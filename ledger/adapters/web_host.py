"""A host on the web that is no friend: asked within limits of time and size, and never followed."""

import ipaddress
import json
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from ..encoding import Json
from ..errors import BadSettings, StoreUnavailable

MAX_JSON = 1024 * 1024  # bytes of an answer in JSON
_WHOLE_ANSWER = 3  # timeouts that an answer may take, however steadily it trickles
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Question:
    """One request: `path` is appended to the host's URL, `most` bounds the answer in bytes."""

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    body: bytes | Iterator[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    most: int = MAX_JSON


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What came back, whatever its status; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WebHost:
    """The host at `url`; `timeout` in seconds for each step, three times that for an answer.

    It is called by its host alone, since a path may hold a key. Redirects are answers like any
    other, cookies are never kept, and nothing is unpacked: a small answer stays small.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = parts_of(url)
        self.name = parts.name
        self._url = parts.url
        self._timeout = timeout
        # a proxy of the environment's is for the net, not for this computer
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            trust_env=not parts.here,
            headers={"accept-encoding": "identity"},
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        weakref.finalize(self, self._client.close)

    def ask(self, question: Question) -> WebAnswer:
        """Return the answer; StoreUnavailable if there is none within time and size."""
        taken = bytearray()
        try:
            with self._client.stream(
                question.method,
                self._url + question.path,
                params=list(question.params) or None,
                content=question.body,
                headers=question.headers,
            ) as response:
                give_up = time.monotonic() + _WHOLE_ANSWER * self._timeout
                for piece in response.iter_raw():
                    taken += piece
                    if len(taken) > question.most:
                        raise self.broken(f"more than {question.most} bytes")
                    if time.monotonic() > give_up:
                        raise self.broken("an answer that does not end")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as cause:
            raise StoreUnavailable(
                f"expected an answer from {self.name}, got: {type(cause).__name__}; is it up, and "
                "is its address right in config.toml?"
            ) from cause
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self.broken("an answer that is packed, which was not asked for")
        return WebAnswer(response.status_code, dict(response.headers.items()), bytes(taken))

    def json(self, answer: WebAnswer) -> Json:
        """Return an answer's JSON; StoreUnavailable if it is none."""
        try:
            said: Json = json.loads(answer.body)
        except (ValueError, RecursionError) as cause:
            raise self.broken(f"no JSON (HTTP status {answer.status})") from cause
        return said

    def broken(self, came: str) -> StoreUnavailable:
        """Return the error that says what came instead of an answer."""
        return StoreUnavailable(
            f"expected {self.name} to answer as config.toml says it does, got {shown(came)}"
        )


@dataclass(frozen=True, slots=True)
class UrlParts:
    """An http(s) URL, taken apart; `name` has no secrets, `url` no slash at its end."""

    scheme: str
    host: str
    port: int | None
    path: str
    login: tuple[str, str] | None
    url: str

    @property
    def name(self) -> str:
        """The host, and the port where one is given."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def here(self) -> bool:
        """Whether it is this computer."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parts_of(url: str) -> UrlParts:
    """Take a URL apart; BadSettings where it is none, or asks for more than a host and a path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as cause:
        raise BadSettings("expected a URL of http(s) in [ipfs], got text that is none") from cause
    if parts.scheme not in {"http", "https"} or not host:
        raise BadSettings("expected a URL with http:// or https:// and a host in [ipfs]")
    if parts.query or parts.fragment:
        raise BadSettings(f"expected the URL of {host} in [ipfs] without ? and #")
    login = None if parts.username is None else (parts.username, parts.password or "")
    return UrlParts(parts.scheme, host, port, parts.path.rstrip("/"), login, url.rstrip("/"))


def shown(text: str) -> str:
    """Return what a stranger says as one short line without control characters."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:_SHOWN]
    )
