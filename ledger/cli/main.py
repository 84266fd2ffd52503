"""The command line's door: names the commands, loads one, and turns failures into exit codes."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from types import ModuleType

from ..errors import InvalidInput, LedgerError, NotFinal, NotFound, TimedOut
from .streams import PIPE, abandon, finish, make_ready, shown, unwritten

USAGE = 2
PENDING = 3
NOT_FOUND = 4
FAILED = 1
INTERRUPTED = 130

# name → what it does; the order of help. Each is a module of this package.
COMMANDS: dict[str, str] = {
    "demo": "see the whole path on a sample image, in a folder of its own",
    "keys": "make, list, import and export encrypted keys",
    "inspect": "show what a file says of its making (not evidence)",
    "seal": "claim, sign, anchor and pin; writes FILE.seal.json",
    "verify": "judge a file, a digest or a receipt",
    "show": "show what a receipt holds",
    "upgrade": "bring a pending receipt up to date",
    "disclose": "disclose a claim that a foreign ledger holds closed",
    "withdraw": "withdraw a claim; it keeps its place",
    "anchor": "anchor what waits, once or as a worker",
    "sync": "follow the chain into the index",
    "serve": "serve the HTTP API on this computer",
    "chain": "list chains, deploy the contracts, show the state",
    "ledger": "hand over, close or follow up this home's ledger, by its owner",
    "queue": "move this home's queues from their files to PostgreSQL",
    "index": "copy this home's index from its file to PostgreSQL",
    "backup": "write all state that cannot be remade to one file",
    "restore": "bring a backup back into a new home",
    "doctor": "check this home and say what to do",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    make_ready()
    try:
        code = _run(words)
    except BrokenPipeError:  # in the midst of what was asked: it was not done to its end
        abandon()
        return PIPE
    except KeyboardInterrupt:
        print("sealbook: interrupted; what was acknowledged is kept", file=sys.stderr)
        code = INTERRUPTED
    except LedgerError as error:
        code = _fail(error, as_json="--json" in words)
    except OSError as cause:  # a disk that filled up while we spoke
        return unwritten(cause)
    return finish(code)


def _run(words: Sequence[str]) -> int:
    name = next((word for word in words if not word.startswith("-")), None)
    if name is None or words[0].startswith("-"):
        return _overview(words)
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        print(f"sealbook: expected one of {known}, got {name!r:.60}", file=sys.stderr)
        return USAGE
    module, parser = command(name)
    try:
        args = parser.parse_args(list(words[1:]))
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else USAGE
    code: int = module.run(args)
    return code


def command(name: str) -> tuple[ModuleType, argparse.ArgumentParser]:
    """Return a command's module and the parser of its words."""
    module = importlib.import_module(f".{name}", __package__)
    parser = argparse.ArgumentParser(
        prog=f"sealbook {name}",
        description=COMMANDS[name][:1].upper() + COMMANDS[name][1:] + ".",
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return module, parser


def _overview(words: Sequence[str]) -> int:
    if "--version" in words:
        metadata = importlib.import_module("importlib.metadata")  # 30 ms that no command pays
        print(f"sealbook {metadata.version('sealbook')}")
        return 0
    lines = [
        "usage: sealbook COMMAND …",
        "",
        "Proves what you made, how, and that you were first.",
        "",
    ]
    lines += [f"  {name:<9} {what}" for name, what in COMMANDS.items()]
    lines += ["", "`sealbook COMMAND --help` shows its options, with examples."]
    asked = any(word in ("-h", "--help") for word in words)
    print("\n".join(lines), file=sys.stdout if asked else sys.stderr)
    return 0 if asked else USAGE


def _fail(error: LedgerError, *, as_json: bool) -> int:
    code = exit_code(error)
    if as_json:
        print(json.dumps({"error": type(error).__name__, "message": str(error), "exit_code": code}))
    print(f"sealbook: {shown(str(error))}", file=sys.stderr)
    return code


def exit_code(error: LedgerError) -> int:
    """Return the exit code of a command that could not do what was asked."""
    if isinstance(error, InvalidInput):
        return USAGE
    if isinstance(error, TimedOut | NotFinal):
        return PENDING
    if isinstance(error, NotFound):
        return NOT_FOUND
    return FAILED
