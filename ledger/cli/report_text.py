"""A report as a person reads it: the verdict first, then what was found, in words."""

from ..report import Check, Report, Verdict

_WORDS = {
    Verdict.VERIFIED: "VERIFIED",
    Verdict.FAILED: "FAILED",
    Verdict.PENDING: "PENDING",
    Verdict.NOT_FOUND: "NOT FOUND",
    Verdict.VOID: "VOID",
    Verdict.EARLIER_CLAIM: "EARLIER CLAIM",
    Verdict.REORGANISED: "REORGANISED",
    Verdict.UNKNOWN: "UNKNOWN",
}


def headline(report: Report) -> str:
    """Return the first line: the word, the exit code, by when the claim existed."""
    local = report.finding(Check.CHAIN)
    mark = " (LOCAL CHAIN)" if local is not None and local.outcome == "local" else ""
    line = f"{_WORDS[report.verdict]} (exit {int(report.verdict)})"
    by = report.existed_by
    if by is None:
        return line + mark
    said = by.to_json()["not_after"]
    when = f"{said}, " if said else ""
    return f"{line} existed by {when}block {by.block} of chain {by.chain_id}{mark}"


def report_text(report: Report) -> str:
    """Return the whole report for a terminal."""
    lines = [headline(report), f"  {report.summary}"]
    if report.work is not None:
        lines.append(f"  work          {report.work}")
    if report.claim is not None:
        lines.append(f"  claim         0x{report.claim.id.hex()}")
        lines.append(
            f"  author        0x{report.claim.author.hex()} on chain {report.claim.home_chain} "
            "(a pseudonym)"
        )
    lines += [f"  {one.check.value:<13} {one.outcome:<18} {one.message}" for one in report.findings]
    trust = report.trust
    if trust.node is not None:
        lines.append(f"  asked         {trust.node}")
    if trust.chain is not None:
        lines.append(
            f"  trust         chain {trust.chain.chain_id}, genesis 0x{trust.chain.genesis.hex()}, "
            f"contract {_hex(trust.contract)}, code {_hex(trust.code_hash)}"
        )
    return "\n".join(lines)


def _hex(value: bytes | None) -> str:
    return "not asked" if value is None else f"0x{value.hex()}"


def clock_headline(report: Report) -> str:
    """Return the first line in short: the time of day only, for a report of this moment."""
    local = report.finding(Check.CHAIN)
    mark = " (LOCAL CHAIN)" if local is not None and local.outcome == "local" else ""
    line = f"{_WORDS[report.verdict]} (exit {int(report.verdict)})"
    by = report.existed_by
    if by is None:
        return line + mark
    said = str(by.to_json()["not_after"] or "")
    when = f"{said.partition('T')[2]}, " if said else ""
    return f"{line} existed by {when}block {by.block}{mark}"
