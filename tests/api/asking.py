"""An application under test: started as a server starts it, asked without a network."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from api.app import create_app
from api.served import Served
from api.worker import Worker
from ledger.encoding import hex_of
from ledger.leaf import Leaf
from ledger.ports import Chain
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.wiring import Installation
from tests.ledger.domain_factories import claim_of
from tests.ledger.factories import word

URL = "http://127.0.0.1:8000"
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Api:
    """A running application, with the home whose ledger it serves."""

    app: FastAPI
    home: Path
    portal: BlockingPortal
    client: httpx.AsyncClient

    @property
    def served(self) -> Served:
        found: Served = self.app.state.served
        return found

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        return self.portal.call(partial(self.client.request, method, path, **more))

    def get(self, path: str, status: int = 200, **more: Any) -> Any:  # noqa: ANN401 - JSON
        return checked(self.ask("GET", path, **more), status)

    def post(self, path: str, body: object, status: int, **more: Any) -> Any:  # noqa: ANN401 - JSON
        return checked(self.ask("POST", path, json=body, **more), status)

    def commit(self, claims: Sequence[SignedClaim], key: str = "key-1") -> Any:  # noqa: ANN401 - JSON
        """Send the claims' leaf hashes, and nothing else."""
        body = {"leaves": [hex_of(Leaf.of(one).hash) for one in claims]}
        return self.post("/v1/leaves", body, 202, headers={"idempotency-key": key})

    def show(self, claims: Sequence[SignedClaim], status: int = 202, **more: object) -> Any:  # noqa: ANN401 - JSON
        body = {"claims": [one.to_json() for one in claims], **more}
        return self.post("/v1/claims", body, status)

    def anchor(self) -> None:
        """Do what the worker does in a turn."""
        turn(self.served)

    def claim(
        self,
        seed: str,
        author: str = "alice",
        work: bytes | None = None,
        signer: bytes | None = None,
    ) -> SignedClaim:
        """Return an author's claim whose home is the chain of this ledger."""
        identity = self.served.reader.identity()
        home = Home(identity.chain_id, self.served.installation.contracts.keys)
        work = work or word("work", seed)
        return claim_of(author, work, home=home, signer=signer, salt=seed)


def turn(served: Served) -> None:
    installation, name = served.installation, served.settings.name
    Worker(
        served.queue,
        installation.anchoring(installation.chain(name), name),
        served.disclosing,
        served.following.catch_up_now,
        interval=1,
        eager=True,
    ).turn()


def checked(response: httpx.Response, status: int) -> Any:  # noqa: ANN401 - JSON
    assert response.status_code == status, response.text[:2000]
    problem = status >= 400
    kind = "application/problem+json" if problem else "application/json"
    assert response.headers["content-type"] == kind
    answer = response.json()
    if problem:
        assert answer["status"] == status
        assert {"type", "title", "detail"} <= answer.keys()
    return answer


@contextmanager
def running(
    home: Path, *, worker: bool = False, chain: Chain | None = None, interval: float | None = None
) -> Iterator[Api]:
    app = create_app(Installation.open(home), worker=worker, chain=chain, interval=interval)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_asked(app)) as client,
    ):
        yield Api(app, home, portal, client)


@asynccontextmanager
async def _asked(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=URL) as client,
    ):
        yield client
