from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.claim import MAX_STATEMENT, NO_PROCESS, STATEMENT, Claim
from ledger.encoding import MAX_NUMBER
from ledger.errors import InvalidClaim
from tests.ledger.domain_factories import addresses, claim_of, words

CLAIM = claim_of(process=b"\1" * 32, steps=3).claim

claims = st.builds(
    Claim,
    author=addresses,
    work=words,
    process=words.filter(any),
    steps=st.integers(1, MAX_NUMBER),
    details=words,
    salt=words,
    statement=st.text(st.sampled_from("I made this. 我是作者 é🏮"), min_size=1, max_size=99),
)


@given(claim=claims)
def test_a_claim_reads_back_as_it_was_written(claim: Claim) -> None:
    assert Claim.from_json(claim.to_json()) == claim


def test_a_claim_without_a_process_has_no_steps() -> None:
    assert Claim.from_json(replace(CLAIM, process=NO_PROCESS, steps=0).to_json()).steps == 0


@pytest.mark.parametrize(
    "change",
    [
        {"author": bytes(19)},
        {"author": bytes(21)},
        {"work": bytes(31)},
        {"process": b"\1" * 33},
        {"details": b""},
        {"salt": bytes(31)},
        {"steps": -1},
        {"steps": MAX_NUMBER + 1},
        {"steps": 0},
        {"process": NO_PROCESS},
        {"statement": ""},
        {"statement": "a" * (MAX_STATEMENT + 1)},
        {"statement": "作" * (MAX_STATEMENT // 3 + 1)},
    ],
)
def test_a_claim_that_breaks_a_rule_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidClaim, match="expected"):
        replace(CLAIM, **change)


HIDDEN = (
    *(*range(32), *range(0x7F, 0xA1), 0xAD, 0x61C, 0x115F, 0x1160, 0x1680, 0x180E),
    *(*range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070), 0x3000, 0x3164),
    *(0xD800, 0xDFFF, 0xE000, 0xF8FF, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFE, 0xFFFF),
    *(0xE0001, 0xE0020, 0xE007F, 0xF0000, 0x10FFFF),
)


def test_a_statement_holds_nothing_that_does_not_show() -> None:
    for point in HIDDEN:
        with pytest.raises(InvalidClaim, match="characters that do not show"):
            replace(CLAIM, statement=f"mine{chr(point)}")


def test_a_statement_may_hold_what_later_unicode_versions_name() -> None:
    # unassigned in Python 3.11's tables, assigned in 3.14's: both must read the same manifests
    for point in (0x1C89, 0x2FFC, 0x1FAE9):
        assert replace(CLAIM, statement=f"mine {chr(point)}").statement[-1] == chr(point)
    assert len(replace(CLAIM, statement="a" * MAX_STATEMENT).statement) == MAX_STATEMENT
    assert STATEMENT.isascii()


@pytest.mark.parametrize("name", sorted(CLAIM.to_json()))
def test_every_field_of_a_claim_must_be_there_and_be_of_its_type(name: str) -> None:
    said = dict(CLAIM.to_json())
    wrong: Any
    for wrong in (None, True, 1.5, [], {}, "0X" + "00" * 32, "0x0"):
        if not (name == "statement" and isinstance(wrong, str)):
            with pytest.raises(InvalidClaim):
                Claim.from_json({**said, name: wrong})
    del said[name]
    with pytest.raises(InvalidClaim, match=f"expected {name} to be there"):
        Claim.from_json(said)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidClaim, match="unknown field 'created_at'"):
        Claim.from_json({**CLAIM.to_json(), "created_at": 1})
