"""`withdraw`: take a claim back, on its author's home chain. It keeps its place."""

import argparse
from contextlib import suppress
from pathlib import Path

from ..asking import read_receipt
from ..encoding import hex_of
from ..errors import BadSettings, Conflict, InvalidInput, LedgerError, Unavailable
from ..key import Withdrawn
from ..receipt import Receipt
from ..services.founding import require_contracts
from ..services.ordering import hand_in_withdrawal, withdrawal
from ..signed import SignedClaim
from ..wiring import Installation
from .common import add_home, add_passphrase, emit, open_installation, read_passphrase
from .paying import agree, open_chain

EXAMPLES = """examples:
  sealbook withdraw lantern.png.seal.json
  sealbook withdraw lantern.png.seal.json --key studio --yes

For good: whoever verifies the claim from then on is told that its author withdrew it. Signed by
the author's own key (a delegate can't), paid for by the submitter of the author's home chain."""

WAIT = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the receipt, the key and the consent."""
    parser.add_argument("receipt", metavar="RECEIPT", help="the claim's receipt")
    parser.add_argument(
        "--key", metavar="NAME", help="the author's key (default: the one of their address)"
    )
    add_passphrase(parser)
    parser.add_argument("--yes", action="store_true", help="agree to the cost without being asked")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Withdraw; 0 when the withdrawal is in a block."""
    installation = open_installation(args)
    receipt = Receipt.decode(read_receipt(Path(args.receipt)))
    signed = receipt.signed
    if signed.home.contract != installation.contracts.keys:
        raise InvalidInput("expected a claim of this version's AuthorKeys contract, got another's")
    name = _home_chain(installation, signed)
    reader = installation.reader(name)
    require_contracts(reader, installation.contracts)
    _require_in_force(installation, name, signed)
    keystore = installation.keystore
    key = keystore.named_by(signed.claim.author) if args.key is None else args.key
    private_key = keystore.unlock(key, read_passphrase(args.passphrase_file, key))
    chain = open_chain(args, installation, name)
    contracts = installation.contracts
    data = withdrawal(chain, contracts, signed, private_key, installation.clock)
    if not installation.settings.chain(name).embedded:
        agree(args, name, "withdrawing", chain.cost(contracts.keys, data))
    transaction = hand_in_withdrawal(chain, contracts, data, installation.clock, WAIT)
    with suppress(Unavailable):  # what this home saw before must not speak for it offline
        installation.memory.keep(receipt, None)
    value = {
        "claim": hex_of(signed.id),
        "chain": name,
        "transaction": hex_of(transaction),
        "status": "withdrawn",
    }
    emit(args, value, f"claim {hex_of(signed.id)} is withdrawn on {name}; it keeps its place")
    return 0


def _home_chain(installation: Installation, signed: SignedClaim) -> str:
    """Return the name of the chain on which the author's keys are judged."""
    settings = installation.settings
    unasked = []
    for name, chain in settings.chains.items():
        if chain.embedded and not (settings.folder(chain) / "chain.db").exists():
            continue
        try:
            identity = installation.reader(name).identity()
        except LedgerError as cause:
            unasked.append(f"; {name} could not be asked: {cause}")
            continue
        if identity.chain_id == signed.home.chain_id:
            return name
    raise BadSettings(
        f"expected the author's home chain {signed.home.chain_id} in the settings, it is not there"
        + "".join(unasked)
    )


def _require_in_force(installation: Installation, name: str, signed: SignedClaim) -> None:
    """Raise Conflict when the index knows that the claim is withdrawn already."""
    if installation.settings.chain(name).embedded:  # elsewhere that may take long
        installation.syncing(name).run()
    events = installation.index.key_events(signed.home, signed.claim.author)
    if any(isinstance(one, Withdrawn) and one.claim == signed.id for one in events):
        raise Conflict(f"claim {hex_of(signed.id)} is withdrawn already; nothing is left to do")
