"""A pinning service: one request a CID, every field checked, the token told to nobody else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.adapters.access_token import AccessToken
from ledger.adapters.pinning_service import PinningService
from ledger.cid import Block, Cid
from ledger.errors import BadSettings, InvalidInput, PinRefused, StoreBusy, StoreUnavailable
from ledger.ports import PinState
from tests.lying_host import Asked, Reply, gone, lying_host
from tests.pinning_server import PinningService as Server
from tests.pinning_server import pinning_service

CID = Block.of(b"what is to be pinned").cid
ORIGIN = "/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
SECRET = "the-token-of-this-test"


@pytest.fixture
def server() -> Iterator[Server]:
    with pinning_service() as running:
        running.token = SECRET
        yield running


@pytest.fixture
def token(tmp_path: Path) -> AccessToken:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return AccessToken(path)


@pytest.fixture
def service(server: Server, token: AccessToken) -> PinningService:
    return PinningService("pinner", server.url, token, 1.0)


def status(**other: object) -> dict[str, object]:
    said: dict[str, object] = {
        "requestid": "r1",
        "status": "queued",
        "created": "2026-11-24T12:00:00Z",
        "pin": {"cid": str(CID)},
        "delegates": [ORIGIN],
    }
    return said | other


def test_a_pin_is_asked_for_with_its_name_and_where_to_fetch_it(
    service: PinningService, server: Server
) -> None:
    pin = service.pin(CID, "batch 1", [ORIGIN, ORIGIN])
    assert (pin.cid, pin.state, pin.delegates) == (CID, PinState.PINNED, server.delegates)
    (kept,) = server.pins.values()
    assert (kept.request_id, kept.cid, kept.name) == (pin.request, str(CID), "batch 1")
    assert kept.origins == (ORIGIN,)
    assert kept.meta == {"app": "sealbook"}
    assert (service.name, service.store, service.addresses()) == ("pinner", None, ())


def test_a_lost_answer_makes_no_second_request(service: PinningService, server: Server) -> None:
    server.behaviour.outcome = "queued"
    server.behaviour.malformed = True
    for _ in range(3):  # the service takes the first, and its answers never arrive
        with pytest.raises(StoreUnavailable):
            service.pin(CID, "batch 1")
    server.behaviour.malformed = False
    first = service.pin(CID, "batch 1")
    assert service.pin(CID, "batch 1") == first
    assert first.state is PinState.QUEUED
    assert len(server.pins) == 1


def test_a_failed_request_is_replaced(service: PinningService, server: Server) -> None:
    server.behaviour.outcome = "failed"
    first = service.pin(CID, "batch 1")
    assert first.state is PinState.FAILED
    server.behaviour.outcome = "pinned"
    second = service.pin(CID, "batch 1")
    assert second.state is PinState.PINNED
    assert list(server.pins) == [second.request]


def test_a_failed_request_that_went_meanwhile_is_made_anew() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            said: object = {"count": 1, "results": [status(status="failed")]}
        elif asked.path == "/pins/r1":
            return Reply(b"{}", 404)
        else:
            said = status(requestid="r2")
        return Reply(json.dumps(said).encode())

    with lying_host(answer) as host:
        assert PinningService("pinner", host.url, None, 1.0).pin(CID, "batch 1").request == "r2"


def test_a_pin_is_followed_by_its_request_and_by_its_cid(
    service: PinningService, server: Server
) -> None:
    server.behaviour.looks = 2
    pin = service.pin(CID, "batch 1")
    assert pin.state is PinState.QUEUED
    assert service.status(CID, pin.request).state is PinState.PINNING
    assert service.status(CID, pin.request).state is PinState.PINNED
    assert service.status(CID).request == pin.request
    server.lose(str(CID))
    assert service.status(CID, pin.request).state is PinState.LOST
    assert service.status(CID).state is PinState.LOST


def test_a_pin_is_let_go_by_its_request_or_all_by_their_cid(
    service: PinningService, server: Server
) -> None:
    pin = service.pin(CID, "batch 1")
    for _ in range(2):
        service.unpin(CID, pin.request)
    assert server.pins == {}
    service.pin(CID, "batch 1")
    server.create(json.dumps({"cid": str(CID)}).encode())
    service.unpin(CID)
    assert server.pins == {}
    service.unpin(CID)


@pytest.mark.parametrize(
    ("failing", "kind", "why"),
    [
        (400, PinRefused, "BAD_REQUEST: told to fail"),
        (401, PinRefused, "does not accept the token"),
        (403, PinRefused, "does not accept the token"),
        (404, PinRefused, "NOT_FOUND"),
        (409, PinRefused, "INSUFFICIENT_FUNDS"),
        (413, PinRefused, "HTTP status 413"),
        (408, StoreBusy, "HTTP status 408"),
        (429, StoreBusy, "ask again later"),
        (500, StoreUnavailable, "HTTP status 500"),
        (503, StoreUnavailable, "HTTP status 503"),
    ],
)
def test_what_a_service_answers_means_try_again_or_give_up(
    service: PinningService, server: Server, failing: int, kind: type[Exception], why: str
) -> None:
    server.behaviour.failing = failing
    with pytest.raises(kind, match=why) as raised:
        service.pin(CID, "batch 1")
    assert type(raised.value) is kind
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "99999999"}, 86400),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Tue, 24 Nov 2026 12:01:30 GMT"}, "date"),
        ({}, None),
    ],
)
def test_a_service_says_how_long_to_wait(headers: dict[str, str], seconds: object) -> None:
    with lying_host(Reply(b"{}", 429, headers)) as host, pytest.raises(StoreBusy) as raised:
        PinningService("pinner", host.url, None, 1.0).status(CID)
    if seconds == "date":  # from the service's own clock, in its header Date
        assert raised.value.seconds is not None
        assert 0 <= raised.value.seconds <= 86400
    else:
        assert raised.value.seconds == seconds


def test_a_service_that_is_down_for_a_while_may_say_so() -> None:
    reply = Reply(b"", 503, {"retry-after": "120"})
    with lying_host(reply) as host, pytest.raises(StoreBusy, match="in 120 s") as raised:
        PinningService("pinner", host.url, None, 1.0).pin(CID, "batch 1")
    assert raised.value.seconds == 120


def test_a_redirect_never_gets_the_token(service: PinningService, server: Server) -> None:
    with lying_host(Reply(b"{}")) as elsewhere:
        server.behaviour.redirect = f"{elsewhere.url}/pins"
        with pytest.raises(StoreUnavailable, match="HTTP status 307"):
            service.pin(CID, "batch 1")
    assert elsewhere.asked == []


@pytest.mark.parametrize("fault", ["delay", "trickle", "malformed", "huge"])
def test_slow_huge_and_broken_answers_are_given_up(
    server: Server, token: AccessToken, fault: str
) -> None:
    faults = {"delay": 5.0, "trickle": 0.2, "malformed": True, "huge": 2 * 2**20}
    setattr(server.behaviour, fault, faults[fault])
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as raised:
        PinningService("pinner", server.url, token, 0.5).pin(CID, "batch 1")
    assert time.monotonic() - began < 4
    assert "\n" not in str(raised.value)


def test_a_service_that_is_gone_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="ConnectError"):
        PinningService("pinner", gone(), None, 1.0).status(CID)


BROKEN: dict[str, object] = {
    "nothing": None,
    "a list": [],
    "no requestid": {key: value for key, value in status().items() if key != "requestid"},
    "an empty requestid": status(requestid=""),
    "a number for requestid": status(requestid=7),
    "a long requestid": status(requestid="r" * 256),
    "a requestid of two lines": status(requestid="a\nb"),
    "another status": status(status="lost"),
    "no pin": status(pin=None),
    "another's pin": status(pin={"cid": str(Cid(0x55, bytes(32)))}),
    "a pin that is no CID": status(pin={"cid": 7}),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_is_checked_field_by_field(broken: str) -> None:
    def answer(asked: Asked) -> Reply:
        listed = asked.method == "GET" and "/pins?" in asked.path
        said = {"count": 1, "results": [BROKEN[broken]]} if listed else BROKEN[broken]
        return Reply(json.dumps(said).encode())

    with lying_host(answer) as host:
        service = PinningService("pinner", host.url, None, 1.0)
        for request in (None, "r1"):
            with pytest.raises(StoreUnavailable, match="to answer as config"):
                service.status(CID, request)
        with pytest.raises(StoreUnavailable):
            service.pin(CID, "batch 1")


@pytest.mark.parametrize("said", [b"{}", b'{"count":1}', b'{"count":-1,"results":[]}', b"[", b"7"])
def test_a_list_that_is_none_is_refused(said: bytes) -> None:
    with lying_host(Reply(said)) as host, pytest.raises(StoreUnavailable):
        PinningService("pinner", host.url, None, 1.0).status(CID)


def test_what_else_a_service_says_is_cut_to_what_is_usable() -> None:
    delegates = ["/ip4/1.2.3.4", 7, "no", "/" + "x" * 600, *[f"/{n}" for n in range(100)]]
    said = status(delegates=delegates, info={"status_details": "place\n7"}, unknown=[1])
    with lying_host(Reply(json.dumps(said).encode())) as host:
        pin = PinningService("pinner", host.url, None, 1.0).status(CID, "r1")
        assert len(pin.delegates) == 20
        assert pin.why == "place\N{REPLACEMENT CHARACTER}7"
    bare = status(delegates=None, info=[1])
    with lying_host(Reply(json.dumps(bare).encode())) as host:
        pin = PinningService("pinner", host.url, None, 1.0).status(CID, "r1")
        assert (pin.delegates, pin.why) == ((), "")


@pytest.mark.parametrize("request_id", ["", ".", "..", "a b", "a" * 256, "é"])
def test_a_request_id_can_name_no_other_place(request_id: str) -> None:
    with lying_host(Reply()) as host:
        with pytest.raises(InvalidInput):
            PinningService("pinner", host.url, None, 1.0).status(CID, request_id)
        assert host.asked == []
        with pytest.raises(StoreUnavailable):
            PinningService("pinner", host.url, None, 1.0).status(CID, "../a?b#c")
        assert host.asked[0].path == "/pins/..%2Fa%3Fb%23c"


def test_a_token_goes_by_https_or_stays_here(token: AccessToken) -> None:
    with pytest.raises(BadSettings, match="https"):
        PinningService("pinner", "http://pinning.example", token, 1.0)
    with pytest.raises(BadSettings, match="without a login"):
        PinningService("pinner", "https://user:pass@pinning.example", token, 1.0)
    PinningService("pinner", "https://pinning.example", token, 1.0)
    PinningService("pinner", "http://pinning.example", None, 1.0)


def test_a_new_token_is_used_from_the_next_request(
    service: PinningService, server: Server, token: AccessToken
) -> None:
    server.token = "another"
    with pytest.raises(PinRefused):
        service.status(CID)
    token.path.write_text("another")
    assert service.status(CID).state is PinState.LOST
