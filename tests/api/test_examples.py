"""The documentation's examples are run: each is answered, or refused, as it says."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import examples
from ledger.errors import StoreUnavailable
from tests.api.asking import Api, checked, running
from tests.api.test_documents import DOCUMENT, operations, require_valid, shown

KEY = {"idempotency-key": examples.KEY}
LEAF = f"/v1/leaves/{examples.LEAF_HASH}"
CLAIM = f"/v1/claims/{examples.CLAIM_ID}"


@pytest.fixture(scope="module")
def journey(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that went the way of the examples: hash sent, anchored, disclosed, published."""
    home = tmp_path_factory.mktemp("journey") / "home"
    shutil.copytree(founded_home, home)
    with running(home, worker=True) as api:
        api.post("/v1/leaves", examples.LEAVES_REQUEST, 202, headers=KEY)
        wait_for(api, LEAF, lambda answer: answer["status"] == "anchored")
        api.post("/v1/claims", examples.DISCLOSE_REQUEST, 202)
        wait_for(api, CLAIM, lambda answer: "id" in answer)
        yield api


def wait_for(api: Api, path: str, done: Callable[[Any], bool]) -> None:
    give_up = time.monotonic() + 30
    while not done(api.ask("GET", path).json()):
        assert time.monotonic() < give_up, path
        time.sleep(0.05)


GOOD: list[tuple[str, str, Any]] = [
    ("post", "/v1/leaves", examples.LEAVES_REQUEST),
    ("get", LEAF, None),
    ("post", "/v1/claims", examples.DISCLOSE_REQUEST),
    ("post", "/v1/claims", examples.IN_CLEAR_REQUEST),
    ("get", CLAIM, None),
    ("get", f"{CLAIM}/receipt", None),
    ("get", f"/v1/works/{examples.WORK}", None),
    ("post", "/v1/verify", examples.DIGEST_QUESTION),
    ("post", "/v1/verify", examples.RECEIPT_QUESTION),
    ("post", "/v1/verify", examples.LIST_QUESTION),
    ("get", "/healthz", None),
    ("get", "/readyz", None),
]


NAMES = (
    (examples.LEAF_HASH, "{leaf_hash}"),
    (examples.CLAIM_ID, "{claim_id}"),
    (examples.WORK, "{digest}"),
)


def template(path: str) -> str:
    """Return the documented path that a path is of."""
    for value, name in NAMES:
        path = path.replace(value, name)
    return path


def test_every_request_example_is_run() -> None:
    assert {(method, template(path)) for method, path, _ in GOOD} == {
        (method, path) for path, method, _ in operations()
    }
    for path, method, operation in operations():
        if "requestBody" in operation:
            documented = operation["requestBody"]["content"]["application/json"]["examples"]
            run = [body for way, at, body in GOOD if (way, at) == (method, path)]
            assert [one["value"] for one in documented.values()] == run


@pytest.mark.parametrize(("method", "path", "body"), GOOD)
def test_an_example_is_answered_as_its_documentation_says(
    journey: Api, method: str, path: str, body: object
) -> None:
    operation = DOCUMENT["paths"][template(path)][method]
    status = next(iter(operation["responses"]))
    answer = journey.ask(method.upper(), path, json=body, headers=KEY)
    said = checked(answer, int(status))
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    require_valid(said, schema)
    examples_of = [
        value for _, _, value in shown(operation["responses"][status]) if isinstance(value, dict)
    ]
    assert any(value.keys() == said.keys() for value in examples_of)


def refused(api: Api, problem: str, method: str, path: str) -> httpx.Response:
    """Provoke a documented problem on a route, as its example says."""
    good = next(body for way, at, body in GOOD if (way, template(at)) == (method, path))
    concrete = path
    for value, name in NAMES:
        concrete = concrete.replace(name, value)

    def ask(content: bytes | None = None, body: object = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"json": body or good} if content is None else {"content": content}
        return api.ask(method.upper(), concrete, headers={**KEY, **named}, **sent)

    other = "0x" + "11" * 32
    provoked: dict[str, Callable[[], httpx.Response]] = {
        "foreign-host": lambda: ask(host="evil.example"),
        "foreign-origin": lambda: ask(origin="https://evil.example"),
        "invalid-json": lambda: ask(b"{", content_type="application/json"),
        "not-json": lambda: ask(b"{}"),
        "limit-exceeded": lambda: ask(b" " * 9_000_000, content_type="application/json"),
        "idempotency-conflict": lambda: ask(body={"leaves": [other]}),
    }
    if method == "post":
        provoked["invalid-input"] = lambda: ask(body={"questions": []})
    else:
        bad = concrete.replace("sha256:", "x").replace("/0x", "/x")
        missing = concrete.replace(examples.LEAF_HASH, other).replace(examples.CLAIM_ID, other)
        provoked["invalid-input"] = lambda: api.ask("GET", bad)
        provoked["not-found"] = provoked["claim-missing"] = lambda: api.ask("GET", missing)
    return provoked[problem]()


BY_THEMSELVES = ("internal", "store-unavailable", "not-ready", "invalid-signature", "not-final")


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        (method, path, name)
        for path, method, operation in operations()
        for status, answer in operation["responses"].items()
        for _, name, _ in (shown(answer) if int(status) >= 400 else ())
        if name not in BY_THEMSELVES and (method, path, name) != ("post", "/v1/claims", "not-found")
    ],
)
def test_a_documented_problem_is_what_comes(
    journey: Api, method: str, path: str, problem: str
) -> None:
    answer = refused(journey, problem, method, path)
    said = checked(answer, answer.status_code)
    documented = DOCUMENT["paths"][path][method]["responses"][str(answer.status_code)]
    assert said["type"].endswith(f":{problem}"), said
    example = next(value for _, name, value in shown(documented) if name == problem)
    assert {**said, "detail": "", "errors": 0} == {**example, "detail": "", "errors": 0}


def test_the_problems_of_showing_too_early_come_as_documented(api: Api) -> None:
    assert api.post("/v1/claims", examples.DISCLOSE_REQUEST, 404)["title"] == "Not here"
    api.post("/v1/leaves", examples.LEAVES_REQUEST, 202, headers=KEY)
    problem = api.post("/v1/claims", examples.DISCLOSE_REQUEST, 409)
    assert problem["detail"] == str(examples.TOO_EARLY)


def test_a_store_that_fails_is_said_as_documented(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreUnavailable("the disk is full: /home/operator")

    for service, method in ((api.served, "followed"), (api.served.queue, "find")):
        monkeypatch.setattr(service, method, broken)
    for path in (LEAF, CLAIM, f"{CLAIM}/receipt"):
        problem = api.get(path, 503)
        documented = DOCUMENT["paths"][template(path)]["get"]["responses"]["503"]
        assert [value for _, _, value in shown(documented)] == [problem]
