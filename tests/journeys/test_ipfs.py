"""A home with a real IPFS node and a pinning service: what is sealed is pinned, whatever fails."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.adapters.kubo import Kubo
from ledger.adapters.kubo_blocks import KuboBlocks
from ledger.batch import Stage
from ledger.cid import Block, Cid, export_file
from ledger.verification.availability import THIS_COMPUTER
from ledger.wiring import Installation
from tests.api.asking import running
from tests.ipfs_nodes import KuboRpcNode, kubo_rpc_node
from tests.pinning_server import PinningService, pinning_service

from .shell import Ended, Shell, receipt_of

ALONE = "only this computer is known to have the manifest"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboRpcNode]:
    with kubo_rpc_node(tmp_path_factory.mktemp("ipfs") / "node") as started:
        yield started


@pytest.fixture
def service() -> Iterator[PinningService]:
    with pinning_service() as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, node: KuboRpcNode) -> Shell:
    """A home whose settings name the node, which runs."""
    if node.process is None:
        node.start()
    shell = Shell.at(tmp_path)
    shell.home.mkdir(mode=0o700)
    settings = f'[ipfs]\nkubo = "{node.rpc_url}"\ntimeout = 4\n'
    (shell.home / "config.toml").write_text(settings, encoding="utf-8")
    return shell


def with_service(shell: Shell, service: PinningService) -> None:
    token = shell.home / "token"
    token.write_text(service.token + "\n", encoding="utf-8")
    token.chmod(0o600)
    named = f'[[ipfs.pinning]]\nname = "keeper"\nendpoint = "{service.url}"\ntoken_file = "token"\n'
    with (shell.home / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write(named)


def name_of(node: KuboRpcNode) -> str:
    return f"node 127.0.0.1:{node.api_port}"


def manifests(shell: Shell) -> list[str]:
    queue = Installation.open(shell.home).queue()
    return [str(Cid.decode(one.manifest)) for one in queue.batches((Stage.PUBLISHED,))]


def pinned(node: KuboRpcNode) -> set[str]:
    url = f"{node.rpc_url}/api/v0/pin/ls?type=recursive&cid-base=base32"
    keys: dict[str, object] = httpx.post(url, timeout=30).json()["Keys"]
    return set(keys)


def counts(ended: Ended, target: str) -> tuple[object, object, object]:
    pins = ended.json["pins"]
    assert isinstance(pins, dict)
    return tuple(pins[target][word] for word in ("owed", "asked", "pinned"))


def said(ended: Ended, check: str) -> tuple[str, str]:
    findings = ended.json["findings"]
    assert isinstance(findings, list)
    return next((one["outcome"], one["message"]) for one in findings if one["check"] == check)


def diagnoses(ended: Ended, check: str) -> list[tuple[str, str]]:
    checks = ended.json["checks"]
    assert isinstance(checks, list)
    return [(one["state"], one["message"]) for one in checks if one["check"] == check]


def test_what_is_sealed_is_pinned_on_the_node_and_owed_to_it_while_it_is_down(
    shell: Shell, node: KuboRpcNode
) -> None:
    first = shell.copy("first")
    assert "not pinned yet" not in shell.good("seal", first).err
    (manifest,) = manifests(shell)
    assert manifest in pinned(node)
    verified = shell.good("verify", first, "--json")
    assert said(verified, "availability") == (
        "retrievable",
        f"the whole manifest can be had from this computer and the {name_of(node)}",
    )
    node.kill()
    second = shell.copy("second")
    sealed = shell.good("seal", second)
    assert f"manifests not pinned yet: {name_of(node)} 1 (" in sealed.err
    outcome, message = said(shell.good("verify", second, "--json"), "availability")
    assert outcome == "retrievable"
    assert message.startswith(f"{ALONE}; the {name_of(node)} could not be asked: ")
    third = shell.copy("third")
    shell.good("seal", third)
    told = shell.good("anchor", "--json")
    assert counts(told, name_of(node)) == (2, 0, 1)
    assert shell.run("doctor", "--json").code == 1
    node.start()
    assert counts(shell.good("anchor", "--json"), name_of(node)) == (0, 0, 3)
    assert set(manifests(shell)) <= pinned(node)
    assert said(shell.good("verify", third, "--json"), "availability")[1].endswith(name_of(node))


def test_a_manifest_that_only_the_node_has_is_retrievable_from_there(
    shell: Shell, node: KuboRpcNode
) -> None:
    work = shell.copy("work")
    shell.good("seal", work)
    for block in (shell.home / "blocks").rglob("*.data"):
        block.unlink()
    outcome, message = said(shell.good("verify", receipt_of(work), "--json"), "availability")
    assert outcome == "retrievable"
    assert name_of(node) in message


def test_a_death_between_the_pin_and_its_note_is_made_good(shell: Shell, node: KuboRpcNode) -> None:
    node.kill()
    shell.good("seal", shell.copy("work"))
    node.start()
    died = shell.run("anchor", SEALBOOK_FAILPOINT="pinned")
    assert died.code == -9
    (manifest,) = manifests(shell)
    assert manifest in pinned(node)
    assert counts(shell.good("anchor", "--json"), name_of(node)) == (0, 0, 1)


def test_doctor_finds_what_the_node_and_the_service_lost_and_gets_it_pinned_again(
    shell: Shell, node: KuboRpcNode, service: PinningService
) -> None:
    with_service(shell, service)
    service.behaviour.looks = 0
    shell.good("seal", shell.copy("first"))
    shell.good("seal", shell.copy("second"))
    assert counts(shell.good("anchor", "--json"), "keeper") == (0, 0, 2)
    well = shell.good("doctor", "--json")
    assert [state for state, _ in diagnoses(well, "pins")] == ["well", "well"]
    lost, _ = manifests(shell)
    url = f"{node.rpc_url}/api/v0/pin/rm?arg={lost}"
    assert httpx.post(url, timeout=30).status_code == 200
    service.lose()
    mended = shell.good("doctor", "--json")
    assert [state for state, _ in diagnoses(mended, "pins")] == ["note", "note"]
    at_node, at_service = (message for _, message in diagnoses(mended, "pins"))
    assert at_node == (f"2 manifests are pinned by {name_of(node)}; it had lost 1, pinned again 1")
    assert at_service == "2 manifests are pinned by keeper; it had lost 2, pinned again 2"
    assert lost in pinned(node)
    assert service.status_of(lost) == "pinned"
    assert any(one.origins for one in service.pins.values())


def test_a_corrupted_block_that_the_node_serves_is_not_called_retrievable(
    shell: Shell, node: KuboRpcNode
) -> None:
    work = shell.copy("work")
    shell.good("seal", work)
    (manifest,) = manifests(shell)
    held = [one for one in (node.folder / "blocks").rglob("*.data") if _is(one, shell)]
    assert len(held) == 1
    held[0].write_bytes(b"other bytes")
    outcome, message = said(shell.good("verify", work, "--json"), "availability")
    assert outcome == "retrievable"
    assert message.startswith(f"{ALONE}; the {name_of(node)} could not be asked: ")
    assert manifest in message


def _is(block: Path, shell: Shell) -> bool:
    own = {one.read_bytes() for one in (shell.home / "blocks").rglob("*.data")}
    return block.read_bytes() in own


def test_doctor_fetches_a_damaged_block_back_from_the_node(shell: Shell, node: KuboRpcNode) -> None:
    shell.good("seal", shell.copy("work"))
    installation = Installation.open(shell.home)
    (published,) = installation.queue().batches((Stage.PUBLISHED,))
    strange = Block.of(b"a manifest that a stranger published")
    installation.own_blocks.put([strange])
    KuboBlocks(Kubo(node.rpc_url, 4)).put([strange])
    for block in (shell.home / "blocks").rglob("*.data"):
        block.write_bytes(b"damaged")
    mended = shell.good("doctor", "--json")
    assert [state for state, _ in diagnoses(mended, "manifests")] == ["note"]
    assert diagnoses(mended, "blocks") == [
        ("note", "1 of 2 were damaged, and are fetched back"),
    ]
    assert installation.own_blocks.get(strange.cid) == strange.data
    manifest = b"".join(export_file(Cid.decode(published.manifest), installation.own_blocks.get))
    assert manifest == installation.queue().manifest(published.end)


def test_what_a_server_takes_is_pinned_and_a_stranger_makes_it_ask_nobody(
    shell: Shell, node: KuboRpcNode
) -> None:
    with running(shell.home, worker=True, interval=0.2) as api:
        claim = api.claim("lantern")
        api.commit([claim])
        for _ in range(300):
            (target,) = api.get("/readyz")["pins"]["targets"]
            if target["pinned"]:
                break
            time.sleep(0.1)
        assert target == {"target": name_of(node), "owed": 0, "asked": 0, "pinned": 1}
        assert [one.name for one in api.served.gathering().sources] == [THIS_COMPUTER]
    assert set(manifests(shell)) <= pinned(node)


def test_a_verdict_and_a_seal_do_not_wait_for_a_node_that_hangs(
    shell: Shell, node: KuboRpcNode
) -> None:
    settings = shell.home / "config.toml"
    settings.write_text(settings.read_text().replace("timeout = 4", "timeout = 120"))
    work = shell.copy("work")
    assert node.process is not None
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        sealed = shell.good("seal", work)
        assert "(no answer within 10 s)" in sealed.err
        message = said(shell.good("verify", work, "--json"), "availability")[1]
        assert message.startswith(f"{ALONE}; the {name_of(node)} could not be asked: ")
        assert time.monotonic() - begun < 60
    finally:
        os.kill(node.process.pid, signal.SIGCONT)
    assert counts(shell.good("anchor", "--json"), name_of(node)) == (0, 0, 1)
