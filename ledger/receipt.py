"""The receipt: a signed claim, its place in a ledger, and where that ledger was anchored.

Portable: whoever holds it, and can ask a chain, needs nobody else. docs/receipt.md is its format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from .anchor import MAX_MANIFEST_CID, Anchor
from .chain import HASH_BYTES
from .checkpoint import MAX_SIZE, Checkpoint
from .encoding import Json, canonical, hex_of, parse_canonical
from .errors import InvalidReceipt, LedgerError, LimitExceeded
from .fields import Fields
from .leaf import Leaf
from .merkle import verify_inclusion
from .signed import SignedClaim
from .state_trie import MAX_NODE

VERSION = 1
# The longest receipt has 0.8 MB: 64 KiB of details, 63 hashes of proof, 5 · 64 nodes in hex.
MAX_BYTES = 1024 * 1024
MAX_PROOF = 63  # hashes: a tree of 2^63 leaves
MAX_ANCHORS = 16  # one a chain; nobody anchors one checkpoint on more
MAX_HEADER = 4096  # bytes: a header has about 600, a rollup's some more
MAX_PROOF_NODES = 64  # a state trie is at most 64 nibbles deep


_PROOFS = ("ledgers", "root", "accumulator", "keys", "history")


@dataclass(frozen=True, slots=True)
class StateProof:
    """That the anchor block's state holds the anchor, and what it held of the author's keys.

    Raw header, then account and storage proofs (lists of RLP nodes, EIP-1186): of the Ledgers
    contract, the checkpoint's root and the ledger's accumulator; of AuthorKeys and the author's
    history (both lists empty when the home chain is another). `before` is the accumulator before
    the anchor and `manifest` its manifest's binary CID: with checkpoint and block time they make
    the accumulator. By it a receipt is checked offline against a block hash that the reader trusts.
    """

    header: bytes
    ledgers: tuple[bytes, ...]
    root: tuple[bytes, ...]
    accumulator: tuple[bytes, ...]
    before: bytes
    manifest: bytes
    keys: tuple[bytes, ...] = ()
    history: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.header) <= MAX_HEADER:
            raise InvalidReceipt(f"expected a header of 1 to {MAX_HEADER} bytes")
        if len(self.before) != HASH_BYTES:
            raise InvalidReceipt(f"expected an accumulator before of {HASH_BYTES} bytes")
        if not 0 < len(self.manifest) <= MAX_MANIFEST_CID:
            raise InvalidReceipt(f"expected a manifest's CID of 1 to {MAX_MANIFEST_CID} bytes")
        for name in _PROOFS:
            nodes: tuple[bytes, ...] = getattr(self, name)
            if len(nodes) > MAX_PROOF_NODES or not all(0 < len(node) <= MAX_NODE for node in nodes):
                raise InvalidReceipt(
                    f"expected at most {MAX_PROOF_NODES} nodes of 1 to {MAX_NODE} bytes in {name}"
                )

    def to_json(self) -> Mapping[str, Json]:
        """Return the state proof as its JSON object."""
        return {
            "before": hex_of(self.before),
            "header": hex_of(self.header),
            "manifest": hex_of(self.manifest),
            **{name: [hex_of(node) for node in getattr(self, name)] for name in _PROOFS},
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the state proof from its JSON object."""
        fields = Fields(value, "state proof", InvalidReceipt)
        proof = cls(
            header=fields.binary("header", 1, MAX_HEADER),
            ledgers=_nodes(fields, "ledgers"),
            root=_nodes(fields, "root"),
            accumulator=_nodes(fields, "accumulator"),
            before=fields.binary("before", HASH_BYTES),
            manifest=fields.binary("manifest", 1, MAX_MANIFEST_CID),
            keys=_nodes(fields, "keys"),
            history=_nodes(fields, "history"),
        )
        fields.done()
        return proof


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A leaf's place: its index, the checkpoint that holds it, and the proof (RFC 9162 §2.1.3)."""

    index: int
    checkpoint: Checkpoint
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.checkpoint.size:
            raise InvalidReceipt(
                f"expected a leaf index below the size {self.checkpoint.size}, got {self.index}"
            )
        if len(self.proof) > MAX_PROOF:
            raise InvalidReceipt(f"expected at most {MAX_PROOF} hashes in an inclusion proof")
        if any(len(node) != HASH_BYTES for node in self.proof):
            raise InvalidReceipt(f"expected hashes of {HASH_BYTES} bytes in an inclusion proof")

    def proves(self, leaf_hash: bytes) -> bool:
        """Say whether the proof leads from this leaf hash to the checkpoint's root."""
        return verify_inclusion(
            leaf_hash, self.index, self.checkpoint.size, list(self.proof), self.checkpoint.root
        )

    def to_json(self) -> Mapping[str, Json]:
        """Return the inclusion as its JSON object."""
        return {
            "index": self.index,
            "ledger": hex_of(self.checkpoint.ledger),
            "proof": [hex_of(node) for node in self.proof],
            "root": hex_of(self.checkpoint.root),
            "size": self.checkpoint.size,
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the inclusion from its JSON object."""
        fields = Fields(value, "inclusion", InvalidReceipt)
        inclusion = cls(
            index=fields.number("index", 0),
            checkpoint=Checkpoint(
                ledger=fields.binary("ledger", HASH_BYTES),
                size=fields.number("size", 1, MAX_SIZE),
                root=fields.binary("root", HASH_BYTES),
            ),
            proof=tuple(
                fields.as_bytes(node, "proof", HASH_BYTES)
                for node in fields.items("proof", MAX_PROOF)
            ),
        )
        fields.done()
        return inclusion


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed claim with its details; no inclusion and no anchors while it waits."""

    signed: SignedClaim
    inclusion: Inclusion | None = None
    anchors: tuple[Anchor, ...] = ()
    evidence: StateProof | None = None

    def __post_init__(self) -> None:
        if self.signed.details is None:
            raise InvalidReceipt("expected a receipt to hold the claim's details")
        if self.inclusion is None and (self.anchors or self.evidence is not None):
            raise InvalidReceipt("expected an inclusion in a receipt that has anchors or evidence")
        if self.evidence is not None and not self.anchors:
            raise InvalidReceipt("expected an anchor in a receipt that has evidence")
        if len(self.anchors) > MAX_ANCHORS:
            raise InvalidReceipt(f"expected at most {MAX_ANCHORS} anchors")
        chains = [(anchor.chain_id, anchor.genesis) for anchor in self.anchors]
        if chains != sorted(set(chains)):  # so that one receipt has one encoding
            raise InvalidReceipt("expected one anchor a chain, ordered by chain id and genesis")

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the leaf that commits to the signed claim."""
        return Leaf.of(self.signed).hash

    def anchored(self, inclusion: Inclusion, anchor: Anchor) -> Self:
        """Return the receipt with its place and an anchor."""
        return replace(self, inclusion=inclusion, anchors=(anchor,))

    def encode(self) -> bytes:
        """Return the canonical bytes and a final line feed."""
        said: dict[str, Json] = {
            "anchors": [anchor.to_json() for anchor in self.anchors],
            "inclusion": None if self.inclusion is None else self.inclusion.to_json(),
            "signed": self.signed.to_json(),
            "version": VERSION,
        }
        if self.evidence is not None:
            said["evidence"] = self.evidence.to_json()
        return canonical(said) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a receipt from just the bytes that `encode` writes; InvalidReceipt otherwise.

        LimitExceeded when there are too many of them to look.
        """
        if len(data) > MAX_BYTES:
            raise LimitExceeded(f"expected a receipt of at most {MAX_BYTES} bytes, got {len(data)}")
        if not data.endswith(b"\n"):
            raise InvalidReceipt("not a receipt: expected a line feed at the end; it was cut off")
        try:
            return cls.from_json(parse_canonical(data[:-1], MAX_BYTES))
        except LedgerError as cause:
            raise InvalidReceipt(f"not a receipt: {cause}") from cause

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read a receipt from its JSON object; every field is checked, unknown ones refused."""
        fields = Fields(value, "receipt", InvalidReceipt)
        fields.number("version", VERSION, VERSION)
        inclusion = fields.take("inclusion")
        receipt = cls(
            signed=SignedClaim.from_json(fields.take("signed")),
            inclusion=None if inclusion is None else Inclusion.from_json(inclusion),
            anchors=tuple(map(Anchor.from_json, fields.items("anchors", MAX_ANCHORS))),
            evidence=(
                StateProof.from_json(fields.take("evidence")) if fields.has("evidence") else None
            ),
        )
        fields.done()
        return receipt


def _nodes(fields: Fields, name: str) -> tuple[bytes, ...]:
    return tuple(
        fields.as_bytes(node, name, 1, MAX_NODE) for node in fields.items(name, MAX_PROOF_NODES)
    )
