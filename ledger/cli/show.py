"""`show`: what a receipt holds, for a person. Nothing is checked but its form: no verdict."""

import argparse
import sys
from pathlib import Path

from ..adapters.files import write_file
from ..asking import read_receipt
from ..cid import Cid
from ..digest import Digest
from ..encoding import hex_of, parse_canonical
from ..errors import ClaimMissing
from ..receipt import MAX_BYTES, Receipt
from ..services.exporting import export_car
from ..wiring import Installation
from .common import add_home, emit, open_installation
from .evidence import evidence_json
from .streams import shown

EXAMPLES = """examples:
  sealbook show lantern.png.seal.json
  sealbook show - < lantern.png.seal.json
  sealbook show lantern.png.seal.json --json
  sealbook show lantern.png.seal.json --car manifest.car    then: ipfs dag import manifest.car

It says what is written there, not whether it is true: `sealbook verify` judges."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the receipt."""
    parser.add_argument("receipt", metavar="RECEIPT", help="a receipt; - is stdin")
    parser.add_argument(
        "--car", metavar="FILE", help="write the manifest that holds the claim, for an IPFS node"
    )
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Print the receipt; InvalidReceipt (exit 2) if it is none."""
    if args.receipt == "-":
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        data = read_receipt(Path(args.receipt))
    receipt = Receipt.decode(data)
    if args.car is not None:
        _write_car(open_installation(args), receipt, Path(args.car))
    value = {
        "claim": hex_of(receipt.signed.id),
        "leaf_hash": hex_of(receipt.leaf_hash),
        "status": "anchored" if receipt.anchors else "pending",
        "evidence": evidence_json(_without(receipt)),
        "receipt": parse_canonical(data[:-1], MAX_BYTES),
    }
    emit(args, value, "\n".join([f"{args.receipt}: nothing here is checked", *_lines(receipt)]))
    return 0


def _write_car(installation: Installation, receipt: Receipt, path: Path) -> None:
    """Write the manifest as a CAR; NotFound while this home does not hold it."""
    found = installation.index.find_leaf(receipt.leaf_hash)
    if found is None:
        raise ClaimMissing(
            "expected a manifest that holds the claim, this home's index knows none; `sealbook "
            "sync` follows the chain, and a manifest is published when its anchor is final"
        )
    root = Cid.decode(found[2].manifest)
    write_file(path, b"".join(export_car(installation.blocks, root)), mode=0o644)


def _lines(receipt: Receipt) -> list[str]:
    signed = receipt.signed
    claim, details = signed.claim, signed.details
    lines = [f"  work       {Digest(claim.work)}"]
    if details is not None:
        lines.append(f"             {details.media_type}, {details.size:,} bytes")
        if details.content is not None:
            lines.append(f"             {shown(details.content.cid)} ({details.content.profile})")
        for label, text in (
            ("title", details.title),
            ("licence", details.licence),
            ("AI use", details.ai_disclosure),
        ):
            if text is not None:
                lines.append(f"  {label:<10} {shown(text)}")
        lines += [
            f"  co-author  {hex_of(one.author)} on chain {one.chain_id}"
            for one in details.co_authors
        ]
        if details.supersedes is not None:
            lines.append(f"  supersedes claim {hex_of(details.supersedes)}")
    process = f"{claim.steps} steps, log root {hex_of(claim.process)}" if claim.steps else "none"
    return [
        *lines,
        f"  process    {process}",
        f"  claim      {hex_of(signed.id)}",
        f"  author     {hex_of(claim.author)} on chain {signed.home.chain_id} (a pseudonym)",
        f"  statement  {shown(claim.statement)}",
        f"  signature  {len(signed.signature)} bytes",
        f"  leaf hash  {hex_of(receipt.leaf_hash)}",
        *_place(receipt),
    ]


def _place(receipt: Receipt) -> list[str]:
    found = receipt.inclusion
    if found is None:
        return ["  place      PENDING: not in a block when this was written; `sealbook upgrade`"]
    checkpoint = found.checkpoint
    lines = [
        f"  place      leaf {found.index} of ledger {hex_of(checkpoint.ledger)}",
        (
            f"  checkpoint size {checkpoint.size}, root {hex_of(checkpoint.root)}, "
            f"{len(found.proof)} hashes of proof"
        ),
    ]
    for anchor in receipt.anchors:
        lines += [
            (
                f"  anchor     block {anchor.block_number} of chain {anchor.chain_id}, log "
                f"{anchor.log_index}"
            ),
            f"             block {hex_of(anchor.block_hash)}",
            f"             transaction {hex_of(anchor.transaction)}",
            f"             genesis {hex_of(anchor.genesis)}",
        ]
    proof = receipt.evidence
    if proof is not None:
        lines += [
            "  evidence   state proofs; read by `sealbook verify --offline --trusted-block HASH`",
            f"             manifest {hex_of(proof.manifest)}",
        ]
    return lines


def _without(receipt: Receipt) -> str | None:
    if receipt.evidence is not None:
        return None
    if not receipt.anchors:
        return "it is not anchored yet"
    return "none was asked for or given: `sealbook upgrade` asks the chain's node, and says why not"
