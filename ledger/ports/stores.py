"""The block ports: where blocks are kept, where else they can be had, and who keeps them pinned."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..cid import Block, Cid
from ..errors import InvalidInput

MAX_REQUEST = 255  # characters of a pinning service's request id
MAX_LABEL = 255  # characters of a pin's name, as the Pinning Service API limits it


class BlockStore(Protocol):
    """Blocks by CID. Every block is verified by its hash on the way in and on the way out.

    Raises StoreUnavailable when the disk or the node can't be asked, or holds damaged bytes.
    """

    def has(self, cid: Cid) -> bool:
        """Say whether the block is here (not whether its bytes are still good)."""
        ...

    def put(self, blocks: Iterable[Block]) -> None:
        """Keep the blocks. When this returns, a restart does not lose the bytes."""
        ...

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if it is not here."""
        ...

    def cids(self) -> Iterator[Cid]:
        """Yield the CID of every block kept here, in no order."""
        ...


class BlockSource(Protocol):
    """Where blocks can be had now: the own folder, a node, a gateway. It need not keep any."""

    @property
    def name(self) -> str:
        """What people call it; never a secret, a path or a query."""
        ...

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified.

        BlockMissing if it answers that it does not have the block. StoreUnavailable if it can't be
        asked, does not answer within its time limit, or answers other bytes: unknown is not
        missing.
        """
        ...


class PinState(StrEnum):
    """How a pin stands. What is not `pinned` is owed."""

    QUEUED = "queued"
    PINNING = "pinning"
    PINNED = "pinned"
    FAILED = "failed"
    LOST = "lost"  # the pinner knows of no such pin (any more)


@dataclass(frozen=True, slots=True)
class Pin:
    """What a pinner says of one CID; `why` is what it says of a failure, cut to a line.

    `request` is a pinning service's id for this pin, to be kept and asked by later; a node has
    none. `delegates` are multiaddrs of the service that the node with the blocks may connect to.
    """

    cid: Cid
    state: PinState
    request: str | None = None
    delegates: tuple[str, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        if self.request is not None and not 0 < len(self.request) <= MAX_REQUEST:
            raise InvalidInput(f"expected a request id of 1 to {MAX_REQUEST} characters")


class Pinner(Protocol):
    """Who keeps blocks from being collected: a node, or a pinning service.

    Raises StoreUnavailable when it can't be asked now (StoreBusy when it says how long to wait),
    and PinRefused when it says no and will say so again until a person changes something.
    """

    @property
    def name(self) -> str:
        """What people call it: the node's host, the service's name in the settings."""
        ...

    @property
    def store(self) -> BlockStore | None:
        """Where the blocks must be put before `pin`; None if it fetches them from `origins`."""
        ...

    def pin(self, cid: Cid, label: str, origins: Sequence[str] = ()) -> Pin:
        """Ask that everything under the CID be kept. Safe to repeat: it makes no second pin.

        `origins` are multiaddrs that have the blocks. A node's answer is final (pinned, or
        failed when blocks under the CID are not in its `store`); a service's may be any state.
        """
        ...

    def status(self, cid: Cid, request: str | None = None) -> Pin:
        """Return how a pin stands: by the request's id where it is known, else by the CID."""
        ...

    def unpin(self, cid: Cid, request: str | None = None) -> None:
        """Let go of a CID (all pins of it here where no request is named). Safe to repeat."""
        ...

    def addresses(self) -> Sequence[str]:
        """Return the multiaddrs at which others fetch what is pinned here; none for a service."""
        ...
