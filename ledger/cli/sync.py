"""`sync`: follow the chains into the index; `--rebuild` makes the index from nothing."""

import argparse
from collections.abc import Sequence
from contextlib import suppress

from ..cid import Cid
from ..encoding import hex_of
from ..errors import InvalidInput, LedgerError
from ..wiring import Installation
from .common import add_chain, add_home, emit, open_installation, tell
from .progress import progress

EXAMPLES = """examples:
  sealbook sync                      all chains of the settings
  sealbook sync --chain sepolia
  sealbook sync --rebuild            deletes the index and reads all anew; loses nothing

The index is a cache: the chain's anchors and the manifests give the same answers, always. A node
that leaves out an anchor is found by the contract's accumulator. Stop `serve` before --rebuild.
exit codes: 0 up to date (missing manifests are named), 1 a chain could not be followed"""

Row = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which chain, and whether from nothing."""
    add_chain(parser, "only this chain (default: all that there are)")
    parser.add_argument(
        "--rebuild", action="store_true", help="delete the index and make it from nothing"
    )
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Bring the index up to each chain's head."""
    if args.rebuild and args.chain is not None:
        raise InvalidInput("expected --rebuild without --chain: the index holds all chains")
    installation = open_installation(args)
    names = _names(installation) if args.chain is None else [args.chain]
    if args.rebuild:
        installation.delete_index()
    rows: list[Row] = []
    failed = False
    for name in names:
        try:
            rows.append(_follow(args, installation, name))
        except LedgerError as cause:
            if len(names) == 1:
                raise
            tell(f"sealbook: {name}: {cause}")
            rows.append({"chain": name, "error": str(cause)})
            failed = True
    emit(args, rows, _text(rows))
    return 1 if failed else 0


def _names(installation: Installation) -> list[str]:
    """Return the chains that there are: the embedded one only once something was sealed."""
    settings = installation.settings
    return [
        name
        for name, chain in settings.chains.items()
        if not chain.embedded or (settings.folder(chain) / "chain.db").exists()
    ]


def _follow(args: argparse.Namespace, installation: Installation, name: str) -> Row:
    identity = installation.reader(name).identity()
    with progress(args, name, " blocks") as advance:
        head = installation.syncing(name, advance).run()
    counts = installation.index.counts(identity)
    missing = [
        {
            "ledger": hex_of(one.anchored.checkpoint.ledger),
            "start": one.start,
            "end": one.anchored.checkpoint.size,
            "manifest": _name(one.anchored.manifest),
        }
        for one in installation.index.missing(identity)
    ]
    return {
        "chain": name,
        "chain_id": identity.chain_id,
        "block": None if head is None else head.number,
        "ledgers": counts.ledgers,
        "leaves": counts.leaves,
        "claims": counts.claims,
        "closed": counts.closed,
        "missing_manifests": missing,
    }


def _name(manifest: bytes) -> str:
    """Return a manifest's CID; whoever anchors may write any bytes there."""
    with suppress(InvalidInput):
        return str(Cid.decode(manifest))
    return hex_of(manifest)


def _text(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        if "error" in row:
            continue
        lines.append(
            f"{row['chain']}: block {row['block']} of chain {row['chain_id']}, "
            f"{row['ledgers']} ledgers, {row['leaves']} leaves, {row['claims']} claims disclosed, "
            f"{row['closed']} leaves closed"
        )
        missing = row["missing_manifests"]
        lines += [
            f"  missing: manifest {one['manifest']} of leaves {one['start']} to {one['end']} of "
            f"ledger {one['ledger']}"
            for one in (missing if isinstance(missing, list) else ())
        ]
    return "\n".join(lines) if lines else "no chain to follow yet; seal something first"
