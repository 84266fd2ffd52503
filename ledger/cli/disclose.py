"""`disclose`: show a claim to the ledger that holds it closed, once it is final and not before."""

import argparse
import secrets
from pathlib import Path

from ..asking import read_receipt
from ..encoding import hex_of
from ..errors import NotFinal, NotFound
from ..receipt import Receipt
from ..report import UNKNOWN
from ..services.disclosing import Disclosing
from ..services.remote import disclose_to_server, upgrade_from_server
from ..verification.anchor_checks import check_finality
from ..verification.evidence import Evidence
from ..wiring import Installation
from .common import add_home, add_passphrase, emit, open_installation
from .paying import agree, open_chain

EXAMPLES = """examples:
  sealbook disclose lantern.png.seal.json                      to this home's own ledger
  sealbook disclose lantern.png.seal.json --server https://ledger.example

A ledger that was sent a leaf hash only holds the claim closed. Disclosed, others find it by the
work's digest. Before its anchor is final nothing is shown: whoever sees the claim early could
claim the work first. A chain of your settings must say that it is final; --trust-server takes the
server's word for it. exit codes: 0 disclosed, 3 not final yet, 4 this ledger has no such leaf"""

WAIT = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the receipt, and who holds the claim closed."""
    parser.add_argument("receipt", metavar="RECEIPT", help="the claim's receipt")
    parser.add_argument("--server", metavar="URL", help="the server whose ledger holds it closed")
    parser.add_argument(
        "--trust-server",
        action="store_true",
        help="believe the server that the claim is final: one that lies sees it early",
    )
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS", help="for a block")
    parser.add_argument("--yes", action="store_true", help="agree to the cost without being asked")
    add_passphrase(parser)
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Disclose the claim; NotFinal while that is too early."""
    receipt = Receipt.decode(read_receipt(Path(args.receipt)))
    installation = open_installation(args)
    if args.server is None:
        return _to_own(args, installation, receipt)
    server = installation.server(args.server)
    said = upgrade_from_server(server, receipt)  # asks by the leaf hash, which tells nothing
    finality = _finality(installation, said.receipt)
    if finality == UNKNOWN and args.trust_server:
        finality = said.finality
    elif finality == UNKNOWN:
        raise NotFinal(
            f"expected a chain of your settings to say that claim {hex_of(receipt.signed.id)} is "
            "final, none can, and nothing was shown; add the chain to config.toml, or give "
            f"--trust-server: if {server.name} lies, it sees the claim before that is fixed"
        )
    index = disclose_to_server(server, receipt, finality)
    return _tell(args, receipt, index, f"to {server.name}; its next manifest shows it")


def _finality(installation: Installation, receipt: Receipt) -> str:
    """Return what the chains of the settings say of the receipt's anchors."""
    sightings = installation.gathering().sightings(receipt)
    finding = check_finality(Evidence(receipt=receipt, sightings=sightings))
    return UNKNOWN if finding is None else finding.outcome


def _to_own(args: argparse.Namespace, installation: Installation, receipt: Receipt) -> int:
    name, index = _holder(installation, receipt)
    queue = installation.queue(name)
    gathering = installation.gathering()
    disclosing = Disclosing(
        queue,
        installation.reader(name),
        lambda signed: gathering.keys(signed, ()),
        secrets.token_bytes,
    )
    disclosing.disclose([receipt.signed])
    if not queue.owed_disclosures(1):
        return _tell(args, receipt, index, f"on {name}; its manifest says it already")
    disclosing.carry()
    chain = open_chain(args, installation, name)
    anchoring = installation.anchoring(chain, name)
    cost = None if installation.settings.chain(name).embedded else anchoring.quote()
    if cost is not None:
        agree(args, name, "anchoring", cost)
    progress = anchoring.run(args.wait)
    said = "once it is final, its manifest shows it" if progress.unfinal else "its manifest says it"
    return _tell(args, receipt, index, f"on {name}; {said}")


def _holder(installation: Installation, receipt: Receipt) -> tuple[str, int]:
    for name in installation.settings.chains:
        if installation.has_queue(name):
            index = installation.queue(name).find(receipt.leaf_hash)
            if index is not None:
                return name, index
    raise NotFound(
        f"expected a ledger of this home that holds the leaf {hex_of(receipt.leaf_hash)}, none "
        "does; if another's does, give --server URL"
    )


def _tell(args: argparse.Namespace, receipt: Receipt, index: int, where: str) -> int:
    value = {"claim": hex_of(receipt.signed.id), "index": index, "status": "disclosed"}
    emit(args, value, f"DISCLOSED  claim {hex_of(receipt.signed.id)}, leaf {index}, {where}")
    return 0
