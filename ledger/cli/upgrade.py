"""`upgrade`: bring receipts up to date, from pending to anchored to final, with state proofs."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..adapters.files import write_file
from ..anchor import Anchor
from ..asking import read_receipt
from ..encoding import hex_of
from ..errors import ClaimMissing, LedgerError, Unavailable
from ..receipt import Receipt
from ..services.receipts import place_of_leaf, receipt_from_queue
from ..services.remote import upgrade_from_server
from ..services.statuses import finality_of
from ..wiring import Installation
from .common import add_home, emit, open_installation
from .evidence import evidence_json

EXAMPLES = """examples:
  sealbook upgrade lantern.png.seal.json
  sealbook upgrade *.seal.json --json
  sealbook upgrade lantern.png.seal.json --server http://127.0.0.1:8000

It asks this home's queue, else its index, which it brings up to date first; the receipt's file is
replaced whole or not at all. Where the anchoring worker kept a state proof, or the chain's node
still has the block's state (often 128 blocks long), the receipt takes one with it: then a block
hash is enough to check it.
exit codes: 0 all final, 3 some are not yet, 4 not known here"""

PENDING = 3
_STATUS = {"unanchored": "pending", "finalized": "final", "reorganised": "reorganised"}


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A receipt as it is now, on which chain, how far it has got, why it has no evidence."""

    receipt: Receipt
    chain: str
    status: str  # pending, included, final or reorganised
    why: str | None = "it is not in a block of the chain"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the receipts."""
    parser.add_argument(
        "receipts", nargs="+", metavar="RECEIPT", help="receipts to bring up to date"
    )
    parser.add_argument("--server", metavar="URL", help="ask the server that holds the leaf")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Rewrite what has got further; 0 when all are final."""
    installation = open_installation(args)
    found: list[tuple[str, Receipt, Upgraded]] = []
    failure: LedgerError | None = None
    try:
        for name in args.receipts:
            before = Receipt.decode(read_receipt(Path(name)))
            now = (
                _upgraded(installation, before)
                if args.server is None
                else _by_server(installation, args.server, before)
            )
            found.append((name, before, now))
    except LedgerError as cause:  # those before it are upgraded all the same
        failure = cause
    upgraded = _proven(installation, [now for _, _, now in found])
    rows, lines, code = [], [], 0
    for (name, before, _), now in zip(found, upgraded, strict=True):
        if now.receipt != before:
            write_file(Path(name), now.receipt.encode(), mode=0o644)
        row: dict[str, object] = {
            "receipt": name,
            "claim": hex_of(before.signed.id),
            "chain": now.chain,
            "status": now.status,
            "changed": now.receipt != before,
            "evidence": evidence_json(now.why),
        }
        rows.append(row)
        lines.append(f"{name}  {_said(now)}")
        code = code if now.status == "final" else PENDING
    if failure is not None:
        raise failure
    emit(args, rows if len(rows) > 1 else rows[0], "\n".join(lines))
    return code


def _proven(installation: Installation, found: Sequence[Upgraded]) -> list[Upgraded]:
    """Add state proofs, asked of each chain together; those in no block of it keep what they have.

    `chain` may name a server, where the receipt's own chain is none of the settings.
    """
    upgraded = list(found)
    for name in dict.fromkeys(now.chain for now in found):
        places = [
            at
            for at, now in enumerate(found)
            if now.chain == name and now.status in ("included", "final")
        ]
        if name not in installation.settings.chains:
            for at in places:
                why = "its chain is none of your settings, and the server kept none"
                held = found[at].receipt.evidence is not None  # it was proven when it came
                upgraded[at] = replace(found[at], why=None if held else why)
        elif places:
            receipts = [found[at].receipt for at in places]
            attempts = installation.proving(name).attach(receipts)
            for at, attempt in zip(places, attempts, strict=True):
                upgraded[at] = replace(found[at], receipt=attempt.receipt, why=attempt.why)
    return upgraded


def _said(now: Upgraded) -> str:
    if now.status == "pending":
        return f"PENDING  it waits in the queue; `sealbook anchor --chain {now.chain}` anchors it"
    block = now.receipt.anchors[0].block_number
    where = f"in block {block} of {now.chain}" + ("" if now.why else ", with a state proof")
    if now.status == "included":
        return f"ANCHORED  {where}, which is not final yet; run it again"
    if now.status == "reorganised":
        return (
            f"PENDING  block {block} of {now.chain} was reorganised away; "
            f"`sealbook anchor --chain {now.chain}` anchors it again"
        )
    return f"FINAL  {where}"


def _by_server(installation: Installation, url: str, receipt: Receipt) -> Upgraded:
    """Ask a server by the leaf hash alone. How firm the anchor is, is the server's word."""
    server = installation.server(url)
    found = upgrade_from_server(server, receipt, installation.contracts)
    return Upgraded(found.receipt, server.name, _STATUS.get(found.finality, "included"))


def _upgraded(installation: Installation, receipt: Receipt) -> Upgraded:
    found = _in_queues(installation, receipt) or _in_index(installation, receipt)
    if found is None:
        raise ClaimMissing(
            f"expected claim {hex_of(receipt.signed.id)} in this home's queues or index, it is in "
            "none; is it another home's? give --home DIR"
        )
    name, newest = found
    if not newest.anchors and receipt.anchors:
        newest = receipt  # a place that is worth keeping until there is a better one
    elif (newest.inclusion, newest.anchors) == (receipt.inclusion, receipt.anchors):
        newest = receipt  # with its evidence
    return Upgraded(newest, name, _status(installation, name, newest))


def _in_queues(installation: Installation, receipt: Receipt) -> tuple[str, Receipt] | None:
    waits: tuple[str, Receipt] | None = None
    for name in installation.settings.chains:
        if not installation.has_queue(name):
            continue
        found = receipt_from_queue(installation.queue(name), receipt.signed)
        if found is not None and found.anchors:
            return name, found
        if found is not None:  # a closed ledger's queue may hold what another one anchored
            waits = waits or (name, found)
    return waits


def _in_index(installation: Installation, receipt: Receipt) -> tuple[str, Receipt] | None:
    settings = installation.settings
    for name, chain in settings.chains.items():
        if chain.embedded and not (settings.folder(chain) / "chain.db").exists():
            continue
        installation.syncing(name).run()
        place = place_of_leaf(installation.index, receipt.leaf_hash)
        if place is not None:
            inclusion, anchor = place
            newest = Receipt(receipt.signed).anchored(inclusion, anchor)
            return _named(installation, anchor, name), newest
    return None


def _named(installation: Installation, anchor: Anchor, name: str) -> str:
    """Return the name of the anchor's chain: the index may have known it from another."""
    return _own_chain(installation, anchor) or name


def _own_chain(installation: Installation, anchor: Anchor) -> str | None:
    """Return the name that the settings give the anchor's chain; None if they have none."""
    settings = installation.settings
    for name, chain in settings.chains.items():
        if chain.embedded and not settings.chain_file(chain).exists():
            continue
        with suppress(Unavailable):
            if anchor.on(installation.reader(name).identity()):
                return name
    return None


def _status(installation: Installation, name: str, receipt: Receipt) -> str:
    if not receipt.anchors:
        return "pending"
    firm = finality_of(installation.reader(name), receipt.anchors[0])
    return _STATUS.get(firm, "included")
