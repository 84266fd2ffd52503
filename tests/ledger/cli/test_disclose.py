import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.leaf import Disclosed
from ledger.receipt import Receipt
from tests.api.serving import Serving, serving, wait_until_anchored
from tests.ledger.cli.homes import Home, call, make_home, read_receipt, said


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    """Somebody else's server, on a chain of its own."""
    with serving(tmp_path / "other") as running:
        yield running


def closed(home: Home, *, anchored: bool) -> Path:
    """Give the own ledger a leaf hash only, and return the receipt."""
    path = home.seal(wait=0)
    receipt = read_receipt(path)
    installation = home.installation
    (installation.home / "chains" / "local" / "queue.db").unlink()
    installation = home.installation
    installation.queue().add([Disclosed(receipt.leaf_hash)], None)
    if anchored:
        installation.anchoring(installation.chain()).run()
    return path


def test_a_final_claim_is_disclosed_to_the_own_ledger(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    path = closed(home, anchored=True)
    receipt = read_receipt(path)
    assert home.installation.verifying().index is not None
    assert call("disclose", path, "--home", home.path, "--json") == 0
    answer = said(capsys.readouterr().out)
    assert answer == {
        "claim": f"0x{receipt.signed.id.hex()}",
        "index": 0,
        "status": "disclosed",
    }
    installation = home.installation
    installation.syncing().run()
    placed = installation.index.claim(receipt.signed.id)
    assert placed is not None
    assert placed.signed == receipt.signed
    assert call("disclose", path, "--home", home.path) == 0
    assert "already" in capsys.readouterr().out


def test_a_claim_is_not_disclosed_before_it_is_final(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    path = closed(home, anchored=False)
    assert call("disclose", path, "--home", home.path) == 3
    assert "commit before you show" in capsys.readouterr().err
    assert home.installation.queue().leaves(0, 1)[0].signed is None


def test_a_claim_that_no_ledger_of_this_home_holds_is_not_found(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home.seal(wait=0)
    assert call("disclose", path, "--home", tmp_path / "empty") == 4
    assert "--server URL" in capsys.readouterr().err


def test_a_server_is_shown_a_claim_only_where_finality_is_known(
    home: Home, server: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home.seal(wait=0)
    receipt = read_receipt(path)
    leaf = f"0x{receipt.leaf_hash.hex()}"
    with server.client() as client:
        headers = {"idempotency-key": "k"}
        assert client.post("/v1/leaves", json={"leaves": [leaf]}, headers=headers).is_success
        wait_until_anchored(client, leaf)
        asked = ("disclose", path, "--home", home.path, "--server", server.url)
        # the server's chain is none of this home's settings: nobody but the server vouches
        assert call(*asked) == 3
        assert "nothing was shown" in capsys.readouterr().err
        claim = f"/v1/claims/0x{receipt.signed.id.hex()}"
        assert client.get(claim).status_code == 404
        assert call(*asked, "--trust-server") == 0
        give_up = time.monotonic() + 30
        while not client.get(claim).is_success and time.monotonic() < give_up:
            time.sleep(0.05)
        found = client.get(f"{claim}/receipt")
        assert Receipt.decode(found.content).signed == receipt.signed
