"""`ledger`: what the owner of this home's ledger does: who anchors, who owns, that it ends."""

import argparse
import re
from dataclasses import dataclass

from ..contract import Founded
from ..encoding import hex_of
from ..errors import BadSettings, Conflict, InvalidInput
from ..ownership import close_call, offer_call, submitter_call, take_call
from ..ports import Chain
from ..services.owning import (
    Standing,
    move_waiting,
    order,
    require_owner,
    standing,
    waiting_after,
)
from ..wiring import Installation
from .common import add_action, add_actions, add_chain, add_passphrase, emit, open_installation
from .paying import agree, open_chain

EXAMPLES = """examples:
  sealbook ledger status --chain sepolia
  sealbook ledger offer vault --chain sepolia          the owner offers it to another key
  sealbook ledger take --key vault --chain sepolia     that key takes it
  sealbook ledger submitter payer2 --key vault --chain sepolia   payer2 anchors from now on
  sealbook ledger close 0x… --key vault --chain sepolia --successor 0x…
  sealbook ledger move --chain sepolia --to sepolia-2  what the closed one never held

Whoever deployed the ledger owns it. Hand it to a key that lies elsewhere than the one that
anchors: then a thief of the anchoring key is thrown out by the owner. docs/operations.md."""

WAIT = 300.0
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_LEDGER = re.compile("0x[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class _Owned:
    """This home's ledger on a chain, and the account that orders."""

    installation: Installation
    name: str
    founded: Founded
    chain: Chain
    stands: Standing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = add_actions(parser)
    status = add_action(
        actions, "status", "show who owns the ledger, who anchors, and whether it is closed", ""
    )
    add_chain(status, "which chain (default: that of the settings)")
    submitter = _paid(actions, "submitter", "let another account anchor, and the old one no more")
    submitter.add_argument("who", metavar="WHO", help="a key of this home, or an address")
    offer = _paid(actions, "offer", "offer the ledger to another owner, who must take it")
    offer.add_argument("who", metavar="WHO", help="a key of this home, or an address")
    _paid(actions, "take", "take the ledger that was offered to the key named by --key")
    close = _paid(actions, "close", "end the ledger for good; what it holds stays")
    close.add_argument("ledger", metavar="LEDGER", help="its id, so that no other is meant")
    close.add_argument("--successor", metavar="LEDGER", help="the ledger that goes on, 0x…")
    close.add_argument(
        "--leave", action="store_true", help="although leaves wait; `ledger move` takes them along"
    )
    move = add_action(
        actions, "move", "queue what a closed ledger never held for another chain's ledger", ""
    )
    add_chain(move, "the chain of the closed ledger (default: that of the settings)")
    move.add_argument("--to", metavar="NAME", required=True, help="the chain of the other ledger")


def _paid(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    parser = add_action(actions, name, what, "")
    add_chain(parser, "which chain (default: that of the settings)")
    parser.add_argument(
        "--key", metavar="NAME", help="the key that orders and pays (default: the submitter's)"
    )
    add_passphrase(parser)
    parser.add_argument("--yes", action="store_true", help="agree to the cost without being asked")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    actions = {
        "status": _status,
        "submitter": _submitter,
        "offer": _offer,
        "take": _take,
        "close": _close,
        "move": _move,
    }
    return actions[args.action](args)


def _status(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    name = installation.settings.chain(args.chain).name
    founded = installation.founded(name)
    stands = standing(installation.reader(name), installation.contracts, founded.ledger)
    waiting = waiting_after(stands, installation.queue(name)) if installation.has_queue(name) else 0
    value = {"chain": name, "ledger": hex_of(founded.ledger), "waiting": waiting, **_row(stands)}
    lines = [f"{name}: ledger {hex_of(founded.ledger)}"]
    lines += [f"  {key.replace('_', ' '):<13} {said}" for key, said in _row(stands).items() if said]
    emit(args, value, "\n".join([*lines, f"  waiting       {waiting} leaves"]))
    return 0


def _row(stands: Standing) -> dict[str, object]:
    return {
        "size": stands.size,
        "owner": hex_of(stands.owner),
        "pending_owner": hex_of(stands.pending_owner) if any(stands.pending_owner) else None,
        "submitter": hex_of(stands.submitter),
        "closed": stands.closed,
        "successor": hex_of(stands.successor) if any(stands.successor) else None,
    }


def _submitter(args: argparse.Namespace) -> int:
    owned = _owned(args)
    who = _address(owned.installation, args.who)
    require_owner(owned.stands, owned.chain.submitter)
    if owned.stands.submitter == who:
        raise Conflict(f"expected another account, {hex_of(who)} anchors this ledger already")
    _order(args, owned, "the new submitter", submitter_call(owned.founded.ledger, who))
    return _said(
        args,
        owned,
        f"{hex_of(who)} anchors from now on; write `submitter = ` with its key's name in "
        f"[chains.{owned.name}] of config.toml",
    )


def _offer(args: argparse.Namespace) -> int:
    owned = _owned(args)
    who = _address(owned.installation, args.who)
    require_owner(owned.stands, owned.chain.submitter)
    _order(args, owned, "the offer", offer_call(owned.founded.ledger, who))
    return _said(args, owned, f"offered to {hex_of(who)}; `sealbook ledger take --key …` takes it")


def _take(args: argparse.Namespace) -> int:
    owned = _owned(args)
    if owned.stands.pending_owner != owned.chain.submitter:
        raise Conflict(
            f"expected a ledger that was offered to {hex_of(owned.chain.submitter)}, it is "
            "not; give --key NAME"
        )
    _order(args, owned, "taking the ledger", take_call(owned.founded.ledger))
    return _said(args, owned, f"{hex_of(owned.chain.submitter)} owns the ledger now")


def _close(args: argparse.Namespace) -> int:
    owned = _owned(args)
    require_owner(owned.stands, owned.chain.submitter)
    if args.ledger.lower() != hex_of(owned.founded.ledger):
        raise InvalidInput(
            f"expected the id of this home's ledger {hex_of(owned.founded.ledger)}, got "
            f"{args.ledger!r:.80}"
        )
    successor = None
    if args.successor is not None:
        if not _LEDGER.fullmatch(args.successor):
            raise InvalidInput(f"expected a ledger's id, 0x and 64 digits, got {args.successor!r}")
        successor = bytes.fromhex(args.successor[2:])
    queue = owned.installation.queue(owned.name)
    waiting = waiting_after(owned.stands, queue)
    if waiting and not args.leave:
        raise Conflict(
            f"expected no leaves that wait, there are {waiting}: anchor them first, or give "
            "--leave and move them to another ledger afterwards"
        )
    _order(args, owned, "closing the ledger", close_call(owned.founded.ledger, successor))
    left = f"; {waiting} leaves wait for `sealbook ledger move`" if waiting else ""
    return _said(args, owned, f"the ledger is closed for good; what it holds stays{left}")


def _move(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    name = installation.settings.chain(args.chain).name
    other = installation.settings.chain(args.to).name
    if other == name:
        raise InvalidInput(f"expected another chain than {name!r}; see `sealbook chain list`")
    founded = installation.founded(name)
    moved = move_waiting(
        installation.reader(name),
        installation.contracts,
        founded.ledger,
        installation.queue(name),
        installation.queue(other),
    )
    value = {"from": name, "to": other, "moved": moved}
    emit(args, value, f"{moved} leaves are queued on {other}; `sealbook anchor --chain {other}`")
    return 0


def _owned(args: argparse.Namespace) -> _Owned:
    installation = open_installation(args)
    settings = installation.settings.chain(args.chain)
    if settings.embedded:
        raise BadSettings(
            f"expected a chain with others on it, {settings.name} is this computer's own: its "
            "ledger needs no other owner; give --chain NAME"
        )
    founded = installation.founded(settings.name)
    chain = open_chain(args, installation, settings.name, args.key)
    stands = standing(chain, installation.contracts, founded.ledger)
    return _Owned(installation, settings.name, founded, chain, stands)


def _order(args: argparse.Namespace, owned: _Owned, what: str, data: bytes) -> None:
    contracts = owned.installation.contracts
    agree(args, owned.name, what, owned.chain.cost(contracts.ledgers, data))
    order(owned.chain, contracts, data, owned.installation.clock, WAIT)


def _said(args: argparse.Namespace, owned: _Owned, text: str) -> int:
    contracts, ledger = owned.installation.contracts, owned.founded.ledger
    value = {"chain": owned.name, "ledger": hex_of(ledger)}
    emit(args, {**value, **_row(standing(owned.chain, contracts, ledger))}, text)
    return 0


def _address(installation: Installation, who: str) -> bytes:
    if _ADDRESS.fullmatch(who):
        return bytes.fromhex(who[2:])
    for name, address in installation.keystore.addresses():
        if name == who:
            return address
    raise InvalidInput(f"expected a key of this home or an address 0x…, got {who!r:.80}")
