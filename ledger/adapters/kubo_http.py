"""ipfshttpclient with limits: no answer is longer, slower or from elsewhere than was agreed to.

ipfshttpclient reads whatever comes, for as long as it comes, and follows redirects. Everything it
sends goes through one class of its own, which is narrowed here. Its `connect` refuses newer nodes,
so its `Client` is made without it; its patched sessions warn of an old argument, so plain ones
are used.
"""

import ipaddress
import json
import sys
import time
import weakref
from collections.abc import Generator, Iterator, Sequence
from http.cookiejar import DefaultCookiePolicy
from importlib.util import find_spec
from io import BytesIO
from types import ModuleType
from typing import Any

import requests

from ..cid.block import decode_varint, encode_varint
from .web_host import UrlParts

MAX_ANSWER = 4 * 1024 * 1024  # bytes: a block has 2 MiB
MAX_LIST = 256 * 1024 * 1024  # bytes: about three million CIDs
_MAX_PROBLEM = 64 * 1024
_PIECE = 64 * 1024
_WHOLE_ANSWER = 3  # timeouts that an answer may take, however steadily it trickles
_OK = 200
_LIST = "/refs/local"


def _varint() -> ModuleType:
    """Return what stands in for the package `varint`, which multiaddr imports.

    It is published as source only, and nothing is built on a user's machine; it is two functions.
    """

    def decode_stream(stream: BytesIO) -> int:
        taken = stream.read(1)
        while taken[-1:] > b"\x7f" and len(taken) < 9:  # noqa: PLR2004 - a varint of 63 bits
            taken += stream.read(1)
        return decode_varint(taken, 0)[0]

    module = ModuleType("varint")
    module.__dict__.update(encode=encode_varint, decode_stream=decode_stream)
    return module


if "varint" not in sys.modules and find_spec("varint") is None:
    sys.modules["varint"] = _varint()

# imports multiaddr, and that imports varint
from ipfshttpclient import Client, exceptions  # type: ignore[import-untyped]  # noqa: E402
from ipfshttpclient.http_requests import ClientSync  # type: ignore[import-untyped]  # noqa: E402

__all__ = ["KuboClient", "KuboHttp", "exceptions"]


class KuboHttp(ClientSync):  # type: ignore[misc]
    """What ipfshttpclient sends and reads, within limits; CIDs are always written in base32."""

    trusts_environment = True  # a proxy of the environment's

    def _make_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = self.trusts_environment
        session.max_redirects = 0
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.headers["accept-encoding"] = "identity"
        session.params = {**self._session_props.get("params", {}), "cid-base": "base32"}
        session.auth = self._session_props.get("auth")
        return session

    def _request(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        **how: Any,  # noqa: ANN401 - as the base takes it
    ) -> tuple[list[Any], Generator[bytes, None, None]]:
        closables, pieces = super()._request(method, path, params, **how)
        if path == _LIST:
            return closables, _bounded(pieces, MAX_LIST, None)
        _, patience = how["timeout"]
        return closables, _bounded(pieces, MAX_ANSWER, _WHOLE_ANSWER * patience)

    def _do_raise_for_status(self, response: requests.Response) -> None:
        if "content-encoding" in response.headers:
            raise exceptions.ProtocolError(
                None, "an answer that is packed, which was not asked for"
            )
        if response.status_code == _OK:
            return
        error = requests.HTTPError(f"HTTP status {response.status_code}")
        pieces = _bounded(response.iter_content(_PIECE), _MAX_PROBLEM, self._default_timeout)
        try:
            said = json.loads(b"".join(pieces))
        except (ValueError, RecursionError):
            raise exceptions.StatusError(error) from error
        if not isinstance(said, dict) or not isinstance(said.get("Message"), str):
            raise exceptions.StatusError(error)
        raise exceptions.ErrorResponse(said["Message"], error)


class KuboClient(Client):  # type: ignore[misc]
    """ipfshttpclient's client for the node at a URL; every call must name its time limit."""

    def __init__(self, parts: UrlParts, timeout: float) -> None:
        # not ipfshttpclient's own beginning: it would make the HTTP part without limits
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = f"/{_kind(parts.host)}/{parts.host}/tcp/{port}/{parts.scheme}"
        base = f"{parts.path}/api/v0".lstrip("/")
        self.chunk_size = _PIECE
        self._client = KuboHttp(address, base, auth=parts.login, timeout=timeout)
        self._client.trusts_environment = not parts.here
        self._client.open_session()
        self._workarounds = self._client.workarounds
        weakref.finalize(self, self._client.close_session)


def _kind(host: str) -> str:
    try:
        return f"ip{ipaddress.ip_address(host).version}"
    except ValueError:
        return "dns"


def _bounded(
    pieces: Iterator[bytes], most: int, seconds: float | None
) -> Generator[bytes, None, None]:
    give_up = None if seconds is None else time.monotonic() + seconds
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > most:
            raise exceptions.ProtocolError(None, f"more than {most} bytes")
        if give_up is not None and time.monotonic() > give_up:
            raise exceptions.ProtocolError(None, "an answer that does not end")
        yield piece
