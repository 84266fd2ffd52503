"""`keys`: make, list, import and export the encrypted keys of this home."""

import argparse
import secrets
from pathlib import Path

from ..adapters.files import write_file
from ..adapters.keystore import DEFAULT
from ..encoding import hex_of
from ..errors import KeyExists, UnreadableFile
from .common import (
    add_action,
    add_actions,
    add_passphrase,
    emit,
    open_installation,
    read_passphrase,
)
from .streams import standard_input

MAX_GIVEN = 64 * 1024  # bytes of a key file; it has about 500
EXAMPLES = """examples:
  sealbook keys new                            makes the key "default"; asks a passphrase twice
  sealbook keys list
  sealbook keys import studio wallet.json      from another wallet
  sealbook keys import studio < key.hex        a raw private key, never on the command line
  sealbook keys export studio --output studio.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = add_actions(parser)
    new = add_action(
        actions, "new", "make a key and keep it encrypted", "example:\n  sealbook keys new studio"
    )
    new.add_argument("name", nargs="?", default=DEFAULT, metavar="NAME", help="default: default")
    add_passphrase(new)
    add_action(actions, "list", "list names and addresses", "example:\n  sealbook keys list --json")
    taken = add_action(
        actions,
        "import",
        "keep a key that another program made",
        "examples:\n  sealbook keys import studio wallet.json\n"
        "  sealbook keys import studio - < key.hex",
    )
    taken.add_argument("name", metavar="NAME", help="what to call it here")
    taken.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="encrypted JSON (web3 secret storage) or 64 hex digits; - is stdin (default)",
    )
    taken.add_argument(
        "--opens-with",
        metavar="FILE",
        help="the passphrase of FILE, if it is not the one the key gets here",
    )
    add_passphrase(taken)
    out = add_action(
        actions,
        "export",
        "write a key, still encrypted, as other wallets read it",
        "example:\n  sealbook keys export studio --output studio.json",
    )
    out.add_argument("name", nargs="?", metavar="NAME", help="default: the only key, or default")
    out.add_argument("--output", metavar="FILE", help="a new file, for its owner only; else stdout")


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {"new": _new, "list": _list, "import": _import, "export": _export}[args.action](args)


def _new(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    keystore = installation.keystore
    if args.name in keystore.names():  # before a passphrase is asked
        raise KeyExists(f"expected a new name, there is a key named {args.name!r}; choose another")
    passphrase = read_passphrase(args.passphrase_file, args.name, new=True)
    installation.make_home()
    address = keystore.new(args.name, passphrase, secrets.token_bytes)
    return _kept(args, address)


def _import(args: argparse.Namespace) -> int:
    installation = open_installation(args)
    given = _given(args.file)
    opens = None if args.opens_with is None else read_passphrase(args.opens_with, args.name)
    encrypted = given.lstrip().startswith(b"{")
    # what encrypted JSON opens with is no new passphrase: a wrong one is found out
    new = not encrypted or opens is not None
    passphrase = read_passphrase(args.passphrase_file, args.name, new=new)
    installation.make_home()
    return _kept(args, installation.keystore.take_in(args.name, given, passphrase, opens))


def _kept(args: argparse.Namespace, address: bytes) -> int:
    emit(
        args,
        {"name": args.name, "address": hex_of(address)},
        f"{args.name}  {hex_of(address)}\n"
        "Keep the passphrase, and `sealbook backup`: nobody can bring a lost key back.",
    )
    return 0


def _list(args: argparse.Namespace) -> int:
    held = open_installation(args).keystore.addresses()
    width = max((len(name) for name, _ in held), default=0)
    lines = [f"{name:<{width}}  {hex_of(address)}" for name, address in held]
    emit(
        args,
        [{"name": name, "address": hex_of(address)} for name, address in held],
        "\n".join(lines) if lines else "no keys yet; `sealbook keys new` makes one",
    )
    return 0


def _export(args: argparse.Namespace) -> int:
    keystore = open_installation(args).keystore
    name = keystore.choose(args.name)
    text = keystore.export(name)
    if args.output is None:
        print(text, end="")
        return 0
    path = Path(args.output)
    if path.exists():
        raise KeyExists(f"expected a new file, {path} is there; choose another name")
    write_file(path, text.encode())
    emit(args, {"name": name, "file": str(path)}, f"{path}: the key {name!r}, still encrypted")
    return 0


def _given(name: str) -> bytes:
    try:
        if name == "-":
            return standard_input().read(MAX_GIVEN)
        with Path(name).open("rb") as file:
            return file.read(MAX_GIVEN)
    except OSError as cause:
        raise UnreadableFile(f"expected a key to read, got {name}: {cause.strerror}") from cause
