"""The verdict: the first that holds, in the order 1, 7, 5, 6, 8, 4, 3, 0.

A known no outranks an unknown. Gaps in what others disclosed never change it.
"""

from collections.abc import Mapping

from ..policy import Policy
from ..report import UNKNOWN, Check, Verdict

REQUIRED = (
    Check.INTEGRITY,
    Check.SIGNATURE,
    Check.KEY,
    Check.INCLUSION,
    Check.FINALITY,
    Check.STANDING,
)
_FAILED = {
    (Check.INTEGRITY, "mismatch"),
    (Check.INTEGRITY, "malformed"),
    (Check.SIGNATURE, "invalid"),
    (Check.INCLUSION, "bad_proof"),
}
_VOID = {
    (Check.KEY, "not_yet"),
    (Check.KEY, "expired"),
    (Check.KEY, "revoked_before"),
    (Check.STANDING, "withdrawn"),
}


def verdict_of(found: Mapping[Check, str], policy: Policy) -> Verdict:
    """Return the verdict that follows from the outcomes, by check."""
    pairs = set(found.items())
    if pairs & _FAILED:
        return Verdict.FAILED
    if found.get(Check.FINALITY) == "reorganised":
        return Verdict.REORGANISED
    if pairs & _VOID:
        return Verdict.VOID
    if found.get(Check.PRIORITY) == "earlier_claim":
        return Verdict.EARLIER_CLAIM
    if any(found.get(check) == UNKNOWN for check in REQUIRED):
        return Verdict.UNKNOWN
    if found.get(Check.INCLUSION, "not_found") == "not_found":
        return Verdict.NOT_FOUND
    if not found.keys() >= set(REQUIRED[1:]):  # integrity only when there was a file to compare
        return Verdict.UNKNOWN
    if found[Check.INCLUSION] == "pending" or not policy.final_enough(found[Check.FINALITY]):
        return Verdict.PENDING
    return Verdict.VERIFIED
