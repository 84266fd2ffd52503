"""Bodies that nobody honest sends: each is a problem, never a fault of the server."""

import json

import pytest

from tests.api.asking import JSON, Api, checked

PATHS = ("/v1/leaves", "/v1/claims", "/v1/verify")
DEEP = 5_000

BODIES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"\x00\xff",
    "half": b'{"leaves": ["0x',
    "other encoding": '{"leaves": []}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"leaves": []}',
    "deep list": b"[" * DEEP + b"]" * DEEP,
    "very deep list": b"[" * 1_000_000,
    "deep object": b'{"leaves":' * DEEP + b"1" + b"}" * DEEP,
    "deep receipt": b'{"receipt":' + b'{"a":' * 400 + b"1" + b"}" * 401,
    "deep details": b'{"claims":[{"details":' + b'{"a":' * 150 + b"1" + b"}" * 150 + b"}]}",
    "huge number": b'{"digest": 1' + b"0" * 10_000 + b"}",
    "large number": b'{"receipt": {"version": 123456789012345678901234567890}}',
    "infinite": b'{"digest": Infinity, "leaves": [NaN], "claims": -Infinity}',
    "large fraction": b'{"receipt": {"version": 1e400}}',
    "half surrogate": b'{"digest": "\\ud800", "leaves": ["\\ud800"], "claims": ["\\udfff"]}',
    "surrogate key": b'{"\\ud800": 1}',
    "null bytes": b'{"digest": "\\u0000", "leaves": ["\\u0000"]}',
    "doubled keys": b'{"digest": "x", "digest": "y", "leaves": 1, "leaves": 2}',
    "wrong types": b'{"digest": {}, "receipt": 1, "questions": {}, "leaves": {}, "claims": {}}',
    "null": b"null",
    "list": b"[]",
    "text": b'"text"',
    "many fields": json.dumps({f"field {n}": n for n in range(10_000)}).encode(),
    "many faults": json.dumps({"leaves": [1] * 20_000, "claims": [1] * 1_000}).encode(),
    "ten megabytes": b'{"digest": "' + b"a" * 10_000_000 + b'"}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_a_problem(api: Api, path: str, name: str) -> None:
    headers = {**JSON, "idempotency-key": "k"}
    answer = api.ask("POST", path, content=BODIES[name], headers=headers)
    if path == "/v1/verify" and answer.status_code == 200:
        assert answer.json()["verdict"] == "failed"  # no receipt: that is an answer
        return
    assert 400 <= answer.status_code < 500, answer.text[:500]
    checked(answer, answer.status_code)
    assert len(answer.content) < 10_000
    assert api.served.queue.size() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/v1/leaves/..%2f..%2fetc",
        "/v1/leaves/0x" + "g" * 64,
        "/v1/claims/" + "0" * 5_000,
        "/v1/works/%00",
        "/v1/works/sha256:" + "%F0" * 64,
        "/v1/works/" + "9" * 60_000,
        "/v1//leaves",
        "/V1/leaves",
        "//",
    ],
)
def test_a_hostile_path_is_a_problem(api: Api, path: str) -> None:
    answer = api.ask("GET", path)
    assert answer.status_code in (404, 405, 422)
    checked(answer, answer.status_code)
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_a_problem_that_names_those_there_are(api: Api, method: str) -> None:
    answer = api.ask(method, "/v1/leaves")
    checked(answer, 405)
    assert answer.headers["allow"] == "POST"
