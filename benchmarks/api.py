"""Requests a second that the API answers, beside a bare Starlette route on the same uvicorn.

    python benchmarks/api.py

Both are processes of their own on this computer, asked by the same threads over kept connections.
The bare route reads the JSON of its request and answers JSON; it keeps nothing.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
THREADS = 4
SECONDS = 3.0
ROUNDS = 3
MANY = 1000
JSON = {"content-type": "application/json"}
Ask = Callable[[http.client.HTTPConnection], None]

_BARE = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def post(request):
    return JSONResponse({"leaves": len((await request.json())["leaves"])}, 202)
async def get(request):
    return JSONResponse({"leaf_hash": request.path_params["leaf_hash"], "status": "pending"})
app = Starlette(routes=[Route("/v1/leaves", post, methods=["POST"]),
                        Route("/v1/leaves/{leaf_hash}", get)])
opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so no Nagle
opened.bind(("127.0.0.1", 0)); opened.listen()
print('{"url": "http://127.0.0.1:%d"}' % opened.getsockname()[1], flush=True)
config = uvicorn.Config(app, log_config=None, access_log=False)
uvicorn.Server(config).run(sockets=[opened])
"""
_DOOR = "from ledger.cli.main import main; raise SystemExit(main())"


@contextmanager
def running(*words: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        line = "" if process.stdout is None else process.stdout.readline()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        process.wait(60)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] = JSON,
) -> bytes:
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    with connection.getresponse() as response:
        answer = response.read()
    if response.status >= 300:
        raise RuntimeError(answer.decode())
    return answer


def post_leaves(connection: http.client.HTTPConnection, count: int) -> list[str]:
    leaves = [f"0x{os.urandom(32).hex()}" for _ in range(count)]
    headers = {**JSON, "idempotency-key": os.urandom(16).hex()}
    ask(connection, "POST", "/v1/leaves", {"leaves": leaves}, headers)
    return leaves


def connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)


def a_second(url: str, once: Ask) -> float:
    """Return how often all threads together did it in a second: the median of some rounds."""
    found = []
    for _ in range(ROUNDS):
        counts: list[int] = []

        def work(counts: list[int] = counts) -> None:
            connection, done = connect(url), 0
            give_up = time.perf_counter() + SECONDS
            while time.perf_counter() < give_up:
                once(connection)
                done += 1
            connection.close()
            counts.append(done)

        threads = [Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.append(sum(counts) / SECONDS)
    return statistics.median(found)


def anchored(url: str) -> str:
    """Commit a thousand leaves and wait until they are final; return one of them."""
    connection = connect(url)
    leaf = post_leaves(connection, MANY)[MANY // 2]
    while json.loads(ask(connection, "GET", f"/v1/leaves/{leaf}"))["status"] != "anchored":
        time.sleep(0.1)
    connection.close()
    return leaf


def main() -> None:
    work = "sha256:" + "00" * 32
    with tempfile.TemporaryDirectory() as folder:
        serve = ("serve", "--json", "--port", "0", "--home", folder)
        with running(_DOOR, *serve) as url:
            leaf = anchored(url)
        rows: list[tuple[str, Ask, float]] = [
            ("POST /v1/leaves, 1,000 at a time", lambda to: drop(post_leaves(to, MANY)), MANY),
            ("POST /v1/leaves, one at a time", lambda to: drop(post_leaves(to, 1)), 1),
            (
                "GET /v1/leaves/…, anchored",
                lambda to: drop(ask(to, "GET", f"/v1/leaves/{leaf}")),
                1,
            ),
        ]
        more: list[tuple[str, Ask]] = [
            ("GET /healthz", lambda to: drop(ask(to, "GET", "/healthz"))),
            ("GET /v1/works/…, none", lambda to: drop(ask(to, "GET", f"/v1/works/{work}"))),
            (
                "POST /v1/verify, a digest",
                lambda to: drop(ask(to, "POST", "/v1/verify", {"digest": work})),
            ),
        ]
        # asked in turn, so that a busy machine weighs on both
        with running(_DOOR, *serve, "--no-worker") as url, running(_BARE) as bare:
            print(f"{'':34}{'requests':>12}{'Starlette':>12}  ratio")
            for name, once, leaves in rows:
                ours, theirs = a_second(url, once), a_second(bare, once)
                told = f"  ({ours * leaves:,.0f} leaves/s)" if leaves > 1 else ""
                print(f"{name:34}{ours:>10,.0f}/s{theirs:>10,.0f}/s  {ours / theirs:.2f}{told}")
            for name, once in more:
                print(f"{name:34}{a_second(url, once):>10,.0f}/s")


def drop(_: object) -> None:
    """Forget an answer."""


if __name__ == "__main__":
    main()
