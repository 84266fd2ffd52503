"""Check 9, priority: of the disclosed claims on this work, whose was anchored first.

First anchored never means author: anyone can anchor a stranger's published image first, so an
earlier claim outweighs this one only where its process is graded at least as high.
"""

from typing import TYPE_CHECKING

from ..anchor import ClockRule, Moment, Order
from ..key import KeyState, withdrawn_at
from ..report import UNKNOWN, Check, Finding
from ..signed import SignedClaim
from .claim_checks import state_of, wallet_unasked
from .evidence import Evidence, IndexEvidence, Rival
from .grade import at_least, grade_of

if TYPE_CHECKING:
    from ..placed import PlacedClaim

_GOOD = (KeyState.VALID, KeyState.REVOKED_AFTER)


def check_priority(evidence: Evidence, grade: str) -> Finding | None:
    """Check 9: weigh the other claims on the work against this one, whose grade is given."""
    signed, index = evidence.signed, evidence.index
    if signed is None:
        return None
    if index is None:
        return _priority(UNKNOWN, "no index was asked for other claims on this work")
    mine = next((one for one in index.rivals if one.placed.signed.id == signed.id), None)
    if mine is None:
        return _priority(UNKNOWN, f"the index does not hold this claim yet ({_scope(index)})")
    others = [one for one in index.rivals if _another_author(one.placed.signed, signed)]
    standing = [one for one in others if _counts(one)]
    # those of which it is not known whether they count, or which of the two was first
    undecided = [one for one in others if _counts(one) is None and _may_precede(one, mine)]
    undecided += [one for one in standing if _order(one, mine) is Order.UNKNOWN]
    earlier = [one for one in standing if _order(one, mine) is Order.EARLIER]
    outweighing = [
        one for one in earlier if at_least(grade_of(one.placed.signed), _weighed(grade, signed))
    ]
    if outweighing:
        return _priority("earlier_claim", f"{_who(outweighing[0])} ({_scope(index)})")
    if earlier:
        return _priority(
            "earlier_bare_claim",
            f"{_who(earlier[0])}, with a lower grade of process: it does not outweigh this one "
            f"({_scope(index)})",
        )
    if undecided:
        return _priority(
            UNKNOWN,
            f"{_who(undecided[0])}; whether it counts, and was earlier, can't be told here "
            f"({_scope(index)})",
        )
    if any(_order(one, mine) is Order.SAME_BLOCK for one in standing):
        return _priority(
            "same_batch",
            f"another author's claim is in the same block, where nobody is first ({_scope(index)})",
        )
    block = mine.placed.anchored.anchor.block_number
    return _priority("earliest_disclosed", f"earliest disclosed at block {block} ({_scope(index)})")


def moment_of(placed: "PlacedClaim", rule: ClockRule) -> Moment:
    """Return when a placed claim was anchored, as far as its chain can tell."""
    anchored = placed.anchored
    return Moment(placed.chain, anchored.anchor.block_number, rule.interval(anchored.timestamp))


def _order(one: Rival, mine: Rival) -> Order:
    return moment_of(one.placed, one.rule).order(moment_of(mine.placed, mine.rule))


def _another_author(other: SignedClaim, mine: SignedClaim) -> bool:
    # an author is (home chain, address): elsewhere the address may be somebody else's wallet
    return (other.home, other.claim.author) != (mine.home, mine.claim.author)


def _may_precede(one: Rival, mine: Rival) -> bool:
    return _order(one, mine) in (Order.EARLIER, Order.UNKNOWN)


def _counts(rival: Rival) -> bool | None:
    """Say whether a claim is verified and in force; None if that can't be asked.

    Its key was good when it was anchored, and it was not withdrawn.
    """
    signed, keys = rival.placed.signed, rival.keys
    if keys is None:
        return None
    if withdrawn_at(keys.events, signed.claim.author, signed.id) is not None:
        return False
    return None if wallet_unasked(signed, keys) else state_of(signed, keys) in _GOOD


def _weighed(grade: str, signed: SignedClaim) -> str:
    return grade_of(signed) if grade == UNKNOWN else grade


def _who(rival: Rival) -> str:
    placed = rival.placed
    return (
        f"0x{placed.signed.claim.author.hex()} claimed it at block "
        f"{placed.anchored.anchor.block_number}"
    )


def _scope(index: IndexEvidence) -> str:
    counts = index.counts
    ledgers = "1 ledger" if counts.ledgers == 1 else f"{counts.ledgers} ledgers"
    return (
        f"index at block {index.reached}; {ledgers} followed, {counts.closed} closed "
        f"commitments, {counts.missing_manifests} missing manifests"
    )


def _priority(outcome: str, message: str) -> Finding:
    return Finding(Check.PRIORITY, outcome, message)
