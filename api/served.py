"""What is served: one ledger's services, opened once, and the threads in which they run."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Lock
from time import monotonic
from typing import ParamSpec, TypeVar

import anyio
from starlette.requests import Request

from ledger.ports import Chain, ChainReader, Index, Queue
from ledger.services.disclosing import Disclosing
from ledger.services.gathering import Gathering
from ledger.services.keeping_worker import KeepingWorker
from ledger.services.pinning import Pinning
from ledger.services.pinning_worker import PinningWorker
from ledger.services.statuses import Statuses
from ledger.services.verifying import Verifying
from ledger.verification.availability import THIS_COMPUTER
from ledger.wiring import Installation

from .following import Following
from .worker import Worker

P = ParamSpec("P")
T = TypeVar("T")

# Requests that wait for the disk do so together, in one commit: more threads, larger groups.
QUICK_THREADS = 32
LONG_THREADS = 2  # a thousand questions take seconds: they leave the quick ones their way
CHAINS_SECONDS = 60.0  # how long a chain that could not be told apart is left out
EMBEDDED_PAUSE, PAUSE = 0.2, 2.0  # seconds between two looks at the chain's head
EMBEDDED_INTERVAL, INTERVAL = 2.0, 60.0  # seconds between two looks of the worker


class Served:
    """The ledger of one home on one chain. `chain` is who pays; None where that costs nothing."""

    queue: Queue
    index: Index
    reader: ChainReader
    statuses: Statuses
    disclosing: Disclosing
    verifying: Verifying
    following: Following
    pinning: Pinning
    worker: Worker | None

    def __init__(
        self,
        installation: Installation,
        name: str | None,
        chain: Chain | None,
        *,
        worker: bool,
        interval: float | None = None,
    ) -> None:
        self.installation = installation
        self.settings = installation.settings.chain(name)
        self._chain = chain
        self._with_worker = worker
        usual = EMBEDDED_INTERVAL if self.settings.embedded else INTERVAL
        self._interval = usual if interval is None else interval
        self.worker = None
        self._quick = anyio.CapacityLimiter(QUICK_THREADS)
        self._long = anyio.CapacityLimiter(LONG_THREADS)
        self._turn = Lock()
        self._gathered: tuple[float, Gathering] | None = None

    def open(self) -> None:
        """Open the engines; a fresh home gets its embedded chain, contracts and ledger."""
        installation, name = self.installation, self.settings.name
        if self.settings.embedded and installation.files(name).founded() is None:
            chain = installation.chain(name)
            installation.found(chain, name, chain.submitter)
        self.queue, self.index = installation.queue(name), installation.index
        self.reader = installation.reader(name)
        self.pinning = installation.pinning(name)
        self._paying = PinningWorker(self.pinning, self._interval)
        self._keeping = KeepingWorker(installation.keeping(name), self._interval)
        pause = EMBEDDED_PAUSE if self.settings.embedded else PAUSE
        self.following = Following(installation.syncing(name), pause)
        self.statuses = Statuses(self.queue, self.index, self.reader, installation.contracts)
        self.disclosing = Disclosing(
            self.queue,
            self.reader,
            lambda signed: self.gathering().keys(signed, ()),
            secrets.token_bytes,
        )
        # Strangers ask: nothing of this home's own (its log, its memory) goes into the answer.
        self.verifying = replace(
            installation.offline(),
            memory=None,
            own_log=lambda _: None,
            gathering=self.gathering,
            index=self.followed,
        )
        if self.settings.embedded:
            self.following.catch_up_now()  # a public chain may take minutes: while it is served
        if self._with_worker:
            self._paying.start()
            self._keeping.start()
            self.worker = self._hired()

    def close(self) -> None:
        """Let the worker finish its turn. What was acknowledged is in the queue."""
        if self.worker is not None:
            self.worker.stop()
            self._paying.stop()
            self._keeping.stop()

    def gathering(self) -> Gathering:
        """Return the gathering over all chains that can be told apart now."""
        with self._turn:
            if self._gathered is None or monotonic() > self._gathered[0]:
                gathering = self.installation.gathering()
                # A stranger's question makes this server fetch nothing from other hosts.
                own = tuple(one for one in gathering.sources if one.name == THIS_COMPUTER)
                gathering = replace(gathering, sources=own)
                self._gathered = (monotonic() + CHAINS_SECONDS, gathering)
            return self._gathered[1]

    def followed(self) -> Index:
        """Return the index, up to the chain's head if that can be asked."""
        self.following.catch_up()
        return self.index

    def wake(self) -> None:
        """Tell the worker, if there is one, that something waits."""
        if self.worker is not None:
            self.worker.wake()

    async def quick(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call that takes milliseconds, in a thread."""
        return await anyio.to_thread.run_sync(partial(call, *args, **kwargs), limiter=self._quick)

    async def long(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call that may take seconds, in one of few threads."""
        return await anyio.to_thread.run_sync(partial(call, *args, **kwargs), limiter=self._long)

    def _anchored(self) -> None:
        self._paying.wake()
        self._keeping.wake()
        self.following.catch_up_now()

    def _hired(self) -> Worker:
        name, embedded = self.settings.name, self.settings.embedded
        chain = self.installation.chain(name) if self._chain is None else self._chain
        worker = Worker(
            self.queue,
            self.installation.anchoring(chain, name),
            self.disclosing,
            self._anchored,
            interval=self._interval,
            eager=embedded,  # elsewhere a transaction costs money, whoever asks for it
        )
        worker.start()
        return worker


def served(request: Request) -> Served:
    """Return what the application that got this request serves."""
    found: Served = request.app.state.served
    return found
