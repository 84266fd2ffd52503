"""A server, and people at other computers who commit to its ledger, disclose, and verify."""

import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.shell import SCRIPT, STEPS, Ended, Shell, receipt_of
from tests.nodes import AnvilNode, anvil

READY_SECONDS = 60


@contextmanager
def serving(shell: Shell, *words: str) -> Iterator[str]:
    """Run `sealbook serve` on a free port; yield its URL; stop it by its own id."""
    with subprocess.Popen(
        [SCRIPT, "serve", "--port", "0", *words],
        env=shell.environment(),
        cwd=shell.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = None
            until = time.monotonic() + READY_SECONDS
            while url is None and time.monotonic() < until:
                line = process.stdout.readline()
                assert line, "the server ended before it was ready"
                url = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert url is not None
            yield url.group()
        finally:
            process.terminate()
            process.stdout.read()
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil(chain_id=535353) as running:
        yield running


def at_studio(folder: Path, node: AnvilNode) -> Shell:
    """Make a shell whose settings know the chain."""
    shell = Shell.at(folder)
    shell.home.mkdir()
    (shell.home / "config.toml").write_text(
        f'chain = "studio"\n[chains.studio]\nrpc = "{node.url}"\nchain_id = 535353\n'
        'submitter = "payer"\n'
    )
    return shell


def until(shell: Shell, code: int, *words: str | Path) -> Ended:
    """Run a command again and again until it ends with that code."""
    give_up = time.monotonic() + 60
    while (ended := shell.run(*words)).code != code and time.monotonic() < give_up:
        time.sleep(0.5)
    assert ended.code == code, ended
    return ended


def said(shell: Shell, word: str, *words: str | Path) -> None:
    """Run a command again and again until it says a word."""
    give_up = time.monotonic() + 60
    while word not in (ended := shell.run(*words)).out:
        assert time.monotonic() < give_up, ended
        time.sleep(0.5)


def test_a_stranger_s_claim_goes_the_whole_way_through_a_foreign_ledger(
    tmp_path: Path, node: AnvilNode
) -> None:
    operator, maker, buyer = (
        at_studio(tmp_path / name, node) for name in ("operator", "maker", "buyer")
    )
    payer = operator.folder / "payer.hex"
    payer.write_text(node.keys[0].hex())
    operator.good("keys", "import", "payer", payer)
    operator.good("chain", "deploy", "--chain", "studio", "--yes")
    work = maker.copy("maker")
    receipt = receipt_of(work)
    with serving(operator, "--interval", "1") as url:
        maker.good("seal", work, "--process", STEPS, "--server", url)
        assert maker.run("verify", work).code == 3
        said(maker, "ANCHORED", "upgrade", receipt, "--server", url)
        early = maker.run("disclose", receipt, "--server", url)
        assert (early.code, "commit before you show" in early.err) == (3, True)
        ended = maker.run("verify", work, "--json")
        assert (ended.code, ended.outcome("finality")) == (3, "included")
        node.mine(100)
        until(maker, 0, "upgrade", receipt, "--server", url)
        maker.good("verify", work)
        digest = str(maker.good("inspect", work, "--json").json["digest"])
        assert buyer.run("verify", digest, "--server", url).code == 4
        maker.good("disclose", receipt, "--server", url)
        # its next manifest shows it, and a manifest is published when its own anchor is final
        give_up = time.monotonic() + 60
        while (ended := buyer.run("verify", digest, "--server", url, "--json")).code == 4:
            assert time.monotonic() < give_up, ended
            node.mine(50)
        assert ended.code == 0, ended
        trust = ended.json["trust"]
        assert isinstance(trust, dict)
        assert trust["chain_id"] == 535353  # the buyer's own node was asked
        nobody = Shell.at(tmp_path / "nobody")
        ended = nobody.run("verify", digest, "--server", url, "--json")
        trust = ended.json["trust"]
        assert isinstance(trust, dict)
        assert (ended.code, str(trust["node"]).startswith("not recomputed")) == (0, True)


def test_a_server_and_four_people_at_once_on_one_embedded_home(tmp_path: Path) -> None:
    shell = Shell.at(tmp_path / "one")
    works = [shell.copy(f"person-{number}") for number in range(4)]
    for number, work in enumerate(works):
        work.write_bytes(work.read_bytes() + bytes([number]))
    shell.good("keys", "new", "default")
    with serving(shell) as url:
        with ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(lambda work: shell.run("seal", work, "--json"), works))
        assert [one.code for one in ended] == [0] * 4, ended
        assert {one.json["status"] for one in ended} == {"anchored"}
        for work in works:
            shell.good("verify", work)
            digest = str(shell.good("inspect", work, "--json").json["digest"])
            assert shell.run("verify", digest, "--server", url).code == 0
    shell.good("doctor")
