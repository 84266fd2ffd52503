"""A JSON-RPC node for tests that answers whatever the test says, lies included."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Raw:
    """An HTTP answer given as it is."""

    body: bytes
    status: int = 200


@dataclass(frozen=True, slots=True)
class NodeSays:
    """A JSON-RPC error."""

    message: str
    code: int = -32000
    data: object = None


@dataclass(slots=True)
class LyingNode:
    """Where it listens, and what it was asked, in order."""

    url: str
    asked: list[tuple[str, list[object]]] = field(default_factory=list)


# Takes the method and the parameters; returns a result, NodeSays or Raw
Answer = Callable[[str, list[object]], object]


@contextmanager
def lying_node(answer: Answer) -> Iterator[LyingNode]:
    """Run the node until the context ends."""
    node = LyingNode("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            node.asked.append((request["method"], request["params"]))
            said = answer(request["method"], request["params"])
            raw = said if isinstance(said, Raw) else Raw(_written(request["id"], said))
            with suppress(BrokenPipeError, ConnectionResetError):  # the reader gave up
                self.send_response(raw.status)
                self.send_header("content-length", str(len(raw.body)))
                self.end_headers()
                self.wfile.write(raw.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    node.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _written(number: object, said: object) -> bytes:
    answer: dict[str, object] = {"jsonrpc": "2.0", "id": number}
    if isinstance(said, NodeSays):
        answer["error"] = {"code": said.code, "message": said.message, "data": said.data}
    else:
        answer["result"] = said
    return json.dumps(answer).encode()
