import json
import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from ledger.adapters.server import MAX_ANSWER, MAX_PROBLEM, HttpServer
from ledger.digest import Digest
from ledger.errors import (
    ClaimMissing,
    IdempotencyConflict,
    InvalidInput,
    LedgerError,
    ServerUnreachable,
)
from ledger.problem import problem_type
from tests.ledger.factories import signed_claim, word

URL = "https://ledger.example"
Handler = Callable[[httpx.Request], httpx.Response]


def server(handler: Handler) -> HttpServer:
    return HttpServer(URL, transport=httpx.MockTransport(handler))


def saying(status: int, body: object) -> HttpServer:
    return server(lambda _: httpx.Response(status, content=json.dumps(body)))


def problem(kind: type[LedgerError], detail: str = "why") -> dict[str, object]:
    return {"type": problem_type(kind), "title": "…", "status": 400, "detail": detail}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger.example",
        "ftp://ledger.example",
        "http://ledger.example",
        "http://10.0.0.1:8000",
        "https://user:secret@ledger.example",
        "https://ledger.example?key=secret",
        "https://",
        "https://[::1",
        "https://ledger.example:99999",
    ],
)
def test_only_https_or_this_computer_is_asked(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        HttpServer(url)
    assert "secret" not in str(refused.value) or "?key" in url


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://localhost", "localhost"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://Ledger.Example/sealbook/", "ledger.example"),
    ],
)
def test_a_server_is_named_by_its_host(url: str, name: str) -> None:
    assert HttpServer(url).name == name


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        asked = HttpServer(f"http://127.0.0.1:{bound.getsockname()[1]}", timeout=2)
        with pytest.raises(ServerUnreachable, match="is it running"):
            asked.works(Digest(word("work")))


def test_a_problem_of_ours_becomes_the_error_that_it_names() -> None:
    for kind in (ClaimMissing, IdempotencyConflict):
        with pytest.raises(kind, match=r"ledger\.example says: why"):
            saying(409, problem(kind)).receipt(word("claim"))


def test_what_a_server_says_is_not_obeyed_by_a_terminal() -> None:
    with pytest.raises(ClaimMissing) as told:
        saying(404, problem(ClaimMissing, "a\x1b[2Jb\r\n\u202e")).receipt(word("claim"))
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "no",
        None,
        {"type": "urn:other:thing", "detail": "x"},
        {"type": 7, "detail": "x"},
        {"type": problem_type(ClaimMissing)},
        {"type": problem_type(ClaimMissing), "detail": "x" * 5_000},
    ],
)
def test_a_refusal_that_is_no_problem_of_ours_is_no_answer(body: object) -> None:
    with pytest.raises(ServerUnreachable, match="HTTP status 404"):
        saying(404, body).receipt(word("claim"))


def test_answers_are_bounded() -> None:
    for status, most in ((200, MAX_ANSWER), (500, MAX_PROBLEM)):
        asked = server(lambda _, s=status, m=most: httpx.Response(s, content=b"[" * (m + 1)))  # type: ignore[misc]
        with pytest.raises(ServerUnreachable, match="more than"):
            asked.works(Digest(word("work")))


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"{"])
def test_an_answer_that_is_no_json_is_no_answer(content: bytes) -> None:
    with pytest.raises(ServerUnreachable):
        server(lambda _: httpx.Response(200, content=content)).works(Digest(word("work")))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"leaves": {}},
        {"leaves": []},
        {"leaves": [{"index": -1}]},
        {"leaves": [{"index": 0}, {"index": 1}]},
    ],
)
def test_an_answer_of_another_form_is_no_answer(answer: object) -> None:
    with pytest.raises(ServerUnreachable):
        saying(202, answer).submit([word("leaf")], "key")


@pytest.mark.parametrize("answer", [{}, [], {"leaf_hash": "0x", "inclusion": None, "anchor": None}])
def test_a_leaf_status_of_another_form_is_no_answer(answer: object) -> None:
    with pytest.raises(ServerUnreachable):
        saying(200, answer).leaf(word("leaf"))


def test_a_redirect_is_not_followed() -> None:
    headers = {"location": "https://evil.example/"}
    asked = server(lambda _: httpx.Response(307, headers=headers))
    with pytest.raises(ServerUnreachable, match="HTTP status 307"):
        asked.disclose([signed_claim("lantern")])


def test_more_than_a_thousand_leaves_go_in_parts_with_keys_of_their_own() -> None:
    asked: list[tuple[str, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        leaves = json.loads(request.content)["leaves"]
        asked.append((request.headers["idempotency-key"], len(leaves)))
        start = sum(count for _, count in asked[:-1])
        rows = [{"leaf_hash": leaf, "index": start + at} for at, leaf in enumerate(leaves)]
        return httpx.Response(202, json={"leaves": rows})

    indexes = server(answer).submit([word("leaf", n) for n in range(2_500)], "k")
    assert indexes == list(range(2_500))
    assert asked == [("k-0", 1000), ("k-1000", 1000), ("k-2000", 500)]


class Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" "


def test_an_answer_that_does_not_end_is_given_up() -> None:
    asked = HttpServer(
        URL,
        timeout=0.05,
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless())),
    )
    with pytest.raises(ServerUnreachable, match=r"does not end|more than"):
        asked.works(Digest(word("work")))
