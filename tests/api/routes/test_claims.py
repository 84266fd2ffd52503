import pytest

from ledger.encoding import hex_of
from ledger.leaf import Disclosed, Leaf
from ledger.receipt import Receipt
from ledger.signed import SignedClaim
from tests.api.asking import Api
from tests.ledger.factories import author_key, word


def sealed(api: Api, *claims: SignedClaim) -> None:
    """See the claims' leaves final, without showing them."""
    api.commit(claims)
    api.anchor()


def test_a_claim_is_disclosed_once_its_leaf_is_final(api: Api) -> None:
    signed = api.claim("lantern")
    sealed(api, signed)
    api.get(f"/v1/claims/{hex_of(signed.id)}", 404)
    answer = api.show([signed])
    leaf_hash = hex_of(Leaf.of(signed).hash)
    assert answer == {"claims": [{"id": hex_of(signed.id), "leaf_hash": leaf_hash, "index": 0}]}
    api.anchor()
    found = api.get(f"/v1/claims/{hex_of(signed.id)}")
    assert found["signed"] == signed.to_json()
    assert (found["leaf_hash"], found["inclusion"]["index"]) == (leaf_hash, 0)
    assert found["chain"]["local"] is True
    assert found["existed_by"]["not_after"].endswith("Z")


def test_a_blank_leaf_carries_disclosures_when_no_leaves_come(api: Api) -> None:
    signed = api.claim("lantern")
    sealed(api, signed)
    api.anchor()
    assert api.served.queue.size() == 1  # nothing is owed: nothing is added
    api.show([signed])
    api.anchor()
    api.anchor()
    assert api.served.queue.size() == 2
    assert api.served.queue.leaves(1, 2)[0].signed is None


def test_a_claim_whose_leaf_is_not_final_is_refused_with_the_reason(api: Api) -> None:
    signed = api.claim("lantern")
    api.commit([signed])
    problem = api.show([signed], 409)
    assert problem["type"] == "urn:sealbook:problem:not-final"
    assert problem["title"] == "Commit before you show"
    assert "could still be first" in problem["detail"]
    api.anchor()
    assert api.served.queue.leaves(0, 1)[0].signed is None  # nothing was kept of it


def test_a_claim_whose_leaf_was_never_sent_is_refused(api: Api) -> None:
    signed = api.claim("lantern")
    problem = api.show([signed], 404)
    assert "send the leaf hash first" in problem["detail"]
    assert api.served.queue.size() == 0


def test_one_claim_that_is_too_early_keeps_all_of_a_request_out(api: Api) -> None:
    early, late = api.claim("early"), api.claim("late")
    sealed(api, early)
    api.commit([late], "key-2")
    api.show([early, late], 409)
    assert api.served.queue.leaves(0, 2) == [
        Disclosed(Leaf.of(early).hash),
        Disclosed(Leaf.of(late).hash),
    ]


def test_a_claim_in_clear_is_sealed_without_a_leaf_hash_before(api: Api) -> None:
    signed = api.claim("lantern")
    assert api.show([signed], in_clear=True)["claims"][0]["index"] == 0
    api.anchor()
    assert api.get(f"/v1/claims/{hex_of(signed.id)}")["signed"] == signed.to_json()
    assert api.served.queue.size() == 1


def test_the_receipt_of_a_disclosed_claim_verifies(api: Api) -> None:
    signed = api.claim("lantern")
    api.show([signed], in_clear=True)
    api.anchor()
    answer = api.ask("GET", f"/v1/claims/{hex_of(signed.id)}/receipt")
    receipt = Receipt.decode(answer.content)
    assert receipt.signed == signed
    report = api.post("/v1/verify", {"receipt": answer.text}, 200)
    assert (report["verdict"], report["exit_code"]) == ("verified", 0)


def test_an_unknown_claim_is_missing(api: Api) -> None:
    for path in ("", "/receipt"):
        problem = api.get(f"/v1/claims/{hex_of(word('none'))}{path}", 404)
        assert problem["type"] == "urn:sealbook:problem:claim-missing"


def test_a_thief_who_saw_a_leaf_hash_cannot_disclose_it_as_theirs(api: Api) -> None:
    mine = api.claim("lantern", work=word("the work"))
    sealed(api, mine)
    theirs = api.claim("lantern", "mallory", work=word("the work"))
    problem = api.show([theirs], 404)
    assert hex_of(Leaf.of(theirs).hash) in problem["detail"]


@pytest.mark.parametrize("in_clear", [False, True])
def test_a_signature_by_a_strangers_key_is_refused(api: Api, in_clear: bool) -> None:
    forged = api.claim("lantern", signer=author_key("mallory"))
    sealed(api, forged)
    problem = api.show([forged], 422, in_clear=in_clear)
    assert problem["type"] == "urn:sealbook:problem:invalid-signature"


def test_a_second_signature_on_a_claim_is_another_leaf_and_is_refused(api: Api) -> None:
    signed = api.claim("lantern")
    api.show([signed], in_clear=True)
    high = {**signed.to_json(), "signature": hex_of(_high_s(signed.signature))}
    body = {"claims": [high], "in_clear": True}
    problem = api.post("/v1/claims", body, 422)
    assert problem["type"] == "urn:sealbook:problem:invalid-signature"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("details", None),
        ("details", {}),
        ("details", {"version": 1, "media_type": "image/png", "size": 1}),
        ("signature", "0x"),
        ("signature", "0x" + "00" * 2000),
        ("home", {"chain_id": 0, "contract": "0x" + "00" * 20}),
        ("claim", {}),
        ("extra", 1),
    ],
)
def test_what_is_no_signed_claim_is_refused(api: Api, field: str, value: object) -> None:
    claim = {**api.claim("lantern").to_json(), field: value}
    api.post("/v1/claims", {"claims": [claim], "in_clear": True}, 422)
    assert api.served.queue.size() == 0


def test_in_clear_is_said_by_a_boolean_and_nothing_else(api: Api) -> None:
    api.show([api.claim("lantern")], 422, in_clear="true")
    api.show([api.claim("lantern")], 422, in_clear=1)


def test_many_claims_are_disclosed_at_once(api: Api) -> None:
    claims = [api.claim(f"claim {number}") for number in range(300)]
    sealed(api, *claims)
    answer = api.show(claims)
    assert [row["index"] for row in answer["claims"]] == list(range(300))
    api.anchor()
    assert api.get(f"/v1/claims/{hex_of(claims[299].id)}")["inclusion"]["index"] == 299


def _high_s(signature: bytes) -> bytes:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = order - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([signature[64] ^ 7])
