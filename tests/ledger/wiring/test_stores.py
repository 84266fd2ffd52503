"""Blocks by settings alone: the folder, or the folder with whoever is named behind it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.adapters.block_store import BlockFolder
from ledger.adapters.layered_blocks import LayeredBlocks
from ledger.adapters.source_pool import SourcePool
from ledger.cid import Block
from ledger.config import IpfsSettings, load_settings
from ledger.errors import BadSettings, BlockMissing, StoreUnavailable
from ledger.ports import PinState
from ledger.verification.availability import THIS_COMPUTER
from ledger.wiring import Installation
from ledger.wiring.stores import open_blocks, open_pinners, open_sources
from tests.ipfs_nodes import KuboRpcNode
from tests.lying_host import Reply, gone, lying_host
from tests.pinning_server import pinning_service

BLOCK = Block.of(b"what is asked for")


def home_with(home: Path, settings: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(settings)
    return home


def test_without_settings_there_is_the_folder_alone(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.ipfs == IpfsSettings()
    assert isinstance(open_blocks(settings), BlockFolder)
    assert open_pinners(settings) == ()
    (own,) = open_sources(settings)
    assert own.name == THIS_COMPUTER
    open_blocks(settings).put([BLOCK])
    assert own.get(BLOCK.cid) == BLOCK.data


def test_without_settings_no_client_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ledger.config import load_settings; "
        "from ledger.wiring.stores import open_blocks, open_pinners, open_sources; "
        f"s = load_settings(Path({str(tmp_path)!r})); "
        "open_blocks(s); open_pinners(s); open_sources(s); "
        "print(sorted({'httpx', 'requests', 'ipfshttpclient', 'multiaddr'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_node_gateways_and_services_are_chosen_by_settings(tmp_path: Path) -> None:
    home = home_with(
        tmp_path / "home",
        "[ipfs]\n"
        'kubo = "http://127.0.0.1:5001"\n'
        'gateways = ["https://one.example", "https://two.example/key"]\n'
        "timeout = 3\n"
        "[[ipfs.pinning]]\n"
        'name = "pinner"\n'
        'endpoint = "https://pinning.example"\n'
        'token_file = "pinner.token"\n',
    )
    settings = load_settings(home)
    blocks = open_blocks(settings)
    assert isinstance(blocks, LayeredBlocks)
    node, pool = blocks.sources
    assert node.name == "the node 127.0.0.1:5001"
    assert isinstance(pool, SourcePool)
    assert pool.name == "one.example, two.example, the network by 127.0.0.1:5001"
    names = [source.name for source in open_sources(settings)]
    assert names == [THIS_COMPUTER, "the node 127.0.0.1:5001", "one.example", "two.example"]
    node_pinner, service = open_pinners(settings)
    assert (node_pinner.name, service.name) == ("node 127.0.0.1:5001", "pinner")
    assert node_pinner.store is not None
    assert service.store is None
    with pytest.raises(BadSettings, match=r"pinner\.token"):
        service.status(BLOCK.cid)


def test_what_is_gone_and_what_is_down_are_told_apart(tmp_path: Path) -> None:
    with lying_host(Reply(status=404)) as none:
        home = home_with(tmp_path / "one", f'[ipfs]\ngateways = "{none.url}"\ntimeout = 1\n')
        with pytest.raises(BlockMissing):
            open_blocks(load_settings(home)).get(BLOCK.cid)
        urls = f'["{none.url}", "{gone()}"]'
        home = home_with(tmp_path / "two", f"[ipfs]\ngateways = {urls}\ntimeout = 1\n")
        with pytest.raises(StoreUnavailable, match="ConnectError"):
            open_blocks(load_settings(home)).get(BLOCK.cid)


def test_a_home_works_on_a_real_node_and_a_service_by_settings_alone(
    tmp_path: Path, ipfs_node: KuboRpcNode
) -> None:
    with pinning_service() as server:
        home = home_with(
            tmp_path / "home",
            f'[ipfs]\nkubo = "{ipfs_node.rpc_url}"\ntimeout = 5\n'
            f'[[ipfs.pinning]]\nname = "pinner"\nendpoint = "{server.url}"\ntoken_file = "token"\n',
        )
        (home / "token").write_text(server.token)
        (home / "token").chmod(0o600)
        node, service = open_pinners(load_settings(home))
        assert node.store is not None
        node.store.put([BLOCK])
        assert node.pin(BLOCK.cid, "batch 1").state is PinState.PINNED
        pin = service.pin(BLOCK.cid, "batch 1", node.addresses())
        assert pin.state is PinState.PINNED
        assert server.pins[str(pin.request)].origins == ipfs_node.multiaddrs
        blocks = Installation.open(home).blocks
        assert not blocks.has(BLOCK.cid)
        assert blocks.get(BLOCK.cid) == BLOCK.data
        assert blocks.has(BLOCK.cid)


def test_the_settings_that_the_page_shows_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "ipfs.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.+?)```", page, re.DOTALL)
    ipfs = load_settings(home_with(tmp_path / "home", shown)).ipfs
    assert (ipfs.kubo, len(ipfs.gateways), ipfs.timeout) == ("http://127.0.0.1:5001", 1, 20)
    assert [one.name for one in ipfs.pinning] == ["pinner"]
