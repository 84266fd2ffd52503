"""An HTTP server for tests that answers whatever the test says: slow, huge, false, broken."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `delay` in seconds before it, `trickle` between its bytes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    trickle: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class LyingHost:
    """Where it listens, and what it was asked, in order."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        return self.url.removeprefix("http://")


Answer = Callable[[Asked], Reply]


@contextmanager
def lying_host(answer: Answer | Reply) -> Iterator[LyingHost]:
    """Run it until the context ends."""
    host = LyingHost()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self._body())
            host.asked.append(asked)
            said = answer if isinstance(answer, Reply) else answer(asked)
            host.closing.wait(said.delay)
            with suppress(OSError):  # whoever asked gave up
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said.body)))
                self.end_headers()
                step = 1 if said.trickle else max(1, len(said.body))
                for at in range(0, len(said.body), step):
                    self.wfile.write(said.body[at : at + step])
                    if said.trickle and host.closing.wait(said.trickle):
                        return

        do_GET = do_POST = do_DELETE = _reply  # noqa: N815 - http.server's names

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            taken = bytearray()
            while size := int(self.rfile.readline(), 16):
                taken += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return bytes(taken)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        host.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def gone() -> str:
    """Return the URL of a host that is not there any more."""
    with lying_host(Reply()) as host:
        return host.url
