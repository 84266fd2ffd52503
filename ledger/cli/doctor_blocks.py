"""The checks of `doctor` on the block store: our manifests, put back; others'; damaged blocks."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from ..batch import Stage
from ..cid import Block, Cid, export_file, import_file
from ..errors import InvalidInput, NotFound, StoreUnavailable, Unavailable
from ..manifest import MAX_BYTES
from ..verification.availability import THIS_COMPUTER
from ..wiring import Installation
from ..wiring.stores import open_sources
from .diagnosis import Diagnosis

SHOWN = 3


def check_manifests(installation: Installation, names: list[str]) -> Iterator[Diagnosis]:
    """Check every final manifest of this home's ledgers; put back what the store lost."""
    blocks = installation.own_blocks
    whole = put_back = 0
    for name in names:
        if not installation.has_queue(name):
            continue
        queue = installation.queue(name)
        for batch in queue.batches((Stage.PUBLISHED,)):
            try:
                for _ in export_file(Cid.decode(batch.manifest), blocks.get, MAX_BYTES):
                    pass
            except (NotFound, StoreUnavailable, InvalidInput):
                blocks.put(import_file((queue.manifest(batch.end),)))
                put_back += 1
            else:
                whole += 1
    said = f"{whole} of this home are whole"
    if put_back:
        said += f", {put_back} were lost or damaged and are put back from the queue"
    yield Diagnosis("manifests", "note" if put_back else "well", said)


def check_missing(installation: Installation, name: str) -> Iterator[Diagnosis]:
    """Name the manifests that the index misses, after asking for them again."""
    reader = installation.reader(name)
    if not installation.has_index:
        return
    identity = reader.identity()
    if installation.index.missing(identity):
        with suppress(Unavailable, InvalidInput):
            installation.syncing(name).run()
    missing = installation.index.missing(identity)
    if not missing:
        return
    named = ", ".join(
        f"leaves {one.start} to {one.anchored.checkpoint.size} of "
        f"0x{one.anchored.checkpoint.ledger.hex()[:8]}…"
        for one in missing[:SHOWN]
    )
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    yield Diagnosis(
        "manifests",
        "note",
        f"{len(missing)} that others published can't be had: {named}{more}",
        "their claims are counted as closed; ask whoever runs the ledger, then `sealbook sync`",
        name,
    )


def check_blocks(
    installation: Installation, advance: Callable[[int, int], None]
) -> Iterator[Diagnosis]:
    """Check every block against its name; what is damaged is fetched from whoever has it."""
    blocks = installation.own_blocks
    cids = list(blocks.cids())
    damaged: list[Cid] = []
    mended = 0
    for done, cid in enumerate(cids, 1):
        try:
            blocks.get(cid)
        except NotFound:
            pass  # deleted meanwhile
        except StoreUnavailable:
            if _mended(installation, cid):
                mended += 1
            else:
                damaged.append(cid)
        advance(done, len(cids))
    if damaged:
        named = ", ".join(str(cid) for cid in damaged[:SHOWN])
        yield Diagnosis(
            "blocks",
            "wrong",
            f"{len(damaged)} of {len(cids)} are damaged, and nobody else has them: {named}",
            "put them again from a backup or another node, or delete their files",
        )
    elif mended:
        yield Diagnosis(
            "blocks", "note", f"{mended} of {len(cids)} were damaged, and are fetched back"
        )
    else:
        yield Diagnosis("blocks", "well", f"{len(cids)} blocks have the bytes that they name")


def _mended(installation: Installation, cid: Cid) -> bool:
    """Fetch a block that is damaged here from a node or a gateway; say whether it is whole now."""
    for source in open_sources(installation.settings):
        if source.name == THIS_COMPUTER:
            continue
        with suppress(NotFound, StoreUnavailable):
            installation.own_blocks.put((Block(cid, source.get(cid)),))
            return True
    return False
