"""What the documents show is run: each ```console block, in order, in a home of its own."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.place import running_environment

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PYTHON = re.compile(r"^```python\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exit (?P<code>\d+)\b.*$")
LANTERN = ROOT / "ledger" / "cli" / "lantern.png"


@dataclass(frozen=True, slots=True)
class Shown:
    """A command that a document shows, and the exit code that it promises."""

    command: str
    code: int


def commands(text: str) -> list[Shown]:
    """Every line after `$ `; `# exit N` says what it ends with; other lines show its output."""
    shown = []
    for block in BLOCK.finditer(text):
        for line in block["lines"].replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                promised = EXIT.search(line)
                code = int(promised["code"]) if promised else 0
                shown.append(Shown(EXIT.sub("", line[2:]), code))
    return shown


def programs(text: str) -> list[Shown]:
    """Every ```python block, as a command that runs it in the document's folder."""
    found = [block["lines"] for block in PYTHON.finditer(text)]
    return [Shown(f"python - <<'BLOCK'\n{lines}BLOCK", 0) for lines in found]


def run(shown: list[Shown], folder: Path) -> list[str]:
    """Run them as a reader would, in one folder; gives what did not keep its promise."""
    passphrase = folder / "passphrase"
    passphrase.write_text("only for the documents\n", encoding="utf-8")
    passphrase.chmod(0o600)
    if LANTERN.exists():
        shutil.copyfile(LANTERN, folder / "lantern.png")
    home = {
        "SEALBOOK_HOME": str(folder / "home"),
        "SEALBOOK_PASSPHRASE_FILE": str(passphrase),
        "COLUMNS": "100",
    }
    broken = []
    for each in shown:
        ended = subprocess.run(
            ["bash", "-c", each.command],
            cwd=folder,
            env=running_environment() | home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if ended.returncode != each.code:
            said = (ended.stdout + ended.stderr)[-600:]
            broken.append(f"$ {each.command}\nexit {ended.returncode}, not {each.code}\n{said}")
    return broken


@pytest.mark.skipif(os.name == "nt", reason="the documents are written for a POSIX shell")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_commands_that_a_document_shows_do_what_it_says(document: Path, tmp_path: Path) -> None:
    shown = commands(document.read_text(encoding="utf-8"))
    assert run(shown, tmp_path) == []


def test_the_python_that_the_readme_shows_runs(tmp_path: Path) -> None:
    shown = programs((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown
    assert run(shown, tmp_path) == []


def test_a_command_that_breaks_its_promise_is_found(tmp_path: Path) -> None:
    text = "```console\n$ exit 3  # exit 3\nits output\n$ exit 4  # exit 5: why\n$ false\n```\n"
    shown = commands(text)
    assert shown == [Shown("exit 3", 3), Shown("exit 4", 5), Shown("false", 0)]
    broken = run(shown, tmp_path)
    assert [line.splitlines()[1] for line in broken] == ["exit 4, not 5", "exit 1, not 0"]


def test_the_readme_gives_both_commands_with_and_without_make() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in ("make demo", "python3 make.py demo", "make test", "python3 make.py test"):
        assert re.search(rf"^{re.escape(line)}\b", text, re.MULTILINE), line


def test_the_index_of_decisions_lists_every_decision_by_its_title() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(
        r"^- \[(.+)\]\((\d{4}-[\w-]+\.md)\)$", (folder / "README.md").read_text(), re.MULTILINE
    )
    written = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    titles = [(path.read_text().splitlines()[0].removeprefix("# "), path.name) for path in written]
    assert listed == titles


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "adr").glob("0*.md")), ids=lambda p: p.stem
)
def test_a_decision_has_its_five_parts_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {int(path.name[:4])}\. \S", text)
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == [
        "Status",
        "Context",
        "Decision",
        "Consequences",
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
