"""The wire to a node: one JSON-RPC request over HTTP, bounded in time, size and tries."""

import json
import time
import weakref
from itertools import count
from typing import Self
from urllib.parse import urlsplit

import httpx

from ..errors import BadSettings, ChainUnreachable
from ..ports import Clock
from .clocks import SystemClock
from .json_rpc_errors import STATUSES, NodeError, NodeRefused, Remedy, remedy_of

__all__ = ["MAX_ANSWER_BYTES", "TRIES", "AnswerTooLarge", "JsonRpcTransport", "NodeError"]

MAX_ANSWER_BYTES = 32 * 2**20
TRIES = 3
_FIRST_PAUSE = 0.2  # seconds
_PAUSE_GROWTH = 4
_LIMIT = 45.0  # seconds after which no other try begins
_OK = 200
_WHOLE_ANSWER = 3  # timeouts that an answer may take, however steadily it trickles
_SHOWN = 200


class AnswerTooLarge(ChainUnreachable):
    """The answer is larger than this reader takes; a narrower question may do."""


class _Transient(Exception):
    """Asking again may work."""


class JsonRpcTransport:
    """Asks the node at `url`; `timeout` in seconds for each step of a request, `tries` at most.

    An error names the node by its host alone, since a path or a query may hold a key.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 20.0,
        max_answer: int = MAX_ANSWER_BYTES,
        clock: Clock | None = None,
        tries: int = TRIES,
    ) -> None:
        self.node = _host_of(url)
        self._url = url
        self._timeout = timeout
        self._max_answer = max_answer
        self._clock = clock or SystemClock()
        self._tries = tries
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)
        weakref.finalize(self, self._client.close)
        self._ids = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, method: str, parameters: list[object]) -> object:
        """Return the result; ChainUnreachable if the node answers with an error or not at all."""
        answer = self.try_ask(method, parameters)
        if isinstance(answer, NodeError):
            raise self.refused(method, answer)
        return answer

    def try_ask(self, method: str, parameters: list[object]) -> object:
        """Return the result or, as a NodeError, the node's error."""
        number = next(self._ids)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        body = json.dumps(request).encode()
        pause, give_up = _FIRST_PAUSE, time.monotonic() + _LIMIT
        for tried in range(1, self._tries + 1):
            last = tried == self._tries or time.monotonic() + pause > give_up
            try:
                answer = self._read(method, number, self._post(method, body))
            except _Transient as cause:
                if last:
                    raise ChainUnreachable(
                        f"expected {self.node} to answer {method}, tried {tried} times: {cause}; "
                        "is the node up, and is its rpc right in config.toml?"
                    ) from cause
            else:
                asks_for_patience = (
                    isinstance(answer, NodeError) and remedy_of(answer) is Remedy.AGAIN
                )
                if last or not asks_for_patience:
                    return answer
            self._clock.sleep(pause)
            pause *= _PAUSE_GROWTH
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def refused(self, method: str, error: NodeError) -> NodeRefused:
        """Return the error that says what the node refused."""
        return NodeRefused(str(self.broken(method, f"error {error.code}: {error.message}")), error)

    def broken(self, method: str, came: str) -> ChainUnreachable:
        """Return the error that says what came instead of an answer."""
        return ChainUnreachable(
            f"expected {self.node} to answer {method}, got {came[:_SHOWN]}; ask another node"
        )

    def _post(self, method: str, body: bytes) -> bytes:
        taken = bytearray()
        give_up = time.monotonic() + _WHOLE_ANSWER * self._timeout
        headers = {"content-type": "application/json"}
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                if STATUSES.get(response.status_code) is Remedy.AGAIN:
                    raise _Transient(f"HTTP status {response.status_code}")
                for piece in response.iter_bytes():
                    taken += piece
                    if len(taken) > self._max_answer:
                        raise AnswerTooLarge(
                            f"expected at most {self._max_answer} bytes from {self.node} for "
                            f"{method}, got more; ask for less"
                        )
                    if time.monotonic() > give_up:
                        raise self.broken(method, "an answer that does not end")
                # some nodes put their JSON-RPC error under a status 4xx: the body decides
                if response.status_code != _OK and not taken.lstrip().startswith(b"{"):
                    raise self.broken(method, f"HTTP status {response.status_code}")
        except (httpx.NetworkError, httpx.RemoteProtocolError) as cause:
            raise _Transient(type(cause).__name__) from cause
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            raise self.broken(method, type(cause).__name__) from cause
        return bytes(taken)

    def _read(self, method: str, number: int, body: bytes) -> object:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as cause:
            raise self.broken(method, f"no JSON ({len(body)} bytes)") from cause
        if not isinstance(answer, dict) or answer.get("id", number) not in {number, None}:
            raise self.broken(method, "an answer to another request")
        error = answer.get("error")
        if error is None:
            if "result" not in answer:
                raise self.broken(method, "neither result nor error")
            result: object = answer["result"]
            return result
        if not isinstance(error, dict):
            raise self.broken(method, "an error that is no object")
        code, message = error.get("code"), error.get("message")
        return NodeError(
            code if isinstance(code, int) else 0,
            message[:_SHOWN] if isinstance(message, str) else "",
            _text_of(error.get("data")),
        )


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as cause:
        raise BadSettings("expected a node's URL, got text that is none") from cause
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSettings("expected a node's URL with http:// or https:// and a host")
    return parts.netloc.rpartition("@")[2]


def _text_of(data: object) -> str:
    # some nodes wrap the contract's error data once more
    inner = data.get("data") if isinstance(data, dict) else data
    return inner if isinstance(inner, str) else ""
