"""`verify`: judge a file, a digest or a receipt. The exit code is the verdict."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from ..asking import ask, ask_bytes
from ..disclosure import MAX_DISCLOSURE, Disclosure
from ..errors import InvalidInput, LedgerError, UnreadableFile
from ..policy import Policy
from ..report import Report, Verdict
from ..services.verifying import Question
from ..wiring import Installation
from .report_text import report_text
from .streams import shown, standard_input

EXAMPLES = """examples:
  sealbook verify lantern.png                        uses lantern.png.seal.json beside it
  sealbook verify lantern.png --receipt other.json
  sealbook verify lantern.png.seal.json              the receipt alone
  sealbook verify sha256:9f2c…                       the earliest disclosed claim on a digest
  sealbook verify lantern.png --offline              asks nobody

exit codes: 0 verified, 1 failed, 2 usage, 3 pending, 4 not_found, 5 void, 6 earlier_claim,
            7 reorganised, 8 unknown"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question and what may be believed."""
    parser.add_argument("what", metavar="FILE|DIGEST|RECEIPT", help="what to judge; - is stdin")
    parser.add_argument("--receipt", metavar="RECEIPT", help="the receipt of FILE or DIGEST")
    parser.add_argument("--offline", action="store_true", help="ask no chain, index or server")
    parser.add_argument(
        "--trusted-block", metavar="HASH", help="a block hash that you trust, for state proofs"
    )
    parser.add_argument(
        "--finality",
        choices=("included", "safe", "finalized"),
        default="finalized",
        help="how firm the anchor's block must be (default: finalized)",
    )
    parser.add_argument(
        "--disclosure", metavar="FILE", help="what the author shows of the process log"
    )
    parser.add_argument("--server", metavar="URL", help="ask a Sealbook server; not recomputed")
    parser.add_argument("--chain", metavar="NAME", help="the chain whose index is followed")
    parser.add_argument("--home", metavar="DIR", help="another home than SEALBOOK_HOME")


def run(args: argparse.Namespace) -> int:
    """Print the report and return its verdict's number."""
    if args.server is not None and args.offline:
        raise InvalidInput("expected --server or --offline, got both")
    question = _question(args)
    try:
        report = _report(args, question)
    except InvalidInput:
        raise
    except LedgerError as error:  # an engine that can't be asked is an unknown, not a failure
        if args.json:
            said = {"verdict": "unknown", "exit_code": int(Verdict.UNKNOWN), "summary": str(error)}
            print(json.dumps(said))
        else:
            print(f"sealbook: {shown(str(error))}", file=sys.stderr)
        return int(Verdict.UNKNOWN)
    print(json.dumps(report.to_json(), indent=1) if args.json else report_text(report))
    return int(report.verdict)


def _report(args: argparse.Namespace, question: Question) -> Report:
    installation = Installation.open(args.home)
    policy = Policy(args.finality)
    if args.offline:
        return replace(installation.offline(), policy=policy).answer(question)
    if args.server is not None:
        return installation.asking_server(args.server, policy).answer(question)
    return replace(installation.verifying(args.chain), policy=policy).answer(question)


def _question(args: argparse.Namespace) -> Question:
    receipt = None if args.receipt is None else Path(args.receipt)
    disclosure = None if args.disclosure is None else _disclosure(Path(args.disclosure))
    trusted = None if args.trusted_block is None else _hash(args.trusted_block)
    if args.what == "-":
        question = ask_bytes(standard_input(), receipt, offline=args.offline)
    else:
        question = ask(args.what, receipt, offline=args.offline)
    return replace(question, trusted_block=trusted, disclosure=disclosure)


def _disclosure(path: Path) -> Disclosure:
    try:
        with path.open("rb") as opened:
            return Disclosure.decode(opened.read(MAX_DISCLOSURE + 1))
    except OSError as cause:
        raise UnreadableFile(f"expected a disclosure at {path}: {cause.strerror}") from cause


def _hash(text: str) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != 32:  # noqa: PLR2004
        raise InvalidInput(f"expected a block hash of 0x and 64 hex digits, got {text!r:.80}")
    return value
