"""A proxy before a real node: it can be gone, slow, or answer what it is told to, from now on."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
TIMEOUT = 60.0  # seconds for the node behind: longer than anybody who asks waits
_HOP = {"connection", "content-length", "transfer-encoding", "host", "keep-alive", "trailer"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the node."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What the node answers, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Forward = Callable[[Asked], Answered]
Behaviour = Callable[[Asked, Forward], Answered]


def honest(asked: Asked, forward: Forward) -> Answered:
    """Answer as the node does."""
    return forward(asked)


class FaultyProxy:
    """Stands at `url` before the node at `target`; `behaviour` may be another at any moment."""

    def __init__(self, target: str) -> None:
        self.behaviour: Behaviour = honest
        self.mirror: str | None = None  # another node, which gets each transaction too
        self._target = target
        self._own = threading.local()
        self._door: _Door | None = None
        self._waits = threading.Event()
        self._port = 0
        self.back()

    @property
    def url(self) -> str:
        """Where it listens, also while it is gone."""
        return f"http://{LOOPBACK}:{self._port}"

    def gone(self) -> None:
        """Refuse connections, and cut those that are open in the midst of whatever they say."""
        door, self._door = self._door, None
        if door is None:
            return
        door.shutdown()
        door.server_close()
        door.cut()

    def back(self) -> None:
        """Listen again, at the same port."""
        door = _Door(self._port, self)
        self._port = door.server_address[1]
        self._door = door
        threading.Thread(
            target=door.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def slow(self, seconds: float) -> None:
        """Answer each question late, until `quick`; then at once, also what waits already."""
        self._waits = waits = threading.Event()

        def late(asked: Asked, forward: Forward) -> Answered:
            waits.wait(seconds)
            return forward(asked)

        self.behaviour = late

    def right(self) -> None:
        """Be there, quick and honest."""
        self.behaviour = honest
        self._waits.set()
        if self._door is None:
            self.back()

    def leave(self) -> None:
        """Close what this thread has opened to nodes."""
        for connection in self._own.__dict__.pop("kept", {}).values():
            connection.close()

    def forward(self, asked: Asked, target: str | None = None) -> Answered:
        """Ask the node (or another at `target`), by a connection of this thread's own."""
        kept: dict[str, HTTPConnection] = self._own.__dict__.setdefault("kept", {})
        place = target or self._target
        if target is None and self.mirror and b"eth_sendRawTransaction" in asked.body:
            with suppress(OSError, HTTPException):
                self.forward(asked, self.mirror)
        for again in (True, False):
            connection = kept.get(place)
            if connection is None:
                parts = urlsplit(place)
                connection = HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
                kept[place] = connection
            try:
                connection.request(asked.method, asked.path, asked.body, dict(asked.headers))
                response = connection.getresponse()
                return Answered(response.status, dict(response.getheaders()), response.read())
            except (OSError, HTTPException):
                kept.pop(place).close()
                if not again:
                    raise
        raise AssertionError


class _Door(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, proxy: FaultyProxy) -> None:
        self.proxy = proxy
        self.open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Handler)

    def cut(self) -> None:
        """Cut all connections."""
        for each in list(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Door

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        self.server.proxy.leave()
        with suppress(OSError, ValueError):
            super().finish()

    def handle(self) -> None:
        with suppress(OSError, ValueError, HTTPException):  # cut, or the reader left
            super().handle()

    def _any(self) -> None:
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOP}
        asked = Asked(self.command, self.path, headers, self._body())
        answered = self.server.proxy.behaviour(asked, self.server.proxy.forward)
        self.send_response_only(answered.status)
        for name, value in answered.headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answered.body)))
        self.end_headers()
        self.wfile.write(answered.body)

    do_GET = do_POST = do_HEAD = _any  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Run a proxy before the node at `target` until the context ends."""
    proxy = FaultyProxy(target)
    try:
        yield proxy
    finally:
        proxy.right()
        proxy.gone()
