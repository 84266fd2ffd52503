"""An honest world for judging: a ledger of a few claims, anchored, and what is known of one."""

from dataclasses import replace

from hypothesis import strategies as st

from ledger import merkle
from ledger.anchor import AnchoredCheckpoint, ClockRule
from ledger.chain import ChainIdentity
from ledger.claim import NO_PROCESS, Claim
from ledger.details import CoAuthor, ContentId, Details, Fingerprint
from ledger.digest import Digest
from ledger.encoding import MAX_NUMBER
from ledger.key import KeyEvent
from ledger.leaf import Disclosed
from ledger.placed import Counts, PlacedClaim
from ledger.receipt import Inclusion, Receipt
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim, sign_claim
from ledger.signing import Home
from ledger.verification.availability import THIS_COMPUTER, Availability
from ledger.verification.evidence import (
    Evidence,
    Heads,
    IndexEvidence,
    KeyEvidence,
    Rival,
    Sighting,
)
from tests.ledger import factories
from tests.ledger.factories import CHAIN, HOME, author_key, word

WORK = word("the work")
RULE = ClockRule(behind=60, ahead=15)
BLOCK = 100
INDEX, SIZE = 2, 5
CODE_HASH = word("code")
COUNTS = Counts(ledgers=1, leaves=5, claims=3, closed=2, missing_manifests=0)
LOCAL = ChainIdentity(2**47 + 1, word("local genesis"), local=True)
OTHER = ChainIdentity(10, word("other genesis"))

words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20)
numbers = st.integers(0, MAX_NUMBER)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
details_said = st.builds(
    Details,
    media_type=st.sampled_from(("image/png", "image/svg+xml", "a/b")),
    size=numbers,
    content=st.none() | st.builds(ContentId, texts, texts),
    pixels=st.none() | words,
    fingerprints=st.lists(st.builds(Fingerprint, texts, texts), max_size=3).map(tuple),
    title=st.none() | texts,
    licence=st.none() | texts,
    ai_disclosure=st.none() | texts,
    co_authors=st.lists(st.builds(CoAuthor, st.integers(1, MAX_NUMBER), addresses), max_size=3).map(
        tuple
    ),
    identity=st.none() | words,
    log=st.none() | words,
    supersedes=st.none() | words,
)


def claim_of(
    name: object = "alice",
    work: bytes = WORK,
    *,
    process: bytes = NO_PROCESS,
    steps: int = 0,
    home: Home = HOME,
    signer: bytes | None = None,
    details: Details | None = None,
    salt: object = 0,
) -> SignedClaim:
    """Return a claim by the author of that name, signed by their key (or `signer`)."""
    said = details or Details("image/png", 412_000, title="Lantern")
    claim = Claim(
        author=address_of_key(author_key(name)),
        work=work,
        process=process,
        steps=steps,
        details=said.digest,
        salt=word("salt", name, work, salt),
    )
    return sign_claim(home, claim, signer or author_key(name), said)


def receipt_of(signed: SignedClaim, block: int = BLOCK, chain: ChainIdentity = CHAIN) -> Receipt:
    """Return the receipt of a claim that is leaf 2 of 5, anchored in that block."""
    leaves = [factories.opaque(factories.signed_claim(index)) for index in range(SIZE)]
    leaves[INDEX] = factories.disclosed(signed)
    proof = merkle.inclusion_proof([leaf.leaf_hash for leaf in leaves], INDEX, SIZE)
    inclusion = Inclusion(INDEX, factories.checkpoint(leaves), tuple(proof))
    return Receipt(signed).anchored(inclusion, anchored_of(leaves, block, chain).anchor)


def anchored_of(
    leaves: list[Disclosed], block: int = BLOCK, chain: ChainIdentity = CHAIN
) -> AnchoredCheckpoint:
    """Return the checkpoint over these leaves as the contract took it."""
    return factories.anchored(factories.checkpoint(leaves), block, chain=chain)


def sighting_of(receipt: Receipt, chain: ChainIdentity = CHAIN, head: int = 10**6) -> Sighting:
    """Return what the honest chain says about the receipt's anchor: it stands, and is final."""
    assert receipt.inclusion is not None
    anchor = receipt.anchors[0]
    return Sighting(
        anchor=anchor,
        chain=chain,
        heads=Heads(head, head, head),
        canonical_hash=factories.block_hash(anchor.block_number, chain),
        event=factories.anchored(receipt.inclusion.checkpoint, anchor.block_number, chain=chain),
        rule=RULE,
        code_hash=CODE_HASH,
        node="a node",
    )


def keys_of(*events: KeyEvent, block: int = BLOCK - 1) -> KeyEvidence:
    """Return the author's key events, judged at the end of the block before the anchor."""
    return KeyEvidence(events, block, factories.GENESIS_TIME + 12 * block)


def rival_of(
    signed: SignedClaim,
    block: int = BLOCK,
    chain: ChainIdentity = CHAIN,
    keys: KeyEvidence | None = None,
    rule: ClockRule = RULE,
) -> Rival:
    """Return a claim as the index holds it, anchored in that block, its key good."""
    leaves = [factories.disclosed(signed)]
    placed = PlacedClaim(signed, 0, anchored_of(leaves, block, chain), chain)
    return Rival(placed, keys or keys_of(block=block - 1), rule)


def index_of(*rivals: Rival) -> IndexEvidence:
    """Return what an index knows that holds these claims on the work."""
    return IndexEvidence(10**6, COUNTS, rivals)


def evidence_of(signed: SignedClaim | None = None, chain: ChainIdentity = CHAIN) -> Evidence:
    """Return evidence from which everything is verified: the file, its receipt, chain and index."""
    claim = signed or claim_of()
    receipt = receipt_of(claim, chain=chain)
    return Evidence(
        digest=Digest(claim.claim.work),
        from_file=True,
        signed=claim,
        receipt=receipt,
        sightings=(sighting_of(receipt, chain),),
        keys=keys_of(),
        index=index_of(rival_of(claim, chain=chain)),
        availability=Availability(found=(THIS_COMPUTER,)),
    )


def changed(evidence: Evidence, **sighting: object) -> Evidence:
    """Return the evidence with another answer of the chain about the anchor."""
    (seen,) = evidence.sightings
    assert isinstance(seen, Sighting)
    return replace(evidence, sightings=(replace(seen, **sighting),))  # type: ignore[arg-type]
