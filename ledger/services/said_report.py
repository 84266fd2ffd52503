"""A report as a server says it: read with care, judged anew by its findings, and marked."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ..anchor import Interval
from ..digest import Digest
from ..encoding import Json
from ..errors import InvalidInput, ServerUnreachable
from ..fields import Fields
from ..policy import Policy
from ..report import OUTCOMES, Check, ClaimName, ExistedBy, Finding, Report, Trust, outcomes
from ..verification.verdict import verdict_of

MAX_TEXT = 2000  # bytes of a sentence; ours have 300
MAX_FINDINGS = 64  # there are ten checks; later versions may have more
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_KNOWN = {check.value: check for check in Check}


def read_report(value: Json, server: str, policy: Policy) -> Report:
    """Read a report's JSON; the verdict follows from its findings and one's own policy.

    Its trust is the server alone. ServerUnreachable if it is no report.
    """
    try:
        return _read(Fields(value, "report", InvalidInput), server, policy)
    except (InvalidInput, ValueError) as cause:
        raise ServerUnreachable(f"expected a report from {server}, got: {cause}") from cause


def _read(fields: Fields, server: str, policy: Policy) -> Report:
    findings = _findings(fields.items("findings", MAX_FINDINGS))
    trust = fields.fields("trust")
    reached = trust.take("index_reached")
    work, claim = fields.take("work"), fields.take("claim")
    mark = f"not recomputed: said by {server}"
    return Report(
        verdict=verdict_of(outcomes(findings), policy),
        summary=f"{_shown(fields.text('summary', MAX_TEXT))} {mark[0].upper()}{mark[1:]}.",
        work=None if work is None else _digest(work),
        claim=None if claim is None else _claim(claim),
        existed_by=_existed_by(fields.take("existed_by")),
        findings=findings,
        trust=Trust(
            node=mark, index_reached=None if reached is None else trust.number("index_reached")
        ),
    )


def _findings(values: Sequence[Json]) -> Sequence[Finding]:
    found: dict[Check, Finding] = {}
    for value in values:
        fields = Fields(value, "finding", InvalidInput)
        check = _KNOWN.get(fields.text("check", 64))
        if check is None:
            continue  # a later version's
        outcome = fields.text("outcome", 64)
        if outcome not in OUTCOMES[check] or check in found:
            raise InvalidInput(f"finding: expected one known outcome of {check.value}")
        found[check] = Finding(check, outcome, _shown(fields.text("message", MAX_TEXT)))
    return tuple(found.values())


def _digest(value: Json) -> str:
    return str(Digest.parse(Fields(value, "work", InvalidInput).text("digest", 80)))


def _claim(value: Json) -> ClaimName:
    fields = Fields(value, "claim", InvalidInput)
    return ClaimName(
        fields.binary("id", 32), fields.binary("author", 20), fields.number("home_chain", 1)
    )


def _existed_by(value: Json) -> ExistedBy | None:
    if value is None:
        return None
    fields = Fields(value, "existed_by", InvalidInput)
    times = (fields.take("not_before"), fields.take("not_after"))
    interval = None if None in times else Interval(*(map(_seconds, times)))
    return ExistedBy(fields.number("chain_id"), fields.number("block"), interval)


def _seconds(value: Json) -> int:
    if not isinstance(value, str):
        raise InvalidInput("existed_by: expected a time like 2026-01-01T00:00:00Z")
    return int(datetime.strptime(value, _TIME).replace(tzinfo=UTC).timestamp())


def _shown(text: str) -> str:
    """Return a stranger's sentence without what a terminal would obey."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
