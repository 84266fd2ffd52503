import json

import pytest

from ledger.digest import Digest
from ledger.encoding import hex_of
from ledger.leaf_status import LeafStatus
from ledger.receipt import Receipt
from tests.api.asking import Api
from tests.ledger.factories import word

WORK = word("the work")


def sealed(api: Api, author: str = "alice", *, shown: bool = True) -> Receipt:
    signed = api.claim(f"of {author}", author, WORK)
    if shown:
        api.show([signed], in_clear=True)
    else:
        api.commit([signed], author)
    api.anchor()
    status = LeafStatus.from_json(api.get(f"/v1/leaves/{hex_of(Receipt(signed).leaf_hash)}"))
    assert status.inclusion is not None
    assert status.anchor is not None
    return Receipt(signed).anchored(status.inclusion, status.anchor)


def test_a_digest_is_judged_by_the_earliest_disclosed_claim(api: Api) -> None:
    receipt = sealed(api)
    report = api.post("/v1/verify", {"digest": str(Digest(WORK))}, 200)
    assert report["verdict"] == "verified"
    assert report["claim"]["id"] == hex_of(receipt.signed.id)
    assert report["summary"].startswith("LOCAL CHAIN")


def test_a_receipt_is_taken_as_its_text_or_as_its_object(api: Api) -> None:
    text = sealed(api, shown=False).encode().decode()
    by_text = api.post("/v1/verify", {"receipt": text}, 200)
    assert by_text["verdict"] == "verified"
    assert api.post("/v1/verify", {"receipt": json.loads(text)}, 200) == by_text


def test_a_receipt_on_another_digest_is_failed(api: Api) -> None:
    text = sealed(api).encode().decode()
    body = {"receipt": text, "digest": str(Digest(word("another")))}
    report = api.post("/v1/verify", body, 200)
    assert (report["verdict"], report["exit_code"]) == ("failed", 1)


def test_a_list_is_answered_one_each_in_order(api: Api) -> None:
    text = sealed(api).encode().decode()
    questions = [{"digest": str(Digest(word("unknown")))}, {"receipt": text}, {"receipt": "no"}]
    reports = api.post("/v1/verify", {"questions": questions}, 200)["reports"]
    assert [report["exit_code"] for report in reports] == [4, 0, 1]


def test_an_earlier_claim_of_another_author_is_told(api: Api) -> None:
    sealed(api, "alice")
    later = sealed(api, "bob")
    report = api.post("/v1/verify", {"receipt": later.encode().decode()}, 200)
    assert (report["verdict"], report["exit_code"]) == ("earlier_claim", 6)


@pytest.mark.parametrize(
    "receipt", ["", "{}", "{}\n", "\u0000", {}, {"version": 1}, {"a": {"b": [1.5]}}, {"": "\ud800"}]
)
def test_what_is_no_receipt_is_failed_and_not_an_error(api: Api, receipt: object) -> None:
    body = json.dumps({"receipt": receipt}).encode()
    answer = api.ask("POST", "/v1/verify", content=body, headers={"content-type": JSON})
    if answer.status_code == 200:
        assert answer.json()["verdict"] == "failed"
    else:
        assert answer.status_code == 422  # half of a surrogate pair is no text
        assert "\\ud800" in body.decode()


JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"questions": []},
        {"questions": [{}]},
        {"questions": [{"digest": "x"}]},
        {"questions": [{"digest": str(Digest(WORK))}], "digest": str(Digest(WORK))},
        {"questions": [{"digest": str(Digest(WORK))}] * 1001},
        {"digest": 7},
        {"digest": "sha256:" + "0" * 63},
        {"receipt": []},
        {"reciept": "x"},
        [],
        "x",
        None,
    ],
)
def test_a_question_that_is_none_is_refused(api: Api, body: object) -> None:
    api.post("/v1/verify", body, 422)


def test_strangers_questions_leave_nothing_in_this_home(api: Api) -> None:
    text = sealed(api).encode().decode()
    api.post("/v1/verify", {"receipt": text}, 200)
    assert not (api.home / "seen").exists()
