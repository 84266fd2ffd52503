"""Check 7, the grade: how the process was recorded, as far as the chain and the log can tell."""

from ..claim import NO_PROCESS
from ..digest import Digest
from ..disclosure import Disclosure, verify_disclosure
from ..facts import Facts, judge_log, shown_values
from ..report import Check, Finding
from ..signed import SignedClaim
from .evidence import Evidence

# "an earlier claim outweighs a later one only where its process is graded at least as high"
GRADES = ("absent", "reconstructed", "anchored_at_end", "recorded_live")


def check_process(evidence: Evidence) -> Finding | None:
    """Check 7: grade the record of the making; it speaks of the record, not of the outputs' age."""
    signed = evidence.signed
    if signed is None:
        return None
    if signed.claim.process == NO_PROCESS:
        return _process("absent", "no process log was claimed: record while you work")
    shown = evidence.disclosure
    if shown is None or not belongs(shown, signed):
        steps = _count(signed.claim.steps)
        return _process(
            "anchored_at_end",
            f"a log of {steps} was fixed with the claim, none of it is shown here: record while "
            "you work",
        )
    facts = judge_log(shown, Digest(signed.claim.work))
    if any(step.get("origin") == "imported" for step in shown_values(shown).values()):
        return _process("reconstructed", f"{_said(facts)}; the log says that it was imported later")
    return _process("anchored_at_end", f"{_said(facts)}: record while you work")


def belongs(shown: Disclosure, signed: SignedClaim) -> bool:
    """Say whether what is shown stands in the very log that the claim binds."""
    details = signed.details
    return (details is None or details.log in (None, shown.log_id)) and verify_disclosure(
        shown, signed.claim.process, signed.claim.steps
    )


def grade_of(signed: SignedClaim) -> str:
    """Return the grade of a claim of which nothing more is known than what it binds."""
    return "absent" if signed.claim.process == NO_PROCESS else "anchored_at_end"


def at_least(grade: str, other: str) -> bool:
    """Say whether a grade is at least as high as another."""
    return GRADES.index(grade) >= GRADES.index(other)


def _said(facts: Facts) -> str:
    said = f"{_count(facts.steps)}, {facts.discarded} discarded"
    if facts.shown < facts.steps:
        said += f" ({facts.shown} shown)"
    if facts.final_step is None:
        return f"{said}, none shown to end in the work"
    return f"{said}, the work is the output of step {facts.final_step + 1}"


def _count(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def _process(outcome: str, message: str) -> Finding:
    return Finding(Check.PROCESS, outcome, message)
