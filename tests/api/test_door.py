from collections.abc import AsyncIterator

import pytest

from api.door import MAX_BODY, MAX_LEAVES_BODY
from tests.api.asking import JSON, Api, checked


@pytest.mark.parametrize("path", ["/healthz", "/v1/leaves", "/nowhere", "/openapi.json"])
def test_another_host_than_this_computer_is_refused_everywhere(api: Api, path: str) -> None:
    problem = api.get(path, 421, headers={"host": "evil.example"})
    assert problem["type"] == "urn:sealbook:problem:foreign-host"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000"])
def test_a_page_of_another_site_is_refused(api: Api, origin: str) -> None:
    problem = api.get("/healthz", 403, headers={"origin": origin})
    assert problem["type"] == "urn:sealbook:problem:foreign-origin"


def test_a_page_of_its_own_is_let_in(api: Api) -> None:
    api.get("/healthz", headers={"origin": "http://127.0.0.1:8000"})


def test_a_caller_from_another_computer_is_refused(api: Api) -> None:
    transport = api.client._transport
    transport.client = ("192.168.0.9", 1)  # type: ignore[attr-defined]
    problem = api.get("/healthz", 403)
    assert problem["type"] == "urn:sealbook:problem:not-local"


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]
)
def test_only_json_is_read(api: Api, kind: str | None) -> None:
    headers = {"idempotency-key": "k"} | ({} if kind is None else {"content-type": kind})
    answer = api.ask("POST", "/v1/leaves", content=b'{"leaves": []}', headers=headers)
    assert checked(answer, 415)["type"] == "urn:sealbook:problem:not-json"


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/leaves", MAX_LEAVES_BODY), ("/v1/claims", MAX_BODY)]
)
def test_a_body_that_is_too_large_is_refused_whether_it_says_its_size_or_not(
    api: Api, path: str, limit: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(limit // 65536 + 1):
            yield b" " * 65536

    for content in (b" " * (limit + 1), pieces()):
        answer = api.ask("POST", path, content=content, headers=JSON)
        assert checked(answer, 413)["type"] == "urn:sealbook:problem:limit-exceeded"


def test_a_body_of_just_the_limit_is_read(api: Api) -> None:
    body = b'{"leaves": []' + b" " * (MAX_LEAVES_BODY - 14) + b"}"
    assert len(body) == MAX_LEAVES_BODY
    answer = api.ask("POST", "/v1/leaves", content=body, headers={**JSON, "idempotency-key": "k"})
    checked(answer, 422)


def test_a_size_that_is_no_number_is_not_believed(api: Api) -> None:
    for size in ("-1", "9" * 30, "x"):
        headers = {**JSON, "content-length": size}
        checked(api.ask("POST", "/v1/verify", content=b"{}", headers=headers), 422)
