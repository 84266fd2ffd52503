"""`demo`: the whole path on a real image, in a new folder of its own; asks nothing."""

import argparse
import json
import secrets
from datetime import date
from importlib.resources import files
from pathlib import Path

from ..adapters.files import write_file
from ..asking import ask, receipt_path
from ..cid import Cid
from ..digest import Digest
from ..drafts import Author, Draft, Said
from ..errors import LedgerError, StoreUnavailable, UnreadableFile
from ..library import anchor_all, draft_all, embedded
from ..metadata import Generation, read
from ..report import Check, Report, Verdict
from ..secp256k1 import address_of_key
from ..step import Step, encode_steps
from ..wiring import Installation
from .report_text import clock_headline

EXAMPLES = """examples:
  sealbook demo                the project's own image
  sealbook demo picture.png    yours; it stays on this computer"""

FOLDER = "sealbook-demo"
MAX_RUNS = 10_000  # folders of one day
MAX_IMAGE = 1024**3  # bytes; it is copied and read whole
WAIT = 60.0
_OURS = ("home", "bob", "manifest.jsonl")  # names in the folder that are not the image's


class Story:
    """What is told as it happens: lines for a person, or facts for a program."""

    def __init__(self, installation: Installation, *, quiet: bool) -> None:
        self.installation = installation
        self.facts: dict[str, object] = {}
        self._quiet = quiet

    def tell(self, line: str) -> None:
        """Print a line, unless JSON was asked for."""
        if not self._quiet:
            print(line, flush=True)

    def ask(self, file: Path, receipt: Path | None = None) -> Report:
        """Verify a file as anyone would."""
        return self.installation.verifying().answer(ask(str(file), receipt, offline=False))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the image."""
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="your own image")


def run(args: argparse.Namespace) -> int:
    """Tell the story; 0 if every verdict is the one that it must be."""
    name, image, steps = _material(args.image)
    folder = _new_folder(Path.cwd() / FOLDER)
    story = Story(Installation.open(folder / "home"), quiet=args.json)
    story.tell("Sealbook demo · LOCAL CHAIN: proves order on this computer only")
    story.tell(f"Files: ./{folder.relative_to(Path.cwd())}")
    write_file(folder / name, image, mode=0o644)
    if steps is not None:
        write_file(folder / f"{name}.steps.jsonl", steps, mode=0o644)
    draft = _seal(story, folder / name, steps is not None)
    good = _verified(story, draft)
    story.tell("Three things that must fail")
    good = [good, _flipped(story, draft), _edited(story, draft), _stolen(story, draft)] == [
        True
    ] * 4
    story.tell("Try:   .venv/bin/sealbook seal YOUR.png")
    story.tell("Next:  a public chain, docs/public-chains.md")
    if args.json:
        print(json.dumps({"files": str(folder), **story.facts, "as_expected": good}, indent=1))
    return 0 if good else 1


def _seal(story: Story, file: Path, with_process: bool) -> Draft:  # noqa: FBT001
    data = file.read_bytes()
    digest = Digest.of(data)
    story.tell(f"1 Your image      {file.name} ({_size(len(data))})     digest {_short(digest)}")
    said = read(data)
    if said is not None:
        story.tell(f"  the file says   {_says(said)} (not evidence)")
    installation = story.installation
    chain = embedded(installation)
    steps = Said(process=file.with_name(f"{file.name}.steps.jsonl") if with_process else None)
    alice = _author()
    draft = draft_all(installation, [file], alice, steps, chain.identity().chain_id)[0]
    signed = draft.receipt.signed
    story.tell(f"2 Your process    {_process(installation, draft)}")
    story.tell(
        f"3 You signed      0x{alice.address.hex()[:4]}…          claim 0x{signed.id.hex()[:4]}…"
    )
    draft = anchor_all(installation, chain, "local", [draft], WAIT)[0]
    inclusion = draft.receipt.inclusion
    batch = installation.queue("local").last_batch()
    if inclusion is None or batch is None:
        raise LedgerError("expected the claim in a block by now; run the demo again")
    anchor = draft.receipt.anchors[0]
    story.tell(
        f"4 Anchored        block {anchor.block_number}, ledger size {inclusion.checkpoint.size}"
    )
    write_file(file.with_name("manifest.jsonl"), installation.queue("local").manifest(batch.end))
    story.tell(
        f"5 Pinned          {_short_cid(Cid.decode(batch.manifest))}          manifest.jsonl"
    )
    story.tell(f"6 Receipt         {draft.path.name}")
    story.facts["receipt"] = str(draft.path)
    story.facts["claim"] = f"0x{signed.id.hex()}"
    return draft


def _verified(story: Story, draft: Draft) -> bool:
    report = story.ask(draft.file)
    story.facts["verified"] = report.to_json()
    story.tell(clock_headline(report))
    found = {one.check: one for one in report.findings}
    main = (Check.INTEGRITY, Check.SIGNATURE, Check.INCLUSION)
    story.tell("  " + " · ".join(f"{check.value} {found[check].outcome}" for check in main))
    block = "" if report.existed_by is None else f" at block {report.existed_by.block}"
    story.tell(
        f"  priority {found[Check.PRIORITY].outcome}{block} · "
        f"process {found[Check.PROCESS].outcome}: record while you work"
    )
    return report.verdict is Verdict.VERIFIED


def _flipped(story: Story, draft: Draft) -> bool:
    data = bytearray(draft.file.read_bytes())
    data[len(data) // 2] ^= 1
    changed = draft.file.with_name(f"one-bit-flipped{draft.file.suffix}")
    write_file(changed, bytes(data), mode=0o644)
    report = story.ask(changed, draft.path)
    work, now = draft.receipt.signed.claim.work.hex()[:4], Digest.of(bytes(data)).value.hex()[:4]
    story.tell(f"  one bit flipped   {_word(report)}         expected {work}…, the file is {now}…")
    story.facts["one_bit_flipped"] = report.to_json()
    return report.verdict is Verdict.FAILED


def _edited(story: Story, draft: Draft) -> bool:
    inclusion = draft.receipt.inclusion
    root = b"" if inclusion is None else inclusion.checkpoint.root.hex().encode()
    other = root[:-1] + (b"0" if root.endswith(b"1") else b"1")
    edited = draft.file.with_name(f"edited.{draft.path.name}")
    write_file(edited, draft.receipt.encode().replace(root, other), mode=0o644)
    report = story.ask(draft.file, edited)
    message = next(one.message for one in report.findings if one.check is Check.INCLUSION)
    story.tell(f"  receipt edited    {_word(report)}         {message}")
    story.facts["receipt_edited"] = report.to_json()
    return report.verdict is Verdict.FAILED


def _stolen(story: Story, draft: Draft) -> bool:
    """Let Bob, who saw the image, claim it too."""
    installation = story.installation
    copy = draft.file.parent / "bob" / draft.file.name
    write_file(copy, draft.file.read_bytes(), mode=0o644)
    chain = embedded(installation)
    theirs = draft_all(installation, [copy], _author(), Said(), chain.identity().chain_id)
    anchor_all(installation, chain, "local", theirs, WAIT)
    report = story.ask(copy, receipt_path(copy))
    mine, block = draft.receipt.signed.claim.author.hex()[:4], draft.receipt.anchors[0].block_number
    story.tell(f"  Bob claims later  {_word(report)}  0x{mine}… at block {block}")
    story.facts["bob_claims_later"] = report.to_json()
    return report.verdict is Verdict.EARLIER_CLAIM


def _material(given: str | None) -> tuple[str, bytes, bytes | None]:
    """Return the image's name and bytes, and its steps as JSON Lines (None if it has none)."""
    if given is None:
        shipped = files(__package__ or "ledger.cli")
        return (
            "lantern.png",
            shipped.joinpath("lantern.png").read_bytes(),
            shipped.joinpath("lantern.steps.jsonl").read_bytes(),
        )
    path = Path(given)
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_IMAGE + 1)
    except OSError as cause:
        raise UnreadableFile(f"expected an image to read, got {path}: {cause.strerror}") from cause
    if not data or len(data) > MAX_IMAGE:
        raise UnreadableFile(f"expected an image of 1 to {MAX_IMAGE} bytes, got {path}")
    name = f"image-{path.name}" if path.name in _OURS else path.name
    return name, data, _imported(data)


def _imported(data: bytes) -> bytes | None:
    """Return one honest step of what the file says of its making; None if it says nothing."""
    said = read(data)
    if said is None:
        return None
    named = {
        "kind": "generate",
        "origin": "imported",
        "output": str(Digest.of(data)),
        "tool": said.tool,
        "prompt": said.prompt,
        "negative_prompt": said.negative_prompt,
        "seed": said.seed,
    }
    return encode_steps([Step.of({name: value for name, value in named.items() if value})])


def _new_folder(parent: Path) -> Path:
    """Make the day's next folder; another demo at the same moment gets another."""
    today = date.today().isoformat()  # noqa: DTZ011 - the folder is named by the reader's day
    try:
        parent.mkdir(exist_ok=True)
        for number in range(1, MAX_RUNS):
            folder = parent / f"{today}-{number}"
            if not folder.exists():
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                return folder
    except OSError as cause:
        raise StoreUnavailable(
            f"expected to make a folder in {parent}, got: {cause.strerror}; run the demo in a "
            "folder that you may write"
        ) from cause
    raise StoreUnavailable(f"expected fewer than {MAX_RUNS} demos of one day in {parent}")


def _author() -> Author:
    key = secrets.token_bytes(32)  # of this demo alone; it is never written
    return Author(address_of_key(key), key)


def _process(installation: Installation, draft: Draft) -> str:
    details = draft.receipt.signed.details
    log = None if details is None or details.log is None else installation.logs.load(details.log)
    if log is None:
        return "none: the file says nothing of its making"
    dropped = sum(step.values.get("selection") == "discarded" for step in log.steps)
    count = "1 step" if log.size == 1 else f"{log.size} steps"
    return f"{count}, {dropped} discarded     process log root {log.root.hex()[:4]}…"


def _says(said: Generation) -> str:
    prompt = (said.prompt or "").replace("\n", " ")
    shown = "".join(character for character in prompt[:24] if character.isprintable())
    parts = [said.tool or "an unknown tool"]
    parts += [f"seed {said.seed}"] if said.seed else []
    parts += [f'"{shown.rstrip(", ")}…"'] if shown else []
    return ", ".join(parts)


def _size(count: int) -> str:
    return f"{count / 1000:.0f} KB" if count >= 1000 else f"{count} B"  # noqa: PLR2004


def _short(digest: Digest) -> str:
    text = digest.value.hex()
    return f"sha256:{text[:4]}…{text[-2:]}"


def _short_cid(cid: Cid) -> str:
    return f"{str(cid)[:7]}…"


def _word(report: Report) -> str:
    word = report.verdict.word.replace("_", " ").upper()
    return f"{word} ({int(report.verdict)})"
