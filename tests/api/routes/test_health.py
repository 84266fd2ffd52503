import time
from pathlib import Path

import pytest

from api.routes.health import NOT_READY_DETAIL
from ledger.errors import StoreUnavailable
from tests.api.asking import Api, running


def test_a_process_that_answers_lives(api: Api) -> None:
    assert api.get("/healthz") == {"status": "ok"}


def test_a_server_whose_parts_work_is_ready(home: Path) -> None:
    with running(home, worker=True) as api:
        answer = api.get("/readyz")
    assert answer["ready"] is True
    assert answer["index"]["blocks_behind"] == 0
    assert answer["queue"] == {"acknowledged": 0, "ok": True}


def test_a_server_without_its_chain_is_not_ready_and_says_so(api: Api) -> None:
    api.get("/readyz")
    (api.home / "chains" / "local" / "chain.db").rename(api.home / "elsewhere")
    api.served.reader.close()  # type: ignore[attr-defined]
    problem = api.get("/readyz", 503)
    assert problem["detail"] == NOT_READY_DETAIL
    assert problem["checks"]["chain"] == {"block": None, "ok": False}
    assert problem["checks"]["queue"]["ok"] is True
    assert api.get("/healthz") == {"status": "ok"}


def test_a_server_whose_worker_fails_is_not_ready(home: Path) -> None:
    with running(home, worker=True) as api:
        assert api.served.worker is not None
        api.served.worker.stop()
        problem = api.get("/readyz", 503)
    assert problem["checks"]["worker"] == {"ok": False}


def test_a_server_that_cannot_acknowledge_is_not_ready(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("the disk is full: /home/operator")

    monkeypatch.setattr(api.served.queue, "add", full)
    monkeypatch.setattr(api.served.index, "cursor", full)
    problem = api.get("/readyz", 503)
    assert problem["checks"]["queue"] == {"acknowledged": None, "ok": False}
    assert problem["checks"]["index"]["ok"] is False
    assert "operator" not in str(problem)


def test_what_a_node_that_is_down_is_owed_is_counted_and_is_no_fault(home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[ipfs]\nkubo = "http://127.0.0.1:9"\n', encoding="utf-8")
    with running(home, worker=True) as api:
        assert api.get("/readyz")["pins"]["targets"] == [
            {"target": "node 127.0.0.1:9", "owed": 0, "asked": 0, "pinned": 0}
        ]
        api.commit([api.claim("lantern")])
        for _ in range(300):  # the worker anchors it, at its own time
            answer = api.get("/readyz")
            if answer["pins"]["targets"][0]["owed"]:
                break
            time.sleep(0.05)
    assert answer["ready"] is True
    assert answer["pins"] == {
        "ok": True,
        "targets": [{"target": "node 127.0.0.1:9", "owed": 1, "asked": 0, "pinned": 0}],
    }
