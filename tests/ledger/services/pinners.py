"""Small real pinners in memory, with the faults of the large ones; and published manifests."""

# ruff: noqa: ARG002 - the arguments are the port's

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.queue import SqlQueue
from ledger.batch import Batch, Stage
from ledger.cid import Cid, export_file
from ledger.errors import NotFound, PinRefused, StoreBusy, StoreUnavailable
from ledger.ports import BlockStore, Clock, Pin, Pinner, PinState, Queue
from ledger.services.batching import next_batch
from ledger.services.pinning import Pinning
from tests.ledger.factories import LEDGER, anchored, disclosed, signed_claim

FIRST = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()


@dataclass(slots=True)
class Hand:
    """A clock that a hand moves."""

    at: float = FIRST

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass(slots=True)
class MemoryNode:
    """A node: it pins what is whole in its own blocks. `down` is why it can't be asked."""

    name: str = "node.example:5001"
    store: BlockStore | None = field(default_factory=MemoryBlocks)
    pins: dict[Cid, str] = field(default_factory=dict)
    order: list[Cid] = field(default_factory=list)
    down: StoreUnavailable | None = None
    asked: int = 0

    def pin(self, cid: Cid, label: str, origins: Sequence[str] = ()) -> Pin:
        self._ask()
        assert self.store is not None
        try:
            for _ in export_file(cid, self.store.get):
                pass
        except NotFound:
            return Pin(cid, PinState.FAILED, why="its blocks are not here")
        self.pins[cid] = label
        self.order.append(cid)
        return Pin(cid, PinState.PINNED)

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        self._ask()
        return Pin(cid, PinState.PINNED if cid in self.pins else PinState.LOST)

    def unpin(self, cid: Cid, request: str | None = None) -> None:
        self.pins.pop(cid, None)

    def addresses(self) -> Sequence[str]:
        self._ask()
        return [f"/dns4/{self.name}/tcp/4001"]

    def _ask(self) -> None:
        self.asked += 1
        if self.down is not None:
            raise self.down


@dataclass(slots=True)
class MemoryService:
    """A pinning service: what it was asked goes through the states that `becomes` says."""

    name: str = "pinata"
    becomes: PinState = PinState.QUEUED
    requests: dict[str, tuple[Cid, PinState]] = field(default_factory=dict)
    origins: list[Sequence[str]] = field(default_factory=list)
    refused: bool = False
    busy: int | None = None
    lock: Lock = field(default_factory=Lock)
    store: BlockStore | None = None

    def pin(self, cid: Cid, label: str, origins: Sequence[str] = ()) -> Pin:
        self._ask()
        with self.lock:
            self.origins.append(origins)
            request = f"request-{len(self.origins)}"
            self.requests[request] = (cid, self.becomes)
        return Pin(cid, self.becomes, request)

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        self._ask()
        with self.lock:
            for name, (asked, state) in self.requests.items():
                if asked == cid and request in (None, name):
                    return Pin(cid, state, name)
        return Pin(cid, PinState.LOST)

    def unpin(self, cid: Cid, request: str | None = None) -> None:
        self.requests.pop(request or "", None)

    def addresses(self) -> Sequence[str]:
        return ()

    def goes_to(self, state: PinState) -> None:
        """Let all that was asked reach a state; what is asked later begins in it."""
        self.becomes = state
        self.requests = {name: (cid, state) for name, (cid, _) in self.requests.items()}

    def _ask(self) -> None:
        if self.refused:
            raise PinRefused("expected an access token that it knows")
        if self.busy is not None:
            raise StoreBusy("too many requests", self.busy)


def publish(queue: SqlQueue, first: int, last: int) -> list[Batch]:
    """Publish a manifest for each of the leaves first..last (end excluded)."""
    published = []
    for seed in range(first, last):
        queue.add([disclosed(signed_claim(seed))], None)
        drafted = next_batch(queue, LEDGER)
        assert drafted is not None
        queue.prepare(drafted.batch, drafted.manifest, drafted.disclosed)
        anchor = anchored(drafted.batch.checkpoint, 7).anchor
        for stage in (Stage.FINAL, Stage.PUBLISHED):
            batch = replace(drafted.batch, stage=stage, anchor=anchor)
            queue.advance(batch)
        published.append(batch)
    return published


def pinning(queue: Queue, clock: Clock, *pinners: Pinner) -> Pinning:
    return Pinning(queue, pinners, clock, ledger=LEDGER)


def cids(batches: Sequence[Batch]) -> list[Cid]:
    return [Cid.decode(batch.manifest) for batch in batches]
