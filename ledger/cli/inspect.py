"""`inspect`: what image files say of their own making."""

import argparse
import json
from pathlib import Path

from ..digest import Digest
from ..errors import LimitExceeded, UnreadableFile
from ..metadata import Generation, ImageFacts, Model, image_facts, read
from .streams import shown, standard_input

EXAMPLES = """examples:
  sealbook inspect lantern.png
  sealbook inspect --json *.png
  curl -s https://example.org/lantern.png | sealbook inspect -"""
# A file is read whole into memory. The largest pictures of generators (16,384 pixels square, not
# even compressed) are 768 MiB; what is larger is no picture, or /dev/zero.
MAX_FILE_BYTES = 1024**3
_STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="image file, or - for standard input"
    )


def run(args: argparse.Namespace) -> int:
    """Print what each file says; 0 even if a file says nothing."""
    described = (_describe(name) for name in args.files)
    if args.json:
        objects = [_to_json(*parts) for parts in described]
        print(json.dumps(objects if len(objects) > 1 else objects[0], indent=2))
        return 0
    for number, parts in enumerate(described):
        if number:
            print()
        print(_to_text(*parts))
    return 0


def _describe(name: str) -> tuple[str, bytes, ImageFacts, Generation | None]:
    data = _bytes(name)
    return name, data, image_facts(data), read(data)


def _bytes(name: str) -> bytes:
    try:
        if name == _STDIN:
            data = standard_input().read(MAX_FILE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or "no such name"
        raise UnreadableFile(f"expected a file to read, got {name}: {reason}") from cause
    if len(data) > MAX_FILE_BYTES:
        raise LimitExceeded(
            f"expected at most {MAX_FILE_BYTES} bytes, got more in {name}; is it an image?"
        )
    return data


def _to_json(
    name: str, data: bytes, facts: ImageFacts, said: Generation | None
) -> dict[str, object]:
    return {
        "file": name,
        "digest": str(Digest.of(data)),
        "media_type": facts.media_type,
        "width": facts.width,
        "height": facts.height,
        "evidence": False,
        **(said or Generation()).to_json(),
    }


def _to_text(name: str, data: bytes, facts: ImageFacts, said: Generation | None) -> str:
    pixels = "" if facts.width is None else f", {facts.width} x {facts.height}"
    lines = [
        shown(name),
        f"  {facts.media_type}{pixels}, {len(data):,} bytes, {Digest.of(data)}",
    ]
    if said is None:
        return "\n".join([*lines, "  the file says nothing of its making"])
    lines.append("  the file says (not evidence: anybody can write this into a file)")
    size = None if said.size is None else f"{said.size.width} x {said.size.height}"
    answers = (
        ("tool", " ".join(part for part in (said.tool, said.version) if part is not None)),
        ("prompt", said.prompt),
        ("negative prompt", said.negative_prompt),
        ("seed", said.seed),
        ("steps", None if said.steps is None else str(said.steps)),
        ("cfg", said.cfg),
        ("sampler", said.sampler),
        ("scheduler", said.scheduler),
        ("size", size),
        ("models", ", ".join(_model(model) for model in said.models)),
        ("loras", ", ".join(_model(lora) for lora in said.loras)),
        ("texts", ", ".join(f"{raw.name} ({len(raw.value):,} bytes)" for raw in said.raw)),
    )
    for label, answer in answers:
        if answer:
            lines.append(f"    {label:<16}{_indented(answer)}")
    if said.tool is None:
        lines.append("    no format that is known here; --json gives the texts themselves")
    return "\n".join(lines)


def _model(model: Model) -> str:
    parts = [
        model.name,
        None if model.hash is None else f"[{model.hash}]",
        None if model.weight is None else f"weight {model.weight}",
    ]
    return " ".join(part for part in parts if part is not None)


def _indented(text: str) -> str:
    return "\n".join(shown(line) for line in text.strip().split("\n")).replace(
        "\n", "\n" + " " * 20
    )
