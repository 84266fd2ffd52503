"""What is installed: locked with hashes, explained in docs/dependencies.md, and free of the GPL."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in SETTINGS["project"]["dependencies"]]
GROUPS = SETTINGS["dependency-groups"]
BUILD = [Requirement(line) for line in GROUPS["build"]]
TEST = [Requirement(line) for line in GROUPS["test"]]
LOCKS = {"requirements.lock": RUNTIME + BUILD, "requirements-test.lock": RUNTIME + BUILD + TEST}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+?)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE)
NODE_LOCKS = {
    f"tools/{name}/package-lock.json": json.loads(
        (ROOT / "tools" / name / "package-lock.json").read_text(encoding="utf-8")
    )["packages"]
    for name in ("node", "ipfs")
}
NODE = NODE_LOCKS["tools/node/package-lock.json"]
PLATFORMS = ("darwin-arm64", "linux-amd64", "linux-arm64", "win32-amd64")


def text(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, tuple[str, str | None]]:
    return {m["name"]: (m["version"], m["marker"]) for m in PIN.finditer(text(lock))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_direct_dependency_as_the_project_allows(lock: str) -> None:
    pinned = pins(lock)
    for wanted in LOCKS[lock]:
        version, marker = pinned[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version, prereleases=True), f"{wanted}: {version} locked"
        assert (marker is None) == (wanted.marker is None)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pin_a_hash_or_a_comment(lock: str) -> None:
    allowed = re.compile(r"^(    --hash=sha256:[0-9a-f]{64}( \\)?|\s*#.*)$")
    strange = [
        line for line in text(lock).splitlines() if not (allowed.match(line) or PIN.match(line))
    ]
    assert strange == []
    hashes = re.findall(r"\\\n    --hash=sha256:", text(lock))
    assert len(hashes) >= len(pins(lock))


@pytest.mark.parametrize("path", [*LOCKS, *NODE_LOCKS])
def test_a_lock_names_no_registry(path: str) -> None:
    assert re.findall(r"\w+://\S+", without_remarks(path)) == []
    assert "resolved" not in without_remarks(path)


def without_remarks(path: str) -> str:
    """Leave out what authors say of donations and successors: the only addresses in npm's locks."""
    if path not in NODE_LOCKS:
        return text(path)
    packages = {
        name: {key: value for key, value in each.items() if key not in {"funding", "deprecated"}}
        for name, each in NODE_LOCKS[path].items()
    }
    return json.dumps(packages)


@pytest.mark.parametrize("path", NODE_LOCKS)
def test_a_lock_of_npm_gives_every_package_a_hash(path: str) -> None:
    packages = {name: each for name, each in NODE_LOCKS[path].items() if name}
    assert packages
    assert [n for n, each in packages.items() if "sha512-" not in each.get("integrity", "")] == []


def test_what_is_tested_is_what_is_used() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-test.lock").items()


def test_the_node_tools_are_locked_for_every_platform() -> None:
    for tool in ("anvil", "forge"):
        version = NODE[""]["dependencies"][f"@foundry-rs/{tool}"]
        for platform in PLATFORMS:
            locked = NODE[f"node_modules/@foundry-rs/{tool}-{platform}"]
            assert locked["version"] == version
            assert locked["integrity"].startswith("sha512-")
            assert locked["optional"] is True


def licences(name: str) -> str:
    said = metadata.metadata(name)
    trove = [line for line in said.get_all("Classifier") or [] if line.startswith("License")]
    expressions = said.get_all("License-Expression") or []
    texts = [each.partition("\n")[0] for each in said.get_all("License") or []]
    return " / ".join(filter(None, [*expressions, *texts, *trove]))


def here(marker: str | None) -> bool:
    return marker is None or Marker(marker).evaluate()


@pytest.mark.parametrize(
    "name", sorted(n for n, (_, marker) in pins("requirements.lock").items() if here(marker))
)
def test_nothing_installed_to_run_sealbook_is_under_the_gpl(name: str) -> None:
    said = licences(name)
    assert said, "no licence is stated: look it up, and write it into docs/dependencies.md"
    assert re.search(r"\b[AL]?GPL|GNU\b", said) is None, said


def test_the_gpl_would_be_noticed() -> None:
    for said in ("GPL-3.0-or-later", "License :: OSI Approved :: GNU Affero", "AGPLv3", "LGPL 2.1"):
        assert re.search(r"\b[AL]?GPL|GNU\b", said)
    assert re.search(r"\b[AL]?GPL|GNU\b", "MIT / Apache-2.0 / MPL-2.0") is None


def test_every_direct_dependency_is_explained() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))
    tools = {name for lock in NODE_LOCKS.values() for name in lock[""]["dependencies"]}
    direct = {canonicalize_name(each.name) for each in RUNTIME + BUILD + TEST}
    assert told == direct | tools
