"""`chain`: list the chains of the settings, put the contracts on one, show how it stands."""

import argparse

from ..config import ChainSettings, artifact
from ..encoding import hex_of
from ..services.founding import quote
from ..wiring import Installation
from .chain_presets import Row, meaning, meaning_lines, preset_rows, presets_text
from .chain_status import chain_status, status_text
from .common import add_action, add_actions, add_chain, add_passphrase, emit, open_installation
from .paying import agree, open_chain

EXAMPLES = """examples:
  sealbook chain list
  sealbook chain list --presets            the chains that are known by name
  sealbook chain deploy                    on the embedded chain; costs nothing
  sealbook chain deploy --chain sepolia    prints the cost, then asks
  sealbook chain status --chain sepolia --json

Chains other than the embedded one stand in config.toml: docs/public-chains.md."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = add_actions(parser)
    listing = add_action(
        actions,
        "list",
        "list the chains of the settings, with what their finality and block times mean",
        "examples:\n  sealbook chain list\n  sealbook chain list --presets --json",
    )
    listing.add_argument(
        "--presets", action="store_true", help="list the chains that are known by name instead"
    )
    new = add_action(
        actions,
        "deploy",
        "put the contracts and this home's ledger on a chain; safe to repeat",
        "examples:\n  sealbook chain deploy\n  sealbook chain deploy --chain sepolia --yes",
    )
    add_chain(new, "which chain (default: that of the settings)")
    add_passphrase(new)
    new.add_argument("--yes", action="store_true", help="agree to the cost without being asked")
    status = add_action(
        actions,
        "status",
        "show a chain's identity, heads, contracts, this home's ledger and who pays",
        "example:\n  sealbook chain status --chain sepolia",
    )
    add_chain(status, "which chain (default: that of the settings)")


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {"list": _list, "deploy": _deploy, "status": _status}[args.action](args)


def _list(args: argparse.Namespace) -> int:
    if args.presets:
        emit(args, preset_rows(), presets_text())
        return 0
    installation = open_installation(args)
    settings = installation.settings
    rows = [_listed(installation, chain) for chain in settings.chains.values()]
    lines = []
    for row in rows:
        default = " (default)" if row["default"] else ""
        ledger = row["ledger"] or f"none yet; `sealbook chain deploy --chain {row['name']}`"
        lines += [f"{row['name']}{default}", f"  {row['what']}", f"  ledger     {ledger}"]
        lines += meaning_lines(row)
    emit(args, rows, "\n".join(lines))
    return 0


def _listed(installation: Installation, chain: ChainSettings) -> Row:
    founded = installation.files(chain.name).founded()
    said = "embedded: LOCAL CHAIN, in this home" if chain.embedded else f"chain {chain.chain_id}"
    if chain.chain_id is None and not chain.embedded:
        said = "whichever chain its node is on: pin chain_id and genesis in config.toml"
    return {
        "name": chain.name,
        "default": chain.name == installation.settings.default_chain,
        "embedded": chain.embedded,
        "what": said,
        "submitter": chain.submitter,
        "ledger": None if founded is None else hex_of(founded.ledger),
        **meaning(chain, chain.chain_id, chain.genesis),
    }


def _deploy(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    settings = installation.settings.chain(args.chain)
    chain = open_chain(args, installation, settings.name)
    if not settings.embedded:
        contracts = installation.contracts
        creation = {
            contracts.ledgers: _creation("Ledgers"),
            contracts.keys: _creation("AuthorKeys"),
        }
        salt = installation.files(settings.name).salt()
        cost = quote(chain, contracts, creation, chain.submitter, salt)
        if cost is not None:
            agree(args, settings.name, "deploying", cost)
    founded = installation.found(chain, settings.name, chain.submitter)
    value = {"chain": settings.name, "ledger": hex_of(founded.ledger)}
    emit(args, value, f"{settings.name}: ledger {hex_of(founded.ledger)} is ready")
    return 0


def _creation(name: str) -> bytes:
    return bytes.fromhex(artifact(name)["bytecode"].removeprefix("0x"))


def _status(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    value = chain_status(installation, args.chain)
    emit(args, value, status_text(value))
    return 0
