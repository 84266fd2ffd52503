"""The settings of a home: what is refused is refused in one sentence, whatever lies there."""

from pathlib import Path

import pytest

from ledger.config import LOCAL, PRESETS, load_settings
from ledger.errors import BadSettings
from ledger.wiring import Installation, home_path

NODE = 'rpc = "http://user:secret@node.example:8545/key"'


def settings_file(home: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (home / "config.toml").write_bytes(data)
    return home


def test_a_home_without_settings_has_the_embedded_chain(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.default_chain == LOCAL
    assert settings.chain(None).embedded


def test_a_chain_named_like_a_preset_takes_its_id_genesis_and_clock(tmp_path: Path) -> None:
    chain = load_settings(settings_file(tmp_path, f"[chains.sepolia]\n{NODE}")).chain("sepolia")
    preset = PRESETS["sepolia"]
    assert (chain.chain_id, chain.genesis, chain.rule) == (
        preset.chain_id,
        preset.genesis,
        preset.rule,
    )
    assert chain.node == "node.example"  # and no secret of the URL
    assert chain.first_block == 0


def test_the_index_of_a_chain_begins_where_the_settings_say(tmp_path: Path) -> None:
    text = f"[chains.sepolia]\n{NODE}\nfirst_block = 9000000"
    assert load_settings(settings_file(tmp_path, text)).chain("sepolia").first_block == 9_000_000
    with pytest.raises(BadSettings, match="first_block"):
        load_settings(settings_file(tmp_path, text.replace("9000000", "-1")))


@pytest.mark.parametrize(
    "text",
    [
        'chain = ["local"]',
        "chain = {}",
        "chain = 3",
        'chain = "nowhere"',
        "chains = 3",
        "colour = 1",
        b"x = \xff",
        b"\0",
        "a = " + "[" * 5_000,
        "a = " + "9" * 5_000,
        "# " + "x" * 1024 * 1024,
        "[chains.local]\n" + NODE,
        '[chains."a/../b"]\n' + NODE,
        "[chains]\nx = 1",
        "[chains.x]",
        '[chains.x]\nrpc = "ftp://node"',
        f"[chains.x]\n{NODE}\ncolour = 1",
        f"[chains.x]\n{NODE}\nchain_id = -1",
        f"[chains.x]\n{NODE}\nchain_id = true",
        f"[chains.x]\n{NODE}\nchain_id = 99999999999999999999",
        f'[chains.x]\n{NODE}\npreset = "nowhere"',
        f"[chains.x]\n{NODE}\ngenesis = 7",
        f"[chains.x]\n{NODE}\nsubmitter = 7",
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(settings_file(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_settings_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(BadSettings, match="readable"):
        load_settings(tmp_path)


def test_a_home_that_cannot_be_named_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadSettings, match="expected a home folder"):
        home_path("~nobody-is-called-so/home")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(BadSettings, match="expected a home folder"):
        home_path("relative")
    monkeypatch.chdir(tmp_path)


def test_a_damaged_index_takes_no_other_engine_away(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"this is no database" * 1_000)
    gathering = Installation.open(tmp_path).gathering()
    assert gathering.index is None
    assert gathering.sources
