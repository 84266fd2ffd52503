"""The wire models: what is sent and answered as JSON. Domain types check everything again."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ledger.encoding import MAX_NUMBER

MOST = 1_000  # leaf hashes, claims or questions in one request

Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$", description="32 bytes: 0x and hex")]
Address = Annotated[str, Field(pattern="^0x[0-9a-f]{40}$", description="20 bytes: 0x and hex")]
DigestText = Annotated[
    str, Field(max_length=80, description="sha256: and 64 lower-case hex digits (or just these)")
]
Number = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Finality = Literal["unanchored", "included", "safe", "finalized", "reorganised"]


class Wire(BaseModel):
    """What all wire models share: nothing is coerced, and nothing unknown is let in."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class LeavesRequest(Wire):
    """Leaf hashes to be committed, in order."""

    leaves: Annotated[list[Hash], Field(min_length=1, max_length=MOST)]


class LeafPlace(Wire):
    """A leaf hash and its index in the ledger."""

    leaf_hash: Hash
    index: Number


class LeavesAnswer(Wire):
    """Where the leaves will stand, one each, in the order sent."""

    leaves: list[LeafPlace]


class InclusionPart(Wire):
    """A leaf's place and its proof (RFC 9162) to the checkpoint's root."""

    index: Number
    ledger: Hash
    proof: list[Hash]
    root: Hash
    size: Number


class AnchorPart(Wire):
    """The log by which the contract took the checkpoint, by its place on a chain."""

    block_hash: Hash
    block_number: Number
    chain_id: Number
    contract: Address
    genesis: Hash
    log_index: Number
    transaction: Hash


class EvidencePart(Wire):
    """State proofs of the anchor's block (docs/receipt.md), all of them hex."""

    accumulator: list[str]
    before: Hash
    header: str
    history: list[str]
    keys: list[str]
    ledgers: list[str]
    manifest: str
    root: list[str]


class LeafAnswer(Wire):
    """How a leaf hash stands. Its owner makes the receipt of `inclusion` and `anchor`.

    `evidence` is there only where the claim is disclosed, and state proofs of its anchor were kept.
    """

    leaf_hash: Hash
    status: Literal["pending", "anchored"]
    index: Number
    inclusion: InclusionPart | None
    anchor: AnchorPart | None
    finality: Finality
    evidence: EvidencePart | None = None


class ClaimPart(Wire):
    """What the author states; everything in it is what EIP-712 hashes."""

    author: Address
    details: Hash
    process: Hash
    salt: Hash
    statement: Annotated[str, Field(min_length=1, max_length=512)]
    steps: Number
    work: Hash


class HomePart(Wire):
    """The author's home chain and the AuthorKeys contract there."""

    chain_id: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    contract: Address


class SignedPart(Wire):
    """A signed claim with its details, whose SHA-256 the claim binds (docs/receipt.md)."""

    home: HomePart
    claim: ClaimPart
    details: dict[str, JsonValue]
    signature: Annotated[str, Field(pattern="^0x([0-9a-f]{2}){1,1024}$")]


class ClaimsRequest(Wire):
    """Claims to disclose, whose leaves are final; or, `in_clear`, to seal."""

    claims: Annotated[list[SignedPart], Field(min_length=1, max_length=MOST)]
    in_clear: Annotated[
        bool,
        Field(description="hand the claims over before they are final: the operator sees them"),
    ] = False


class ClaimPlace(LeafPlace):
    """A claim's id, its leaf hash, and the leaf's index."""

    id: Hash


class ClaimsAnswer(Wire):
    """What was taken, one each, in the order sent. The next manifests show the claims."""

    claims: list[ClaimPlace]


class ChainPart(Wire):
    """A chain is its id and its genesis hash; `local`: it proves order on one machine only."""

    chain_id: Number
    genesis: Hash
    local: bool


class ExistedByPart(Wire):
    """By when the claim existed: block, and the interval of time that the chain gives."""

    chain_id: Number
    block: Number
    not_before: str | None
    not_after: str | None


class ClaimAnswer(Wire):
    """A disclosed claim at its place."""

    id: Hash
    leaf_hash: Hash
    signed: SignedPart
    inclusion: InclusionPart
    anchor: AnchorPart
    chain: ChainPart
    existed_by: ExistedByPart


class FindingPart(Wire):
    """One check's outcome and a sentence (docs/verification.md)."""

    check: str
    outcome: str
    message: str


class ClaimOnWork(Wire):
    """A claim on a work, with what the index and the home chain say of it."""

    id: Hash
    author: Address
    home_chain: Number
    ledger: Hash
    index: Number
    chain: ChainPart
    existed_by: ExistedByPart
    findings: list[FindingPart]


class IndexPart(Wire):
    """How far the index has got, and what it does not know: closed leaves, missing manifests."""

    block: Number
    ledgers: Number
    closed: Number
    missing_manifests: Number


class WorkPart(Wire):
    """A work, by the digest of its bytes."""

    digest: DigestText


class WorkAnswer(Wire):
    """The disclosed claims on a work, the earliest first. Undisclosed ones may exist."""

    work: WorkPart
    claims: list[ClaimOnWork]
    complete: Annotated[bool, Field(description="false where only the first thousand are listed")]
    index: IndexPart
