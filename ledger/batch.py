"""A batch: the leaves that one transaction anchors, and how far it has got."""

from dataclasses import dataclass
from enum import Enum

from .anchor import Anchor
from .checkpoint import Checkpoint
from .errors import InvalidTree


class Stage(Enum):
    """How far a batch has got; each stage is durable before the next begins."""

    PREPARED = "prepared"  # leaves, root and manifest are fixed
    SENT = "sent"  # the signed transaction is kept, and may have been broadcast
    INCLUDED = "included"  # it is in a block, which may yet go away
    FINAL = "final"  # by the chain's own rule; the manifest may be published
    PUBLISHED = "published"  # the manifest is in the block store


@dataclass(frozen=True, slots=True)
class Batch:
    """Leaves start..end (end excluded), the checkpoint after them, and the manifest's CID."""

    start: int
    checkpoint: Checkpoint
    manifest: bytes
    stage: Stage = Stage.PREPARED
    transaction: bytes | None = None
    signed: bytes | None = None
    anchor: Anchor | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.checkpoint.size:
            raise InvalidTree(
                f"expected a batch to begin before its end {self.checkpoint.size}, got {self.start}"
            )

    @property
    def end(self) -> int:
        """The ledger's size after this batch."""
        return self.checkpoint.size
