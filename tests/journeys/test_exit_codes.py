"""Every verdict of `sealbook verify`, provoked for real at a shell."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cid import read_car
from tests.journeys.shell import STEPS, Shell, receipt_of
from tests.nodes import AnvilNode, anvil


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Alice and Bob at one computer, with the works that the tests below ask about."""
    shell = Shell.at(tmp_path_factory.mktemp("shell"))
    shell.good("keys", "new", "alice")
    shell.good("keys", "new", "bob")
    return shell


@pytest.fixture(scope="module")
def sealed(shell: Shell) -> Path:
    """A work that Alice sealed with its process."""
    work = shell.copy("alice")
    shell.good("seal", work, "--key", "alice", "--process", STEPS)
    return work


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=424242) as running:
        yield running


def test_0_verified_by_file_by_receipt_by_digest_and_offline(shell: Shell, sealed: Path) -> None:
    digest = shell.good("inspect", sealed, "--json").json["digest"]
    assert isinstance(digest, str)
    for words in ((sealed,), (receipt_of(sealed),), (digest,), (sealed, "--offline")):
        ended = shell.run("verify", *words, "--json")
        assert (ended.code, ended.json["verdict"]) == (0, "verified")
    assert shell.run("verify", sealed).out.splitlines()[0].endswith("(LOCAL CHAIN)")


def test_1_failed_when_one_bit_of_the_file_or_of_the_receipt_is_another(
    shell: Shell, sealed: Path
) -> None:
    data = bytearray(sealed.read_bytes())
    data[-1] ^= 1
    changed = shell.folder / "changed.png"
    changed.write_bytes(data)
    ended = shell.run("verify", changed, "--receipt", receipt_of(sealed), "--json")
    assert (ended.code, ended.outcome("integrity")) == (1, "mismatch")
    receipt = json.loads(receipt_of(sealed).read_bytes())
    receipt["signed"]["claim"]["steps"] += 1
    edited = shell.folder / "edited.seal.json"
    edited.write_text(json.dumps(receipt, separators=(",", ":"), sort_keys=True) + "\n")
    assert shell.run("verify", edited).code == 1
    edited.write_text(json.dumps(receipt, indent=2))
    ended = shell.run("verify", edited, "--json")
    assert (ended.code, ended.outcome("integrity")) == (1, "malformed")


def test_2_usage_for_what_cannot_be_asked(shell: Shell) -> None:
    for words in ((), ("nowhere.png",), ("sha256:12",), ("a", "b"), ("x", "--offlin")):
        ended = shell.run("verify", *words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err


def test_3_pending_until_a_chain_elsewhere_has_it_final(shell: Shell, node: AnvilNode) -> None:
    other = Shell.at(shell.folder / "elsewhere")
    other.home.mkdir()
    (other.home / "config.toml").write_text(
        f'chain = "studio"\n[chains.studio]\nrpc = "{node.url}"\nchain_id = 424242\n'
        'submitter = "payer"\n'
    )
    payer = other.folder / "payer.hex"
    payer.write_text(node.keys[0].hex())
    other.good("keys", "import", "payer", payer)
    other.good("keys", "new", "carol")
    other.good("chain", "deploy", "--chain", "studio", "--yes")
    work = other.copy("carol")
    other.good("seal", work, "--key", "carol")
    ended = other.run("verify", work, "--json")
    assert (ended.code, ended.outcome("inclusion")) == (3, "pending")
    other.good("anchor", "--chain", "studio")
    assert other.run("upgrade", receipt_of(work)).code == 3
    ended = other.run("verify", work, "--json")
    assert (ended.code, ended.outcome("finality")) == (3, "included")
    assert other.run("verify", work, "--finality", "included").code == 0
    node.mine(100)
    other.good("upgrade", receipt_of(work))
    ended = other.run("verify", work, "--json")
    assert (ended.code, ended.outcome("finality")) == (0, "finalized")


def test_4_not_found_for_a_work_that_nobody_claimed(shell: Shell, sealed: Path) -> None:
    assert sealed.exists()
    unknown = shell.folder / "unknown.png"
    unknown.write_bytes(b"nobody's")
    assert shell.run("verify", unknown).code == 4
    assert shell.run("verify", "0" * 64).code == 4


def test_5_void_once_its_author_withdrew_it(shell: Shell, sealed: Path) -> None:
    assert sealed.exists()
    work = shell.folder / "regretted.bin"
    work.write_bytes(b"regretted")
    shell.good("seal", work, "--key", "alice")
    shell.good("withdraw", receipt_of(work), "--key", "alice")
    ended = shell.run("verify", work, "--json")
    assert (ended.code, ended.outcome("standing")) == (5, "withdrawn")


def test_6_earlier_claim_for_whoever_comes_later(shell: Shell, sealed: Path) -> None:
    assert sealed.exists()
    copied = shell.copy("bob")
    shell.good("seal", copied, "--key", "bob")
    ended = shell.run("verify", copied, "--json")
    assert (ended.code, ended.outcome("priority")) == (6, "earlier_claim")


def test_a_squatter_without_a_process_does_not_outweigh_the_maker(shell: Shell) -> None:
    first, second = shell.folder / "squat.bin", shell.folder / "made.bin"
    first.write_bytes(b"scraped")
    second.write_bytes(b"scraped")
    shell.good("seal", first, "--key", "bob")
    shell.good("seal", second, "--key", "alice", "--process", STEPS)
    ended = shell.run("verify", second, "--json")
    assert (ended.code, ended.outcome("priority")) == (0, "earlier_bare_claim")


def test_8_unknown_for_somebody_else_s_local_chain_and_for_a_home_that_saw_nothing(
    shell: Shell, sealed: Path
) -> None:
    stranger = Shell.at(shell.folder / "stranger")
    assert stranger.run("verify", sealed, "--json").code == 8
    own = stranger.folder / "own.bin"
    own.write_bytes(b"own")
    stranger.good("seal", own)
    ended = stranger.run("verify", sealed, "--json")
    assert (ended.code, ended.outcome("finality")) == (8, "unknown")
    assert stranger.run("verify", sealed, "--offline").code == 8


def test_the_manifest_of_a_claim_can_be_handed_to_an_ipfs_node(shell: Shell, sealed: Path) -> None:
    car = shell.folder / "manifest.car"
    shell.good("show", receipt_of(sealed), "--car", car)
    root, blocks = read_car(io.BytesIO(car.read_bytes()).read)
    assert b'"manifest":1' in {block.cid: block.data for block in blocks}[root]
