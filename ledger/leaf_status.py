"""How a leaf hash stands in a ledger: its index, and its anchor with the proof once it has one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from .anchor import Anchor
from .chain import HASH_BYTES
from .encoding import Json, hex_of
from .errors import InvalidReceipt
from .fields import Fields
from .receipt import Inclusion, StateProof

PENDING, ANCHORED = "pending", "anchored"
UNANCHORED: Final = "unanchored"
FINALIZED: Final = "finalized"
FINALITIES = (UNANCHORED, "included", "safe", FINALIZED, "reorganised")


@dataclass(frozen=True, slots=True)
class LeafStatus:
    """What a ledger's keeper says of a leaf hash; the leaf's owner makes a receipt of it.

    `finality` is one of FINALITIES: how firm the anchor's block is, by the chain's own rule.
    `evidence` is there only where the keeper knows the claim, and kept state proofs of the anchor.
    """

    leaf_hash: bytes
    index: int
    inclusion: Inclusion | None = None
    anchor: Anchor | None = None
    finality: str = UNANCHORED
    evidence: StateProof | None = None

    def __post_init__(self) -> None:
        if len(self.leaf_hash) != HASH_BYTES:
            raise InvalidReceipt(f"expected a leaf hash of 32 bytes, got {len(self.leaf_hash)}")
        if self.finality not in FINALITIES:
            raise InvalidReceipt(f"expected a finality of {', '.join(FINALITIES)}")
        if (self.inclusion is None) != (self.anchor is None):
            raise InvalidReceipt("expected an inclusion with its anchor, or neither")
        if self.anchor is None and self.evidence is not None:
            raise InvalidReceipt("expected an anchor in a leaf status that has evidence")
        if (self.anchor is None) != (self.finality == UNANCHORED):
            raise InvalidReceipt("expected an anchored leaf to have a finality, and no other")
        if self.inclusion is not None and self.inclusion.index != self.index:
            raise InvalidReceipt("expected the inclusion to be that of the leaf's index")

    @property
    def final(self) -> bool:
        """Whether the anchor stays: only then is a claim shown to anybody."""
        return self.finality == FINALIZED

    def to_json(self) -> Mapping[str, Json]:
        """Return the status as its JSON object."""
        return {
            **({} if self.evidence is None else {"evidence": self.evidence.to_json()}),
            "anchor": None if self.anchor is None else self.anchor.to_json(),
            "finality": self.finality,
            "inclusion": None if self.inclusion is None else self.inclusion.to_json(),
            "index": self.index,
            "leaf_hash": hex_of(self.leaf_hash),
            "status": PENDING if self.anchor is None else ANCHORED,
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the status from its JSON object; unknown fields are passed over, as of a server."""
        fields = Fields(value, "leaf status", InvalidReceipt)
        inclusion, anchor = fields.take("inclusion"), fields.take("anchor")
        return cls(
            leaf_hash=fields.binary("leaf_hash", HASH_BYTES),
            index=fields.number("index"),
            inclusion=None if inclusion is None else Inclusion.from_json(inclusion),
            anchor=None if anchor is None else Anchor.from_json(anchor),
            finality=fields.text("finality", 16),
            evidence=(
                StateProof.from_json(fields.take("evidence")) if fields.has("evidence") else None
            ),
        )
