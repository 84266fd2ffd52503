"""`seal`: claim, sign and anchor files; writes FILE.seal.json beside each."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from ..asking import ask
from ..drafts import Author, Draft, Said, require_readable
from ..errors import InvalidInput, LedgerError
from ..library import DEFAULT_KEY, acknowledge_all, anchor_all, draft_all, embedded, unlock
from ..report import Verdict
from ..services.remote import submit, upgrade_from_server
from ..wiring import Installation
from .common import add_home, add_passphrase, emit, open_installation, read_passphrase, tell
from .evidence import evidence_json
from .kept_evidence import keep_evidence
from .owed_pins import owed_text
from .paying import agree, open_chain
from .report_text import headline
from .streams import shown

EXAMPLES = """examples:
  sealbook seal lantern.png
  sealbook seal lantern.png --process lantern.steps.jsonl --title "Paper lantern"
  sealbook seal *.png --passphrase-file ~/.sealbook-passphrase
  sealbook seal lantern.png --chain sepolia --wait 600
  sealbook seal lantern.png --server http://127.0.0.1:8000    a leaf hash leaves, nothing else

On the embedded chain it anchors before it returns. Elsewhere the claim is queued and a pending
receipt written; `sealbook upgrade` brings it up to date. Sealing a file again goes on where it
was left. exit codes: 0 sealed or queued, 1 not sealed, 2 usage, 3 --wait ran out"""

EMBEDDED_WAIT = 120.0
PIN_SECONDS = 10.0  # what is not pinned by then, `sealbook anchor` pays
FAILED, PENDING = 1, 3
MAX_LEAVES = 1_000  # what a server takes at once
POLL_SECONDS = 1.0
MAX_FILES = 10_000  # one batch; more files are sealed by another call


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files, what is said of them, and where they are anchored."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="the works to seal")
    parser.add_argument("--process", metavar="STEPS", help="JSON Lines file of the steps")
    parser.add_argument("--title", help="the work's title")
    parser.add_argument("--licence", help="a licence, best as an SPDX id such as CC-BY-4.0")
    parser.add_argument("--ai-disclosure", metavar="TEXT", help="how AI was used")
    parser.add_argument("--key", metavar="NAME", help="the author's key, if there are several")
    add_passphrase(parser)
    parser.add_argument("--chain", metavar="NAME", help="a chain of your settings")
    parser.add_argument(
        "--server", metavar="URL", help="commit to this server's ledger; it sees a leaf hash only"
    )
    parser.add_argument("--wait", type=float, metavar="SECONDS", help="wait to be anchored")
    parser.add_argument("--yes", action="store_true", help="agree to the cost without being asked")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Seal the files; 0 when each is sealed or queued, 3 when --wait ran out."""
    files = _files(args.files)
    installation = open_installation(args)
    chain_settings = installation.settings.chain(args.chain)
    passphrase = _passphrase(args, installation)
    fresh = not installation.keystore.names()
    author = unlock(installation, args.key, passphrase)
    if fresh:
        tell(
            f"made the key {args.key or DEFAULT_KEY!r}, 0x{author.address.hex()}, in "
            f"{installation.home}; keep it and its passphrase (`sealbook backup`)"
        )
    said = Said(
        title=args.title,
        licence=args.licence,
        ai_disclosure=args.ai_disclosure,
        process=None if args.process is None else Path(args.process),
    )
    name = chain_settings.name
    if args.server is not None:
        return _tell(args, installation, name, _by_server(args, installation, files, author, said))
    if chain_settings.embedded:
        chain = embedded(installation)
        wait = EMBEDDED_WAIT if args.wait is None else args.wait
        drafts = draft_all(installation, files, author, said, chain.identity().chain_id)
        drafts = anchor_all(installation, chain, name, drafts, wait)
    else:
        chain_id = installation.reader(name).identity().chain_id
        installation.founded(name)
        drafts = draft_all(installation, files, author, said, chain_id)
        drafts = _elsewhere(args, installation, name, drafts)
    if any(one.receipt.anchors for one in drafts):
        keep_evidence(installation, name)  # of the others in the batch, too
    _pay_pins(installation, name, drafts)
    return _tell(args, installation, name, drafts)


def _passphrase(args: argparse.Namespace, installation: Installation) -> str:
    names = installation.keystore.names()
    key = installation.keystore.choose(args.key) if names else args.key or DEFAULT_KEY
    return read_passphrase(args.passphrase_file, key, new=not names)


def _elsewhere(
    args: argparse.Namespace, installation: Installation, name: str, drafts: Sequence[Draft]
) -> list[Draft]:
    """Queue the claims; anchor them at once only when --wait says so, the cost agreed first."""
    acknowledge_all(installation, name, drafts)
    if args.wait is None:
        return list(drafts)
    chain = open_chain(args, installation, name)
    cost = installation.anchoring(chain, name).quote()
    if cost is not None:
        agree(args, name, "anchoring", cost)
    return anchor_all(installation, chain, name, drafts, args.wait)


def _pay_pins(installation: Installation, name: str, drafts: Sequence[Draft]) -> None:
    """Let nodes and services pin what was published by this; say what they are still owed."""
    if not any(one.receipt.anchors for one in drafts):
        return
    try:
        pinning = installation.pinning(name)
        pinning.pay(PIN_SECONDS)
        owed = owed_text(pinning.accounts())
    except LedgerError as cause:  # it is sealed, and what is owed stays owed
        owed = f"not pinned: {cause}"
    if owed is not None:
        tell(owed)


def _by_server(
    args: argparse.Namespace,
    installation: Installation,
    files: Sequence[Path],
    author: Author,
    said: Said,
) -> list[Draft]:
    """Commit to a foreign ledger: leaf hashes leave, the claims stay until they are final."""
    settings = installation.settings.chain(args.chain)
    home = embedded(installation) if settings.embedded else installation.reader(settings.name)
    drafts = draft_all(installation, files, author, said, home.identity().chain_id)
    server = installation.server(args.server)
    for first in range(0, len(drafts), MAX_LEAVES):
        submit(server, [one.receipt for one in drafts[first : first + MAX_LEAVES]])
    deadline = time.monotonic() + (args.wait or 0)
    while True:
        drafts = [
            one.with_receipt(
                upgrade_from_server(server, one.receipt, installation.contracts).receipt
            )
            for one in drafts
        ]
        if all(one.receipt.anchors for one in drafts) or time.monotonic() >= deadline:
            return drafts
        time.sleep(POLL_SECONDS)


def _files(names: Sequence[str]) -> list[Path]:
    if len(names) > MAX_FILES:
        raise InvalidInput(f"expected at most {MAX_FILES} files at once, got {len(names)}")
    files = [Path(name) for name in dict.fromkeys(names)]
    for file in files:
        require_readable(file)
    return files


def _tell(
    args: argparse.Namespace, installation: Installation, name: str, drafts: Sequence[Draft]
) -> int:
    """Print what became of each file; verify what is anchored, as anyone would."""
    said, lines, code = [], [], 0
    verifying = installation.verifying(name)
    attempts = installation.proving(name).attach([one.receipt for one in drafts])
    for before, attempt in zip(drafts, attempts, strict=True):
        one = before.with_receipt(attempt.receipt)  # while its node still has the block's state
        signed = one.receipt.signed
        told: dict[str, object] = {
            "file": str(one.file),
            "receipt": str(one.path),
            "claim": f"0x{signed.id.hex()}",
            "author": f"0x{signed.claim.author.hex()}",
            "status": "anchored" if one.receipt.anchors else "pending",
            "resumed": one.resumed,
            "evidence": evidence_json(attempt.why),
        }
        if one.receipt.anchors and args.server is None:
            report = verifying.answer(ask(str(one.file), one.path, offline=False))
            told["report"] = report.to_json()
            code = FAILED if report.verdict is Verdict.FAILED else code
            lines.append(f"{shown(str(one.path))}  {headline(report)}")
        elif one.receipt.anchors:
            lines.append(
                f"{shown(str(one.path))}  ANCHORED  disclose it once it is final: sealbook disclose"
            )
        else:
            command = f"sealbook upgrade {one.path}"
            command += f" --server {args.server}" if args.server else ""
            told["next"] = command
            lines.append(f"{shown(str(one.path))}  PENDING  the claim is queued; later: {command}")
            code = PENDING if args.wait is not None else code
        said.append(told)
    emit(args, said if len(said) > 1 else said[0], "\n".join(lines))
    return code
