import pytest

from ledger.anchor import Interval
from ledger.encoding import canonical
from ledger.errors import InvalidInput
from ledger.report import (
    OUTCOMES,
    UNKNOWN,
    Check,
    ClaimName,
    ExistedBy,
    Finding,
    Report,
    Trust,
    Verdict,
    outcomes,
)
from tests.ledger.factories import CHAIN, CONTRACT, word

FINDING = Finding(Check.INTEGRITY, "match", "the file is the work")
FULL = Report(
    verdict=Verdict.VERIFIED,
    summary="verified",
    work="sha256:" + "00" * 32,
    claim=ClaimName(word("id"), b"\1" * 20, 1),
    existed_by=ExistedBy(1, 4, Interval(1_700_000_000, 1_700_000_075)),
    findings=(FINDING,),
    trust=Trust(CHAIN, CONTRACT, word("code"), "a node", 7),
)
EMPTY = Report(Verdict.NOT_FOUND, "nothing", None, None, None, (), Trust())


def test_a_report_is_written_as_the_product_promises() -> None:
    assert FULL.to_json() == {
        "verdict": "verified",
        "exit_code": 0,
        "summary": "verified",
        "work": {"digest": "sha256:" + "00" * 32},
        "claim": {
            "id": "0x" + word("id").hex(),
            "author": "0x" + "01" * 20,
            "home_chain": 1,
        },
        "existed_by": {
            "chain_id": 1,
            "block": 4,
            "not_before": "2023-11-14T22:13:20Z",
            "not_after": "2023-11-14T22:14:35Z",
        },
        "findings": [{"check": "integrity", "outcome": "match", "message": "the file is the work"}],
        "trust": {
            "chain_id": 1,
            "genesis": "0x" + CHAIN.genesis.hex(),
            "contract": "0x" + CONTRACT.hex(),
            "code_hash": "0x" + word("code").hex(),
            "node": "a node",
            "index_reached": 7,
        },
    }
    canonical(FULL.to_json())


def test_what_is_not_known_is_null() -> None:
    said = EMPTY.to_json()
    assert (said["work"], said["claim"], said["existed_by"]) == (None, None, None)
    assert set(Trust().to_json().values()) == {None}
    timeless = ExistedBy(1, 4, None).to_json()
    assert (timeless["not_before"], timeless["not_after"]) == (None, None)


def test_a_finding_is_found_by_its_check() -> None:
    assert FULL.finding(Check.INTEGRITY) == FINDING
    assert FULL.finding(Check.KEY) is None
    assert outcomes(FULL.findings) == {Check.INTEGRITY: "match"}


def test_every_check_may_be_unknown_and_no_check_has_another_s_outcome() -> None:
    assert set(OUTCOMES) == set(Check)
    for check in Check:
        assert Finding(check, UNKNOWN, "could not be asked").outcome == UNKNOWN
        with pytest.raises(InvalidInput, match=f"an outcome that {check.value} has, got 'passed'"):
            Finding(check, "passed", "")


def test_each_exit_code_has_one_word() -> None:
    assert {int(verdict): verdict.word for verdict in Verdict} == {
        0: "verified",
        1: "failed",
        3: "pending",
        4: "not_found",
        5: "void",
        6: "earlier_claim",
        7: "reorganised",
        8: "unknown",
    }
