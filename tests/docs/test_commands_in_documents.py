"""Every `sealbook` line in a document's shell blocks is one that the program understands."""

import re
import shlex
from pathlib import Path

import pytest

from ledger.cli.main import COMMANDS, command

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(sealbook [a-z][^`…\n]*)`")


def lines(text: str) -> list[str]:
    """Return each line that calls the program, without prompt, comment and what it is piped to."""
    found = INLINE.findall(text)
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            called = re.search(r"(?:^|\| |&& |; )(?:\$ )?(?:sudo -u \w+ )?(sealbook .*)", line)
            if called:
                found.append(re.split(r"\s+#\s|\s+[|>]\s?|\s&&\s|\s2>", called[1])[0])
    return found


def understood(line: str) -> bool:
    words = shlex.split(line)[1:]
    if words and words[0] in {"--version", "--help"}:
        return True
    if not words or words[0] not in COMMANDS:
        return False
    if len(words) == 1:
        return True  # the command's name, in a sentence
    try:
        command(words[0])[1].parse_args(words[1:])
    except SystemExit as stop:
        return stop.code == 0
    return True


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_in_a_document_is_one_there_is(document: Path) -> None:
    assert [one for one in lines(document.read_text("utf-8")) if not understood(one)] == []


def test_a_command_that_is_none_would_be_seen() -> None:
    text = "```sh\nsealbook seal a.png --chain x | cat  # seals\nsealbook seal --nosuch\n```\n"
    assert lines(text) == ["sealbook seal a.png --chain x", "sealbook seal --nosuch"]
    assert [understood(one) for one in lines(text)] == [True, False]
