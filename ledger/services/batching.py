"""The next batch of a queue: how many leaves, their manifest, and the proof that they extend."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..batch import Batch
from ..cid import cid_of
from ..encoding import canonical
from ..leaf import Disclosed
from ..manifest import Manifest
from ..ports import Queue
from ..tree import Frontier, Tree
from .overlay import Overlay

BATCH_LEAVES = 10_000  # a manifest of about 13 MB, read and verified in a second
# A claim can have 64 KiB of details. A batch of such claims must not be too large for a manifest,
# or it would stand at the head of the queue for ever.
BATCH_BYTES = 32 * 1024 * 1024
_AT_ONCE = 500  # leaves read at once: 64 MB at the most


@dataclass(frozen=True, slots=True)
class NextBatch:
    """A batch that is not prepared yet, and its manifest.

    `disclosed` are the earlier leaves that the manifest shows; `proof` says that the batch
    extends the tree before it.
    """

    batch: Batch
    manifest: bytes
    disclosed: tuple[int, ...]
    proof: tuple[bytes, ...]


def next_batch(queue: Queue, ledger: bytes) -> NextBatch | None:
    """Return the batch of the leaves that no batch holds, as many as fit; None if there are none.

    The disclosures owed go along, as many as fit; the others wait for the batch after it.
    """
    last = queue.last_batch()
    start = 0 if last is None else last.end
    leaves = _fitting(_waiting(queue, start, min(queue.size(), start + BATCH_LEAVES)))
    if not leaves:
        return None
    owed = [one for one in queue.owed_disclosures(BATCH_LEAVES) if one[0] < start]
    owed = owed[: len(_fitting(disclosed for _, disclosed in owed))]
    tree = Tree(start, Overlay(queue.nodes()))
    before, grown = Frontier(start, tree.frontier()), tree.append(leaf.leaf_hash for leaf in leaves)
    manifest = Manifest(ledger, before, leaves, tuple(owed))
    data = manifest.encode()
    batch = Batch(start, manifest.checkpoint, cid_of(data).encode())
    disclosed = tuple(index for index, _ in owed)
    return NextBatch(batch, data, disclosed, tuple(grown.consistency_proof(start)))


def extension_proof(queue: Queue, batch: Batch) -> list[bytes]:
    """Prove that a batch that was prepared extends the tree before it."""
    return Tree(batch.end, queue.nodes()).consistency_proof(batch.start)


def _waiting(queue: Queue, start: int, end: int) -> Iterator[Disclosed]:
    for at in range(start, end, _AT_ONCE):
        yield from queue.leaves(at, min(at + _AT_ONCE, end))


def _fitting(leaves: Iterable[Disclosed]) -> tuple[Disclosed, ...]:
    """Return the first leaves, as many as fit in a batch by their bytes; at least one."""
    fit: list[Disclosed] = []
    total = 0
    for leaf in leaves:
        total += 0 if leaf.signed is None else len(canonical(leaf.signed.to_json()))
        if fit and total > BATCH_BYTES:
            break
        fit.append(leaf)
    return tuple(fit)
