"""The floor plan holds: import-linter says so, and nothing may stand outside of it."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

from tools.gates import domain_files
from tools.place import running_environment, script

ROOT = Path(__file__).resolve().parents[2]


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def floor_plan() -> dict[str, Any]:
    contracts: list[dict[str, Any]] = settings()["tool"]["importlinter"]["contracts"]
    return next(each for each in contracts if each.get("containers") == ["ledger"])


def nouns() -> list[str]:
    return [noun.strip() for line in floor_plan()["layers"] for noun in line.split("|")]


def test_every_import_follows_the_floor_plan() -> None:
    linted = subprocess.run(
        [script("lint-imports"), "--no-cache"],
        cwd=ROOT,
        env=running_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "2 kept, 0 broken" in linted.stdout


def test_the_floor_plan_is_exhaustive_and_strict() -> None:
    plan = floor_plan()
    assert plan["exhaustive"] is True
    assert "ignore_imports" not in plan
    assert "exhaustive_ignores" not in plan
    assert len(nouns()) == len(set(nouns()))


def test_the_domain_is_every_layer_from_verification_down() -> None:
    patterns = domain_files()
    for noun in ("verification", "receipt", "merkle", "tree", "digest", "errors", "metadata"):
        assert f"ledger/{noun}.py" in patterns
        assert f"ledger/{noun}/*" in patterns
    for noun in ("ports", "config", "wiring", "services", "adapters", "cli"):
        assert f"ledger/{noun}.py" not in patterns
        assert f"ledger/{noun}/*" not in patterns


def test_every_package_is_in_the_wheel() -> None:
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("ledger", "api")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert set(settings()["tool"]["setuptools"]["packages"]) == folders
