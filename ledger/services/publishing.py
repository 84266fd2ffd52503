"""Publishing: a batch that is final has its manifest put into this home's own folder of blocks.

Nobody else is waited for: what nodes and pinning services are owed is paid by `pinning`.
"""

from collections.abc import Callable
from dataclasses import replace

from ..batch import Batch, Stage
from ..cid import import_file
from ..ports import BlockStore, Queue


def publish(
    queue: Queue,
    blocks: BlockStore,
    advance: Callable[[Batch], None],
    keep_lease: Callable[[], None],
    failpoint: Callable[[str], None],
) -> None:
    """Put the manifests of all batches that are final into the store; each is published then.

    `advance` keeps what became of a batch; `keep_lease` raises Busy where another worker goes on.
    """
    for batch in queue.batches((Stage.FINAL,)):
        keep_lease()
        blocks.put(import_file((queue.manifest(batch.end),)))
        failpoint("manifest_stored")
        advance(replace(batch, stage=Stage.PUBLISHED))
        failpoint("published")
