"""`verify --offline` asks nobody and imports little: it is started a thousand times."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import library
from ledger.drafts import Author, Said
from ledger.secp256k1 import address_of_key
from ledger.wiring import Installation

COSTLY = (
    "web3",
    "eth_account",
    "eth_keys",
    "eth_abi",
    "eth_utils",
    "eth",
    "fastapi",
    "pydantic",
    "sqlalchemy",
    "httpx",
    "click",
    "typer",
    "rich",
    "tqdm",
    "uvicorn",
    "urllib.request",
    "importlib.metadata",
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home, and a work that was sealed and verified in it."""
    folder = tmp_path_factory.mktemp("offline")
    work = folder / "work.bin"
    work.write_bytes(b"a work" * 1000)
    installation = Installation.open(folder / "home")
    key = b"\x11" * 32
    chain = library.embedded(installation)
    author = Author(address_of_key(key), key)
    drafts = library.draft_all(installation, [work], author, Said(), chain.identity().chain_id)
    library.anchor_all(installation, chain, "local", drafts, 60)
    assert library.verify(work, home=folder / "home").verdict.word == "verified"
    return folder / "home", work


def run_offline(home: Path, what: Path, *, after: str = "pass") -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from ledger.cli.main import main; "
        f"code = main(['verify', '--offline', '--json', {str(what)!r}]); {after}; sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SEALBOOK_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_offline_imports_no_engine_and_no_costly_library(sealed: tuple[Path, Path]) -> None:
    home, work = sealed
    asked = f"print(*[name for name in {COSTLY!r} if name in sys.modules], file=sys.stderr)"
    for what in (work, work.with_name(f"{work.name}.seal.json")):
        ended = run_offline(home, what, after=asked)
        assert (ended.returncode, ended.stderr.split()) == (0, [])


def test_the_test_would_see_a_costly_import(sealed: tuple[Path, Path]) -> None:
    home, work = sealed
    asked = "import httpx; print(*{'httpx'} & set(sys.modules), file=sys.stderr)"
    assert run_offline(home, work, after=asked).stderr.split() == ["httpx"]


def test_offline_another_home_that_never_saw_it_says_unknown_with_the_checks_that_passed(
    sealed: tuple[Path, Path], tmp_path: Path
) -> None:
    ended = run_offline(tmp_path / "another", sealed[1])
    assert ended.returncode == 8
    found = {one["check"]: one["outcome"] for one in json.loads(ended.stdout)["findings"]}
    assert found["integrity"] == "match"
    assert found["inclusion"] == "proven"
    assert found["finality"] == "unknown"


def test_offline_works_without_any_engine_s_files(
    sealed: tuple[Path, Path], tmp_path: Path
) -> None:
    home, work = sealed
    (tmp_path / "seen").mkdir(parents=True)
    for file in (home / "seen").iterdir():
        (tmp_path / "seen" / file.name).write_bytes(file.read_bytes())
    assert run_offline(tmp_path, work).returncode == 0
