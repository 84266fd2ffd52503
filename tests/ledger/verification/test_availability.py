"""Availability: what is said when somebody, nobody, or only this computer has the manifest."""

import pytest

from ledger.verification.availability import THIS_COMPUTER, Availability, judged

DOWN = ("node.example", "no answer within 10 s")


@pytest.mark.parametrize(
    ("availability", "outcome", "message"),
    [
        (
            Availability(found=[THIS_COMPUTER]),
            "retrievable",
            "only this computer is known to have the manifest",
        ),
        (
            Availability(found=(THIS_COMPUTER,), lacking=("a", "b"), unasked=(DOWN,)),
            "retrievable",
            (
                "only this computer is known to have the manifest, not from a and b; node.example "
                "could not be asked: no answer within 10 s"
            ),
        ),
        (
            Availability(found=(THIS_COMPUTER, "node.example", "gateway.example")),
            "retrievable",
            "the whole manifest can be had from this computer, node.example and gateway.example",
        ),
        (
            Availability(found=("gateway.example",), lacking=(THIS_COMPUTER,)),
            "retrievable",
            "the whole manifest can be had from gateway.example, not from this computer",
        ),
        (
            Availability(lacking=(THIS_COMPUTER, "gateway.example")),
            "missing",
            (
                "the manifest was not to be had, not from this computer and gateway.example; the "
                "receipt stands without it"
            ),
        ),
        (
            Availability(lacking=(THIS_COMPUTER,), unasked=(DOWN, ("a", "x" * 500))),
            "unknown",
            "the manifest was not to be had, not from this computer; node.example could not be "
            "asked: no answer within 10 s; a could not be asked: " + "x" * 160,
        ),
        (
            Availability(unasked=(DOWN,)),
            "unknown",
            (
                "the manifest was not to be had; node.example could not be asked: no answer within "
                "10 s"
            ),
        ),
    ],
)
def test_a_manifest_that_was_asked_for_is_judged_by_who_gave_it(
    availability: Availability, outcome: str, message: str
) -> None:
    finding = judged(availability)
    assert (finding.outcome, finding.message) == (outcome, message)


def test_nobody_asked_and_nobody_has_it_is_missing() -> None:
    assert judged(Availability()).outcome == "missing"
