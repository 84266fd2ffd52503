"""The report: findings, the verdict that follows from them, and the trust it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, IntEnum

from .anchor import Interval
from .chain import ChainIdentity
from .encoding import Json, hex_of
from .errors import InvalidInput


class Check(Enum):
    """What is checked; docs/verification.md has the same list with the same numbers."""

    INTEGRITY = "integrity"
    SIGNATURE = "signature"
    KEY = "key"
    INCLUSION = "inclusion"
    FINALITY = "finality"
    CHAIN = "chain"
    PRIORITY = "priority"
    PROCESS = "process"
    AVAILABILITY = "availability"
    STANDING = "standing"


class Verdict(IntEnum):
    """The one answer; its number is the exit code of `sealbook verify`."""

    VERIFIED = 0
    FAILED = 1
    PENDING = 3
    NOT_FOUND = 4
    VOID = 5
    EARLIER_CLAIM = 6
    REORGANISED = 7
    UNKNOWN = 8

    @property
    def word(self) -> str:
        """The one word that goes with the exit code."""
        return self.name.lower()


UNKNOWN = "unknown"

OUTCOMES: Mapping[Check, frozenset[str]] = {
    Check.INTEGRITY: frozenset({"match", "mismatch", "malformed", UNKNOWN}),
    Check.SIGNATURE: frozenset({"valid", "invalid", UNKNOWN}),
    Check.KEY: frozenset(
        {"valid", "not_yet", "expired", "revoked_before", "revoked_after", UNKNOWN}
    ),
    Check.INCLUSION: frozenset({"proven", "pending", "not_found", "bad_proof", UNKNOWN}),
    Check.FINALITY: frozenset(
        {"unanchored", "included", "safe", "finalized", "reorganised", UNKNOWN}
    ),
    Check.CHAIN: frozenset({"public", "local", UNKNOWN}),
    Check.PRIORITY: frozenset(
        {"earliest_disclosed", "earlier_claim", "earlier_bare_claim", "same_batch", UNKNOWN}
    ),
    Check.PROCESS: frozenset(
        {"recorded_live", "anchored_at_end", "reconstructed", "absent", UNKNOWN}
    ),
    Check.AVAILABILITY: frozenset({"retrievable", "missing", UNKNOWN}),
    Check.STANDING: frozenset({"in_force", "withdrawn", "contested", UNKNOWN}),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome and a sentence that a creator understands."""

    check: Check
    outcome: str
    message: str

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES[self.check]:
            raise InvalidInput(
                f"expected an outcome that {self.check.value} has, got {self.outcome!r:.40}"
            )

    def to_json(self) -> Mapping[str, Json]:
        """Return the finding as its JSON object."""
        return {"check": self.check.value, "outcome": self.outcome, "message": self.message}


@dataclass(frozen=True, slots=True)
class ExistedBy:
    """By when the claim existed: the anchor's block and the interval of time that it gives."""

    chain_id: int
    block: int
    interval: Interval | None

    def to_json(self) -> Mapping[str, Json]:
        """Return it as its JSON object; times in UTC, null where no clock could be asked."""
        times = (
            (None, None)
            if self.interval is None
            else (_utc(self.interval.not_before), _utc(self.interval.not_after))
        )
        return {
            "chain_id": self.chain_id,
            "block": self.block,
            "not_before": times[0],
            "not_after": times[1],
        }


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the report believed: which chain, contract and code, and which node was asked."""

    chain: ChainIdentity | None = None
    contract: bytes | None = None
    code_hash: bytes | None = None
    node: str | None = None
    index_reached: int | None = None

    def to_json(self) -> Mapping[str, Json]:
        """Return the trust as its JSON object."""
        return {
            "chain_id": None if self.chain is None else self.chain.chain_id,
            "genesis": None if self.chain is None else hex_of(self.chain.genesis),
            "contract": None if self.contract is None else hex_of(self.contract),
            "code_hash": None if self.code_hash is None else hex_of(self.code_hash),
            "node": self.node,
            "index_reached": self.index_reached,
        }


@dataclass(frozen=True, slots=True)
class ClaimName:
    """Which claim was judged: its id, its author and the author's home chain."""

    id: bytes
    author: bytes
    home_chain: int

    def to_json(self) -> Mapping[str, Json]:
        """Return it as its JSON object."""
        return {
            "id": hex_of(self.id),
            "author": hex_of(self.author),
            "home_chain": self.home_chain,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, by check, and what follows from it."""

    verdict: Verdict
    summary: str
    work: str | None
    claim: ClaimName | None
    existed_by: ExistedBy | None
    findings: Sequence[Finding]
    trust: Trust

    def finding(self, check: Check) -> Finding | None:
        """Return the finding of one check; None if it was not made."""
        return next((one for one in self.findings if one.check is check), None)

    def to_json(self) -> Mapping[str, Json]:
        """Return the report as its JSON object: stable; new keys may be added."""
        return {
            "verdict": self.verdict.word,
            "exit_code": int(self.verdict),
            "summary": self.summary,
            "work": None if self.work is None else {"digest": self.work},
            "claim": None if self.claim is None else self.claim.to_json(),
            "existed_by": None if self.existed_by is None else self.existed_by.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "trust": self.trust.to_json(),
        }


def outcomes(findings: Iterable[Finding]) -> Mapping[Check, str]:
    """Return each finding's outcome by its check."""
    return {finding.check: finding.outcome for finding in findings}


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
