"""`chain list` and `chain status` say what finality and block times mean on a chain."""

import json
from collections.abc import Iterator

import pytest

from ledger.cli.chain_presets import EMBEDDED_FINALITY, UNKNOWN_FINALITY, span_text
from ledger.config import PRESETS
from tests.nodes import AnvilNode, anvil

from .homes import Home, call, make_home

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil() as running:
        yield running


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, node: AnvilNode) -> Home:
    """A home with a local node, a public preset, one with a clock of its own, and a stranger."""
    made = make_home(tmp_path_factory.mktemp("home"))
    text = (
        f'[chains.studio]\nrpc = "{node.url}"\npreset = "anvil"\n'
        '[chains.base]\nrpc = "http://127.0.0.1:9"\n'
        '[chains.trusted]\nrpc = "http://127.0.0.1:9"\npreset = "base"\nclock_behind = 60\n'
        '[chains.town]\nrpc = "http://127.0.0.1:9"\nchain_id = 4242\n'
    )
    (made.path / "config.toml").write_text(text, encoding="utf-8")
    return made


def test_all_presets_are_listed_as_json(home: Home, capsys: CAPSYS) -> None:
    assert call("chain", "list", "--presets", "--home", home.path, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(PRESETS)
    for row, preset in zip(rows, PRESETS.values(), strict=True):
        genesis = None if preset.genesis is None else "0x" + preset.genesis.hex()
        assert (row["chain_id"], row["genesis"]) == (preset.chain_id, genesis)
        assert (row["finality"], row["fees"]) == (preset.finality, preset.fees)
        assert row["clock"]["behind_seconds"] == preset.rule.behind
        assert row["source"] == list(preset.source)


def test_all_presets_are_listed_for_a_person(home: Home, capsys: CAPSYS) -> None:
    assert call("chain", "list", "--presets", "--home", home.path) == 0
    told = capsys.readouterr().out
    for name, preset in PRESETS.items():
        assert f"{name}" in told
        assert f"  chain      {preset.chain_id}, " in told
        assert f"  finality   {preset.finality}\n" in told
    assert "anvil  LOCAL CHAIN\n" in told


def test_the_chains_of_the_settings_are_listed_with_what_they_mean(
    home: Home, capsys: CAPSYS
) -> None:
    assert call("chain", "list", "--home", home.path, "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["local"]["finality"] == EMBEDDED_FINALITY
    assert rows["town"]["finality"] == UNKNOWN_FINALITY
    assert rows["base"]["preset"] == rows["trusted"]["preset"] == "base"
    assert rows["base"]["finality"] == PRESETS["base"].finality
    assert rows["base"]["clock"]["why"] == PRESETS["base"].clock
    assert rows["trusted"]["clock"] == {"behind_seconds": 60, "ahead_seconds": 1815, "why": None}


def test_a_chain_says_its_clock_and_finality_with_its_status(home: Home, capsys: CAPSYS) -> None:
    assert call("chain", "status", "--chain", "studio", "--home", home.path, "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["preset"], value["local"]) == ("anvil", True)
    assert value["finality"] == PRESETS["anvil"].finality
    assert call("chain", "status", "--chain", "studio", "--home", home.path) == 0
    told = capsys.readouterr().out
    assert "  clock      a block's time may be 1 min behind and 1 min ahead (whoever" in told
    assert "  finality   none: whoever runs the node" in told


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (1_815, "30 min 15 s"), (46_800, "13 h")],
)
def test_a_time_span_is_said_in_its_greatest_units(seconds: int, said: str) -> None:
    assert span_text(seconds) == said
