"""The presets: each chain once, with an identity to pin, a sane clock and sources to check."""

import re
from pathlib import Path

import pytest

from ledger.config import PRESETS, Preset, known_as, load_settings
from ledger.errors import BadSettings
from tools.presets import PATH, page

NODE = 'rpc = "http://127.0.0.1:9"'
CASES = [pytest.param(name, preset, id=name) for name, preset in PRESETS.items()]


def test_the_wanted_chains_are_known() -> None:
    public = {name for name, preset in PRESETS.items() if not preset.local}
    assert public == {
        *("ethereum", "sepolia", "hoodi", "base", "base-sepolia", "optimism", "optimism-sepolia"),
        *("arbitrum", "arbitrum-sepolia", "polygon", "polygon-amoy"),
    }


def test_no_two_presets_are_one_chain() -> None:
    ids = [preset.chain_id for preset in PRESETS.values()]
    hashes = [preset.genesis for preset in PRESETS.values() if preset.genesis is not None]
    assert len(set(ids)) == len(ids)
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_a_preset_says_all_that_is_asked_of_it(name: str, preset: Preset) -> None:
    assert (preset.genesis is None) == preset.local
    assert preset.genesis is None or len(preset.genesis) == 32
    assert 0 < preset.chain_id < 2**53
    assert preset.fees in {"eip1559", "op", "arbitrum"}
    assert preset.block_seconds >= 0
    assert preset.finality
    assert preset.clock
    assert "\n" not in preset.finality + preset.clock
    assert preset.source
    assert all(re.fullmatch(r"https://[\w./#%-]+", url) for url in preset.source), name


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_a_clock_leaves_more_than_nothing_and_less_than_two_days(name: str, preset: Preset) -> None:
    for seconds in (preset.rule.behind, preset.rule.ahead):
        assert max(15, preset.block_seconds) <= seconds <= 172_800, name


def test_a_rollup_is_never_surer_of_the_time_than_the_chain_below_it() -> None:
    below = PRESETS["ethereum"].rule
    for name in ("base", "base-sepolia", "optimism", "optimism-sepolia"):
        rule = PRESETS[name].rule
        assert rule.ahead == 1_800 + below.ahead  # max_sequencer_drift since Fjord
        assert rule.behind >= 3_600 * 12 + below.behind  # seq_window_size of L1 blocks
    for name in ("arbitrum", "arbitrum-sepolia"):
        rule = PRESETS[name].rule
        assert (rule.behind, rule.ahead) == (86_400 + below.behind, 3_600 + below.ahead)


@pytest.mark.parametrize(("name", "preset"), CASES)
def test_a_chain_takes_the_preset_of_its_name_or_of_the_one_it_names(
    tmp_path: Path, name: str, preset: Preset
) -> None:
    text = f'[chains.{name}]\n{NODE}\n[chains.mine]\n{NODE}\npreset = "{name}"\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path)
    for chain in (settings.chain(name), settings.chain("mine")):
        taken = (chain.chain_id, chain.genesis, chain.rule)
        assert taken == (preset.chain_id, preset.genesis, preset.rule)


def test_an_unknown_preset_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[chains.x]\n{NODE}\npreset = "holesky"', "utf-8")
    with pytest.raises(BadSettings, match=r"chains\.x: expected a preset of ethereum, .*geth-dev"):
        load_settings(tmp_path)


def test_only_a_chain_whose_genesis_is_known_has_a_clock_for_trusted_blocks(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(f"[chains.anvil]\n{NODE}", encoding="utf-8")
    rules = load_settings(tmp_path).clock_rules
    assert rules == {
        (one.chain_id, one.genesis): one.rule for one in PRESETS.values() if not one.local
    }


def test_a_chain_is_known_by_its_id_and_its_genesis_hash() -> None:
    for name, preset in PRESETS.items():
        assert known_as(preset.chain_id, preset.genesis) == (name, preset)
    base = PRESETS["base"]
    assert known_as(base.chain_id, b"\1" * 32) is None
    assert known_as(base.chain_id, None) is None
    assert known_as(31337, b"\1" * 32) == ("anvil", PRESETS["anvil"])
    assert known_as(None, base.genesis) is None


def test_the_page_has_the_presets_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run `python -m tools.presets`"
