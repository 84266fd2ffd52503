import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ledger.batch import Stage
from ledger.encoding import hex_of
from ledger.library import embedded
from ledger.wiring import Installation
from tests.api.serving import Serving, command, serving, wait_until_anchored
from tests.ledger.cli.homes import call
from tests.ledger.factories import word


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("serve") / "home"
    embedded(Installation.open(home))
    return home


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded, tmp_path / "home")
    return tmp_path / "home"


def post(client: httpx.Client, seed: object, count: int = 3) -> list[str]:
    """Commit leaves; return the hashes that were acknowledged."""
    leaves = [hex_of(word("leaf", seed, number)) for number in range(count)]
    headers = {"idempotency-key": word("key", seed).hex()}
    answer = client.post("/v1/leaves", json={"leaves": leaves}, headers=headers)
    assert answer.status_code == 202, answer.text
    return leaves


def test_a_fresh_home_is_set_up_and_served(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server, server.client() as client:
        assert server.url.startswith("http://127.0.0.1:")
        (leaf,) = post(client, "first", 1)
        wait_until_anchored(client, leaf)
        assert client.get("/readyz").status_code == 200
        assert server.stop() == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""  # one line with the URL, and no more


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])  # noqa: S104 - to be refused
def test_it_binds_no_address_that_strangers_reach(
    home: Path, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("serve", "--home", home, "--host", host, "--port", "0") == 1
    assert "loopback" in capsys.readouterr().err


def test_a_port_in_use_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(home, "--no-worker") as server:
        port = server.url.rpartition(":")[2]
        assert call("serve", "--home", home, "--port", port) == 1
        assert "--port 0" in capsys.readouterr().err
    assert call("serve", "--home", home, "--port", "70000") == 2


def test_what_a_202_acknowledged_outlives_a_kill(home: Path) -> None:
    sent: list[str] = []
    for attempt in range(3):
        with serving(home) as server, server.client() as client:
            for leaf in sent:
                assert client.get(f"/v1/leaves/{leaf}").status_code == 200
            sent += post(client, attempt)
            server.kill()
    queue = Installation.open(home).queue()
    assert [hex_of(one.leaf_hash) for one in queue.leaves(0, queue.size())] == sent


def test_a_killed_workers_leaves_are_anchored_by_the_next(home: Path) -> None:
    with serving(home, "--no-worker") as server, server.client() as client:
        leaves = post(client, "before")
        server.kill()
    with serving(home) as server, server.client() as client:
        for leaf in leaves:
            wait_until_anchored(client, leaf)
        assert server.stop() == 0


def test_many_callers_at_once_lose_nothing_and_share_no_index(home: Path) -> None:
    with serving(home) as server:

        def caller(name: int) -> list[str]:
            with server.client() as client:
                return [leaf for turn in range(5) for leaf in post(client, (name, turn), 20)]

        with ThreadPoolExecutor(8) as threads:
            sent = [leaf for found in threads.map(caller, range(8)) for leaf in found]
        with server.client() as client:
            for leaf in sent[-1:] + sent[::97]:
                wait_until_anchored(client, leaf)
        assert server.stop() == 0
    queue = Installation.open(home).queue()
    kept = [hex_of(one.leaf_hash) for one in queue.leaves(0, queue.size())]
    assert sorted(kept) == sorted(sent)
    assert len(set(kept)) == len(kept)


def test_requests_under_way_are_answered_when_it_is_told_to_stop(home: Path) -> None:
    with serving(home) as server, ThreadPoolExecutor(4) as threads:
        told = [threads.submit(_until_refused, server, name) for name in range(4)]
        with server.client() as client:
            wait_until_anchored(client, post(client, "first", 1)[0])
        assert server.stop() == 0
        acknowledged = [leaf for one in told for leaf in one.result()]
    queue = Installation.open(home).queue()
    kept = {hex_of(one.leaf_hash) for one in queue.leaves(0, queue.size())}
    assert acknowledged
    assert set(acknowledged) <= kept
    assert not queue.batches((Stage.PREPARED, Stage.SENT))  # the worker finished its turn


def _until_refused(server: Serving, name: int) -> list[str]:
    sent: list[str] = []
    with server.client() as client:
        for turn in range(10_000):
            try:
                sent += post(client, (name, turn), 2)
            except httpx.TransportError:
                break
    return sent


def test_two_servers_of_one_home_share_the_ledger(home: Path) -> None:
    with serving(home) as one, serving(home) as two, one.client() as first, two.client() as second:
        leaves = [post(client, name, 5) for client, name in ((first, "a"), (second, "b"))]
        for leaf in leaves[0] + leaves[1]:
            wait_until_anchored(first, leaf)
            wait_until_anchored(second, leaf)


def test_it_says_its_url_in_words_without_json(home: Path) -> None:
    process = subprocess.Popen(
        command(home, "--no-worker"), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Sealbook serves http://127.0.0.1:")
        process.terminate()
        assert process.wait(40) == 0
