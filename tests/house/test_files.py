"""The house rules that no linter knows: size, first lines, and no path of anybody's machine."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
SAYING = ("ledger", "api", "tools", "benchmarks", "examples")
SOURCES = (*SAYING, "tests")
TEXTS = {
    ".py",
    ".md",
    ".sol",
    ".toml",
    ".json",
    ".lock",
    ".yaml",
    ".html",
    ".js",
    ".css",
    ".sh",
    "",
}
# Written so that this line does not match itself.
MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|tm[p]/x)/")


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def project_texts() -> Iterator[Path]:
    folders = (*SOURCES, "contracts", "docs", ".ci")
    inside = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.iterdir(), *inside):
        generated = {"out", "cache", "broadcast", "__pycache__"} & set(path.relative_to(ROOT).parts)
        if path.is_file() and path.suffix in TEXTS and not generated:
            yield path


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_300_lines() -> None:
    contracts = sorted((ROOT / "contracts" / "src").rglob("*.sol"))
    files = [*python_files("ledger", "api", "tests", "tools"), ROOT / "make.py", *contracts]
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: count for path, count in lengths.items() if count > LONGEST} == {}


@pytest.mark.parametrize("path", python_files(*SAYING), ids=name)
def test_the_first_line_of_a_module_says_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_bytes()))
    assert said, "a module starts with a docstring"
    first = said.splitlines()[0]
    assert first.endswith((".", ":", "?")), f"not a sentence: {first!r}"


@pytest.mark.parametrize("path", python_files("ledger", "api"), ids=name)
def test_a_module_holds_no_unfinished_work(path: Path) -> None:
    with path.open("rb") as file:
        comments = [t for t in tokenize.tokenize(file.readline) if t.type == tokenize.COMMENT]
    assert [t.string for t in comments if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", t.string)] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = []
    for path in project_texts():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name(path)}: {line}" for line in text.splitlines() if MACHINE.search(line)]
    assert found == []
