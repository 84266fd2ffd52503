"""`doctor` and `anchor` beside a pinning service that refuses, is slow, or is not there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pinning_server import PinningService, pinning_service

from .homes import Home, call, make_home

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def service() -> Iterator[PinningService]:
    with pinning_service() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, service: PinningService) -> Home:
    """A home with something published, that owes it to the service."""
    home = make_home(tmp_path)
    home.seal()
    settings = (
        f'[[ipfs.pinning]]\nname = "keeper"\nendpoint = "{service.url}"\ntoken_file = "token"'
    )
    (home.path / "config.toml").write_text(f"[ipfs]\ntimeout = 2\n{settings}\n", encoding="utf-8")
    write_token(home, service.token)
    return home


def write_token(home: Home, token: str) -> None:
    path = home.path / "token"
    path.write_text(f"{token}\n", encoding="utf-8")
    path.chmod(0o600)


def told(capsys: CAPSYS, home: Home, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    capsys.readouterr()
    assert call(*words, "--home", home.path, "--json") == code
    return json.loads(capsys.readouterr().out)


def pins(capsys: CAPSYS, home: Home, code: int) -> list[dict[str, Any]]:
    checks = told(capsys, home, "doctor", code=code)["checks"]
    return [one for one in checks if one["check"] == "pins"]


def test_a_service_without_a_node_is_noted_and_gets_what_it_is_owed(
    home: Home, capsys: CAPSYS
) -> None:
    noted, kept = pins(capsys, home, 0)
    assert (noted["state"], noted["advice"]) == (
        "note",
        "name your node in config.toml: [ipfs] kubo",
    )
    assert (kept["state"], kept["message"]) == (
        "note",
        "1 manifests are pinned by keeper, 1 of them now",
    )
    counts = {"target": "keeper", "owed": 0, "asked": 0, "pinned": 1, "why": None}
    assert kept["pins"] == counts
    assert pins(capsys, home, 0)[1]["state"] == "well"


def test_a_service_that_refuses_the_token_is_wrong_and_nothing_is_lost(
    home: Home, service: PinningService, capsys: CAPSYS
) -> None:
    write_token(home, "another token")
    _, refused = pins(capsys, home, 1)
    assert refused["state"] == "wrong"
    assert "1 are owed to it; all could not be asked for: " in refused["message"]
    owed = told(capsys, home, "anchor")["pins"]["keeper"]
    assert (owed["owed"], owed["pinned"]) == (1, 0)
    assert "token" in owed["why"]
    write_token(home, service.token)
    assert pins(capsys, home, 0)[1]["pins"]["pinned"] == 1


def test_a_service_that_takes_its_time_is_noted(
    home: Home, service: PinningService, capsys: CAPSYS
) -> None:
    service.behaviour.outcome = "pinning"
    counts = told(capsys, home, "anchor")["pins"]["keeper"]
    assert (counts["owed"], counts["asked"], counts["pinned"]) == (0, 1, 0)
    assert call("anchor", "--home", home.path) == 0
    assert "manifests not pinned yet: keeper 1 (pinning there)" in capsys.readouterr().out
    _, slow = pins(capsys, home, 0)
    assert (slow["state"], slow["message"]) == (
        "note",
        "0 manifests are pinned by keeper; 1 were asked for and are not pinned yet",
    )


def test_a_service_that_keeps_nothing_is_found_out_each_time(
    home: Home, service: PinningService, capsys: CAPSYS
) -> None:
    service.behaviour.failing = 500
    assert pins(capsys, home, 1)[1]["state"] == "wrong"
    service.behaviour.failing = None
    service.behaviour.forgetful = True  # it says pinned, and has nothing
    told(capsys, home, "anchor")
    for _ in range(2):
        assert pins(capsys, home, 0)[1]["message"].startswith(
            "1 manifests are pinned by keeper; it had lost 1"
        )
    service.behaviour.forgetful = False
    pins(capsys, home, 0)
    assert pins(capsys, home, 0)[1]["state"] == "well"
