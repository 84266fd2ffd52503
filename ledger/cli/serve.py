"""`serve`: the HTTP API of this home's ledger, on this computer only, with its anchoring worker."""

import argparse
import json
import logging
import os
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from api.loopback import require_loopback

from ..errors import Busy, InvalidInput
from .common import add_chain, add_home, add_passphrase, open_installation, tell
from .paying import open_chain

if TYPE_CHECKING:
    from ..ports import Chain

EXAMPLES = """examples:
  sealbook serve                                  http://127.0.0.1:8000
  sealbook serve --port 0                         any free port; the URL is printed
  sealbook serve --no-worker                      another process runs `sealbook anchor --worker`
  sealbook serve --chain sepolia --passphrase-file /run/secrets/submitter

It binds this computer's own addresses only, until there are API keys. On a fresh home the
embedded chain, contracts and ledger are made first. SIGTERM or Ctrl-C: requests under way are
answered, then it ends; what was acknowledged is kept. Its paths: docs/http-api.md"""

PORT = 8000
BACKLOG = 512
DRAIN_SECONDS = 30  # for requests that are under way when it is told to stop
MAX_PORT = 65535
MAX_INTERVAL = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where it listens, and what it anchors on."""
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (127.0.0.1)")
    parser.add_argument("--port", type=int, default=PORT, help=f"0 is any free one ({PORT})")
    parser.add_argument("--no-worker", action="store_true", help="do not anchor here")
    parser.add_argument(
        "--interval",
        type=float,
        metavar="SECONDS",
        help="how often the worker looks (embedded chain 2, else 60: a look may cost an anchor)",
    )
    add_chain(parser, "which chain's ledger (default: that of the settings)")
    add_passphrase(parser)
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until it is told to stop."""
    if args.interval is not None and not 0.0 < args.interval < MAX_INTERVAL:
        raise InvalidInput(f"expected --interval above 0 and below {MAX_INTERVAL:g} seconds")
    listening = _bound(require_loopback(args.host), args.port)
    with listening:
        installation = open_installation(args)
        settings = installation.settings.chain(args.chain)
        chain: Chain | None = None
        if not settings.embedded:
            installation.founded(settings.name)
            if not args.no_worker:
                chain = open_chain(args, installation, settings.name)
                tell(f"the worker pays on {settings.name}, as 0x{chain.submitter.hex()}")
        logging.basicConfig(level=logging.WARNING, format="sealbook: %(message)s")
        app = create_app(
            installation,
            worker=not args.no_worker,
            name=settings.name,
            chain=chain,
            interval=args.interval,
        )
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # who asked what, and when, is nobody's to keep
            server_header=False,
            lifespan="on",
            backlog=BACKLOG,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        server = _Announcing(config, _url(listening), as_json=args.json)
        # uvicorn raises the signal again after its own clean end, which would then not look clean
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _passed_over)
        server.run(sockets=[listening])
    return 0 if server.started else 1


class _Announcing(uvicorn.Server):
    """A server that says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, url: str, *, as_json: bool) -> None:
        super().__init__(config)
        self._said = json.dumps({"url": url}) if as_json else f"Sealbook serves {url}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and print one line."""
        await super().startup(sockets)
        if self.started:
            print(self._said)
            sys.stdout.flush()


def _bound(address: str, port: int) -> socket.socket:
    if not 0 <= port <= MAX_PORT:
        raise InvalidInput(f"expected a port from 0 to {MAX_PORT}, got {port}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # the protocol by its name: else asyncio leaves Nagle's algorithm on, 40 ms an answer
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would let another program take the port away
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((address, port))
    except OSError as cause:
        opened.close()
        raise Busy(
            f"expected to bind {address} port {port}, got: {cause.strerror}; try --port 0"
        ) from cause
    return opened


def _url(opened: socket.socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _passed_over(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: uvicorn has ended in order already."""
