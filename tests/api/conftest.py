"""Homes with a founded ledger, each test its own copy, and an API that serves it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.library import embedded
from ledger.wiring import Installation
from tests.api.asking import Api, running


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("api") / "home"
    embedded(Installation.open(home))
    return home


@pytest.fixture
def home(founded_home: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded_home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def api(home: Path) -> Iterator[Api]:
    with running(home) as opened:
        yield opened
