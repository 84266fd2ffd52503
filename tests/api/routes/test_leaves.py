import time
from pathlib import Path

import pytest

from ledger.encoding import hex_of
from ledger.leaf_status import LeafStatus
from ledger.receipt import Receipt
from tests.api.asking import Api, running
from tests.ledger.factories import word


def some(count: int, seed: str = "leaf") -> dict[str, list[str]]:
    return {"leaves": [hex_of(word(seed, number)) for number in range(count)]}


def test_a_thousand_leaves_are_acknowledged_in_order(api: Api) -> None:
    body = some(1000)
    answer = api.post("/v1/leaves", body, 202, headers={"idempotency-key": "k"})
    assert [row["leaf_hash"] for row in answer["leaves"]] == body["leaves"]
    assert [row["index"] for row in answer["leaves"]] == list(range(1000))
    assert api.served.queue.size() == 1000


def test_the_same_request_is_answered_the_same_and_commits_nothing_twice(api: Api) -> None:
    first = api.post("/v1/leaves", some(3), 202, headers={"idempotency-key": "k"})
    api.post("/v1/leaves", some(2, "others"), 202, headers={"idempotency-key": "k2"})
    assert api.post("/v1/leaves", some(3), 202, headers={"idempotency-key": "k"}) == first
    assert api.served.queue.size() == 5


def test_an_idempotency_key_is_for_one_request(api: Api) -> None:
    api.post("/v1/leaves", some(3), 202, headers={"idempotency-key": "k"})
    problem = api.post("/v1/leaves", some(2), 409, headers={"idempotency-key": "k"})
    assert problem["type"] == "urn:sealbook:problem:idempotency-conflict"
    assert api.served.queue.size() == 3


@pytest.mark.parametrize("key", [None, "", "a b", "k" * 256])
def test_an_idempotency_key_is_required(api: Api, key: str | None) -> None:
    headers = {} if key is None else {"idempotency-key": key}
    problem = api.post("/v1/leaves", some(1), 422, headers=headers)
    assert problem["errors"][0]["pointer"] == "header/Idempotency-Key"
    assert api.served.queue.size() == 0


@pytest.mark.parametrize(
    "leaves",
    [[], some(1001)["leaves"], ["0x12"], [hex_of(word("x")).upper()], [7], "0x", None, [None]],
)
def test_only_one_to_a_thousand_leaf_hashes_are_taken(api: Api, leaves: object) -> None:
    api.post("/v1/leaves", {"leaves": leaves}, 422, headers={"idempotency-key": "k"})
    assert api.served.queue.size() == 0


def test_a_leaf_is_pending_until_it_is_anchored_with_its_proof(api: Api) -> None:
    claims = [api.claim(f"claim {number}") for number in range(3)]
    leaf_hash = api.commit(claims)["leaves"][1]["leaf_hash"]
    pending = api.get(f"/v1/leaves/{leaf_hash}")
    assert (pending["status"], pending["index"], pending["anchor"]) == ("pending", 1, None)
    api.anchor()
    status = LeafStatus.from_json(api.get(f"/v1/leaves/{leaf_hash}"))
    assert status.final
    assert status.inclusion is not None
    assert status.anchor is not None
    assert status.inclusion.proves(bytes.fromhex(leaf_hash[2:]))
    receipt = Receipt(claims[1]).anchored(status.inclusion, status.anchor)
    report = api.post("/v1/verify", {"receipt": receipt.encode().decode()}, 200)
    assert report["verdict"] == "verified"


def test_a_leaf_that_was_never_sent_is_not_found(api: Api) -> None:
    problem = api.get(f"/v1/leaves/{hex_of(word('nobody'))}", 404)
    assert problem["type"] == "urn:sealbook:problem:not-found"
    api.get("/v1/leaves/0x12", 422)


def test_the_worker_anchors_what_arrives(home: Path) -> None:
    with running(home, worker=True) as api:
        leaf_hash = api.commit([api.claim("a claim")])["leaves"][0]["leaf_hash"]
        give_up = time.monotonic() + 30
        while api.get(f"/v1/leaves/{leaf_hash}")["status"] == "pending":
            assert time.monotonic() < give_up
            time.sleep(0.02)
        worker = api.served.worker
        assert worker is not None
        assert worker.alive
    assert not worker.alive


def test_a_leaf_hash_of_zeros_is_refused(api: Api) -> None:
    body = {"leaves": ["0x" + "00" * 32]}
    problem = api.post("/v1/leaves", body, 422, headers={"idempotency-key": "k"})
    assert problem["type"] == "urn:sealbook:problem:invalid-input"
