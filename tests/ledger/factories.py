"""Realistic values for tests, the same each time: keys, signed claims, leaves, anchors."""

from collections.abc import Sequence
from functools import cache

from ledger import merkle
from ledger.anchor import Anchor, AnchoredCheckpoint
from ledger.chain import ChainIdentity
from ledger.checkpoint import Checkpoint
from ledger.claim import Claim
from ledger.details import Details
from ledger.digest import sha256
from ledger.leaf import Disclosed, Leaf
from ledger.secp256k1 import address_of_key
from ledger.signed import (
    SignedClaim,
    SignedProcessCheckpoint,
    sign_claim,
    sign_process_checkpoint,
)
from ledger.signing import Home, ProcessCheckpoint

CHAIN = ChainIdentity(1, bytes.fromhex("d4" * 32))
HOME = Home(1, bytes.fromhex("aa" * 20))
CONTRACT = bytes.fromhex("1e" * 20)
LEDGER = bytes.fromhex("5e" * 32)
GENESIS_TIME = 1_700_000_000


def word(*parts: object) -> bytes:
    """Return 32 bytes that look random and are the same each time."""
    return sha256(repr(parts).encode())


def author_key(name: object = "alice") -> bytes:
    """Return a private key by its holder's name."""
    return word("key", name)


def signed_claim(
    seed: object, work: bytes | None = None, author_key: bytes | None = None
) -> SignedClaim:
    """Return a claim with details on `work` (one of the seed's own if None), signed by the key."""
    return _signed_claim(seed, work or word("work", seed), author_key or word("key", "alice"))


@cache
def _signed_claim(seed: object, work: bytes, key: bytes) -> SignedClaim:
    details = Details("image/png", 412_000, title=f"Lantern {seed}", pixels=word("pixels", work))
    claim = Claim(
        author=address_of_key(key),
        work=work,
        process=word("process", seed),
        steps=4,
        details=details.digest,
        salt=word("salt", seed),
    )
    return sign_claim(HOME, claim, key, details)


def signed_process_checkpoint(
    seed: object, process_id: bytes | None = None, author_key: bytes | None = None
) -> SignedProcessCheckpoint:
    """Return a checkpoint of a process log (one of the seed's own if None)."""
    key = author_key or word("key", "alice")
    checkpoint = ProcessCheckpoint(
        author=address_of_key(key),
        process_id=process_id or word("log", seed),
        steps=3,
        root=word("root", seed),
        salt=word("salt", seed),
    )
    return sign_process_checkpoint(HOME, checkpoint, key)


def disclosed(signed: SignedClaim | SignedProcessCheckpoint) -> Disclosed:
    """Return the leaf of what was signed, with it."""
    return Disclosed(Leaf.of(signed).hash, signed)


def opaque(signed: SignedClaim | SignedProcessCheckpoint) -> Disclosed:
    """Return the leaf of what was signed, without it."""
    return Disclosed(Leaf.of(signed).hash)


def checkpoint(leaves: Sequence[Disclosed], ledger: bytes = LEDGER) -> Checkpoint:
    """Return the checkpoint of a ledger that holds just these leaves."""
    return Checkpoint(ledger, len(leaves), merkle.root([leaf.leaf_hash for leaf in leaves]))


def block_hash(number: int, chain: ChainIdentity = CHAIN) -> bytes:
    """Return the hash of a chain's block."""
    return word("block", chain.chain_id, chain.genesis, number)


def anchored(
    at: Checkpoint, block: int, log_index: int = 0, chain: ChainIdentity = CHAIN
) -> AnchoredCheckpoint:
    """Return the checkpoint as the contract took it in that block."""
    return AnchoredCheckpoint(
        checkpoint=at,
        manifest=bytes.fromhex("01551220") + word("manifest", at.ledger, at.size),
        accumulator=word("accumulator", at.ledger, at.size),
        anchor=Anchor(
            chain_id=chain.chain_id,
            genesis=chain.genesis,
            contract=CONTRACT,
            block_number=block,
            block_hash=block_hash(block, chain),
            transaction=word("transaction", at.ledger, at.size, block),
            log_index=log_index,
        ),
        timestamp=GENESIS_TIME + 12 * block,
    )
