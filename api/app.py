"""The application: routes around one ledger's services, and the worker that it hosts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.metadata import version

import anyio
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ledger.errors import LedgerError
from ledger.ports import Chain
from ledger.wiring import Installation

from .documents import ABOUT, document
from .door import Door
from .problems import on_fault, on_http_error, on_ledger_error, on_validation_error
from .routes import claims, health, leaves, verify, works
from .served import Served

ROUTERS = (leaves.router, claims.router, works.router, verify.router, health.router)


def create_app(
    installation: Installation,
    *,
    worker: bool,
    name: str | None = None,
    chain: Chain | None = None,
    interval: float | None = None,
) -> FastAPI:
    """Make the application of one ledger: that of the home on the chain named (or the default).

    With `worker` it anchors what waits; elsewhere than on the embedded chain `chain` pays for it.
    It looks every `interval` seconds (2 on the embedded chain, else 60: a look may cost an anchor).
    Engines open when it starts and not before.
    """
    at = Served(installation, name, chain, worker=worker, interval=interval)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(at.open)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(at.close)

    app = FastAPI(
        title="Sealbook",
        summary="Priority, process and authorship of works, as a chain can prove them.",
        description=ABOUT,
        version=version("sealbook"),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        # their pages load scripts from other people's servers
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False},
    )
    app.state.served = at
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Door)
    app.add_exception_handler(LedgerError, on_ledger_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_fault)
    app.openapi = cache(partial(document, app, ROUTERS))  # type: ignore[method-assign]
    return app
