"""What is said to the two contracts, and what they answer: calldata, events, storage slots.

The interfaces are contracts/src/ILedgers.sol and IAuthorKeys.sol; a test holds each selector,
topic and slot here against the compiled ABI and a deployed contract.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .abi_words import (
    address,
    call,
    number,
    read_address,
    read_bytes,
    read_number,
    read_word,
    tail_bytes,
    tail_words,
    topic,
)
from .anchor import MAX_MANIFEST_CID, Anchor, AnchoredCheckpoint
from .chain import BlockRef, ChainIdentity, Log
from .checkpoint import Checkpoint
from .errors import InvalidChainAnswer, LedgerError
from .keccak import keccak256
from .key import Delegated, KeyEvent, Place, Revoked, Withdrawn
from .signing import Home

CREATED = topic("Created(bytes32,address,address)")
ANCHORED = topic("Anchored(bytes32,uint64,bytes32,bytes,bytes32)")
CLOSED = topic("Closed(bytes32,bytes32)")
DELEGATED = topic("Delegated(address,address,uint8,uint64,uint64,bytes32)")
REVOKED = topic("Revoked(address,address,bytes32)")
WITHDRAWN = topic("Withdrawn(address,bytes32,bytes32)")
KEY_TOPICS = (DELEGATED, REVOKED, WITHDRAWN)

EIP1271_MAGIC = bytes.fromhex("1626ba7e")
_INDEXED = 3  # topics of an event with two indexed arguments

# Ledgers.sol: mapping(bytes32 => Ledger) at slot 0; within a Ledger, words from its base
_SIZE_WORD = 0  # submitter (20 bytes) | size (8) | closed (1), from the low end
_ACCUMULATOR_WORD = 1
_OWNER_WORD = 2
_ROOTS_WORD = 5
# AuthorKeys.sol: mapping(address => Author) at slot 0
_HISTORY_WORD = 0
_NONCE_WORD = 1


@dataclass(frozen=True, slots=True)
class Deployment:
    """The two contracts on a chain: their addresses, and the Keccak-256 of their code."""

    ledgers: bytes
    ledgers_code: bytes
    keys: bytes
    keys_code: bytes


@dataclass(frozen=True, slots=True)
class Founded:
    """A ledger's id, and what it follows from: its creator's address and a salt."""

    ledger: bytes
    creator: bytes
    salt: bytes


def create_call(salt: bytes, submitter: bytes) -> bytes:
    """Return the calldata that makes a ledger."""
    return call("create(bytes32,address)", salt, address(submitter))


def anchor_call(checkpoint: Checkpoint, proof: Sequence[bytes], manifest: bytes) -> bytes:
    """Return the calldata that anchors a checkpoint, with its consistency proof and CID."""
    return call(
        "anchor(bytes32,uint64,bytes32,bytes32[],bytes)",
        checkpoint.ledger,
        number(checkpoint.size),
        checkpoint.root,
        tails=(tail_words(list(proof)), tail_bytes(manifest)),
    )


def withdraw_call(author: bytes, claim: bytes, deadline: int, signature: bytes) -> bytes:
    """Return the calldata by which anyone hands in an author's signed withdrawal."""
    return call(
        "withdrawFor(address,bytes32,uint64,bytes)",
        address(author),
        claim,
        number(deadline),
        tails=(tail_bytes(signature),),
    )


def revoke_call(author: bytes, delegate: bytes, deadline: int, signature: bytes) -> bytes:
    """Return the calldata by which anyone hands in an author's signed revocation."""
    return call(
        "revokeFor(address,address,uint64,bytes)",
        address(author),
        address(delegate),
        number(deadline),
        tails=(tail_bytes(signature),),
    )


def delegate_call(
    author: bytes,
    delegate: bytes,
    purposes: int,
    span: tuple[int, int],
    deadline: int,
    signature: bytes,
) -> bytes:
    """Return the calldata by which anyone hands in an author's signed delegation."""
    return call(
        "delegateFor(address,address,uint8,uint64,uint64,uint64,bytes)",
        address(author),
        address(delegate),
        *map(number, (purposes, *span, deadline)),
        tails=(tail_bytes(signature),),
    )


def signature_check_call(digest: bytes, signature: bytes) -> bytes:
    """Return the calldata that asks a contract wallet about a signature (EIP-1271)."""
    return call("isValidSignature(bytes32,bytes)", digest, tails=(tail_bytes(signature),))


def root_slot(ledger: bytes, size: int) -> bytes:
    """Return the storage slot of a ledger's root at one size."""
    return keccak256(number(size) + _word_of(_mapped(ledger), _ROOTS_WORD))


def accumulator_slot(ledger: bytes) -> bytes:
    """Return the storage slot of a ledger's accumulator."""
    return _word_of(_mapped(ledger), _ACCUMULATOR_WORD)


def size_slot(ledger: bytes) -> bytes:
    """Return the storage slot that packs a ledger's submitter, size and whether it is closed."""
    return _word_of(_mapped(ledger), _SIZE_WORD)


def owner_slot(ledger: bytes) -> bytes:
    """Return the storage slot of a ledger's owner: zero where there is no such ledger."""
    return _word_of(_mapped(ledger), _OWNER_WORD)


def history_slot(author: bytes) -> bytes:
    """Return the storage slot of the hash over an author's key events."""
    return _word_of(_mapped(address(author)), _HISTORY_WORD)


def nonce_slot(author: bytes) -> bytes:
    """Return the storage slot of an author's nonce for signed orders."""
    return _word_of(_mapped(address(author)), _NONCE_WORD)


def size_of_word(word: bytes) -> int:
    """Return the ledger's size out of the word at `size_slot`."""
    return int.from_bytes(word[4:12], "big")


def submitter_of_word(word: bytes) -> bytes:
    """Return the address that may anchor the ledger out of the word at `size_slot`."""
    return word[12:]


def nonce_of_word(word: bytes) -> int:
    """Return the author's nonce out of the word at `nonce_slot` (its top byte says retired)."""
    return int.from_bytes(word[1:], "big")


def closed_of_word(word: bytes) -> bool:
    """Return whether the ledger is closed out of the word at `size_slot`."""
    return word[3] != 0


def read_anchored(log: Log, identity: ChainIdentity, block: BlockRef) -> AnchoredCheckpoint:
    """Read an Anchored event; InvalidChainAnswer if the contract never emits such a log."""
    _require_event(log, (ANCHORED,), block)
    try:
        checkpoint = Checkpoint(log.topics[1], read_number(log.topics[2]), read_word(log.data, 0))
        anchor = Anchor(
            chain_id=identity.chain_id,
            genesis=identity.genesis,
            contract=log.address,
            block_number=log.block_number,
            block_hash=log.block_hash,
            transaction=log.transaction,
            log_index=log.index,
        )
    except LedgerError as cause:
        raise InvalidChainAnswer(f"not an Anchored event: {cause}") from cause
    manifest = read_bytes(log.data, 1)
    if not 0 < len(manifest) <= MAX_MANIFEST_CID:
        raise InvalidChainAnswer(
            f"expected a manifest's CID of 1 to {MAX_MANIFEST_CID} bytes, got {len(manifest)}"
        )
    return AnchoredCheckpoint(
        checkpoint=checkpoint,
        manifest=manifest,
        accumulator=read_word(log.data, 2),
        anchor=anchor,
        timestamp=block.timestamp,
    )


def read_key_event(log: Log, home: Home, block: BlockRef) -> KeyEvent:
    """Read an event of AuthorKeys; InvalidChainAnswer if the contract never emits such a log."""
    _require_event(log, KEY_TOPICS, block)
    if log.address != home.contract:
        raise InvalidChainAnswer("expected a log of the home's AuthorKeys, got another contract's")
    place = Place(log.block_number, log.index, block.timestamp)
    author = read_address(log.topics[1])
    if log.topics[0] == WITHDRAWN:
        return Withdrawn(home, author, log.topics[2], place, read_word(log.data, 0))
    delegate = read_address(log.topics[2])
    if log.topics[0] == REVOKED:
        return Revoked(home, author, delegate, place, read_word(log.data, 0))
    return Delegated(
        home=home,
        author=author,
        delegate=delegate,
        purposes=read_number(read_word(log.data, 0), 8),
        not_before=read_number(read_word(log.data, 1)),
        not_after=read_number(read_word(log.data, 2)),
        place=place,
        history=read_word(log.data, 3),
    )


def history_after(events: Iterable[KeyEvent]) -> bytes:
    """Fold one author's events into the hash that AuthorKeys keeps: left-out events show."""
    history = bytes(32)
    for event in events:
        match event:
            case Delegated():
                words = (
                    DELEGATED,
                    address(event.author),
                    address(event.delegate),
                    *map(number, (event.purposes, event.not_before, event.not_after)),
                )
            case Revoked():
                words = (REVOKED, address(event.author), address(event.delegate))
            case _:  # Withdrawn
                words = (WITHDRAWN, address(event.author), event.claim)
        history = keccak256(b"".join((history, *words, number(event.place.timestamp))))
    return history


def _require_event(log: Log, topics: Sequence[bytes], block: BlockRef) -> None:
    if len(log.topics) != _INDEXED or log.topics[0] not in topics:
        raise InvalidChainAnswer("expected an event of the contract, got another log")
    if (log.block_number, log.block_hash) != (block.number, block.hash):
        raise InvalidChainAnswer(
            f"expected a log of block {block.number}, got one of another block"
        )


def _mapped(key: bytes) -> bytes:
    return keccak256(key + bytes(32))  # a mapping's value: keccak(key ‖ slot), slot 0


def _word_of(base: bytes, offset: int) -> bytes:
    return ((int.from_bytes(base, "big") + offset) % 2**256).to_bytes(32, "big")
