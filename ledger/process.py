"""A process log: the steps that led to a work, hidden one field at a time under one root.

Byte by byte in docs/process-log.md. Integers are big-endian; every tag has 16 bytes, so that no
bytes of one kind are ever bytes of another.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from . import merkle
from .digest import DIGEST_BYTES, sha256
from .encoding import Json, canonical, hex_of, parse_canonical
from .errors import InvalidProcessLog, LimitExceeded
from .fields import Fields
from .step import MAX_STEPS, Step

TAG_SALT = b"sealbook/salts/1"
TAG_FIELD = b"sealbook/field/1"
TAG_STEP = b"sealbook/steps/1"
TAG_LOG = b"sealbook/whole/1"

VERSION = 1
MAX_PREFIX_PROOF = 2**13  # 64 nodes of 69 bytes, two roots, a log id: 5 KiB at the most


def field_salt(secret: bytes, log_id: bytes, step: int, position: int, name: str) -> bytes:
    """Return the 32-byte salt of one field: HMAC-SHA256 under the log's secret.

    A salt a field, because one a step would open a guessable field beside a disclosed one.
    """
    where = log_id + step.to_bytes(8, "big") + position.to_bytes(4, "big")
    return hmac.digest(secret, TAG_SALT + where + name.encode(), "sha256")


def field_commitment(name: str, value: str, salt: bytes) -> bytes:
    """Return the 32 bytes that hide a field and fix it."""
    named, valued = name.encode(), value.encode()
    return sha256(
        TAG_FIELD
        + salt
        + len(named).to_bytes(2, "big")
        + named
        + len(valued).to_bytes(8, "big")
        + valued
    )


def step_leaf_hash(log_id: bytes, step: int, commitments: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the leaf hash of a step from its fields' names and commitments, in order."""
    pieces = [
        len(name).to_bytes(2, "big") + name.encode() + commitment
        for name, commitment in commitments
    ]
    head = TAG_STEP + log_id + step.to_bytes(8, "big") + len(pieces).to_bytes(4, "big")
    return merkle.leaf_hash(head + b"".join(pieces))


def process_root(log_id: bytes, steps: int, merkle_root: bytes) -> bytes:
    """Return what a claim's `process` holds: the log's id, its size and its tree, in 32 bytes.

    A Merkle root alone does not bind its size; this does.
    """
    return sha256(TAG_LOG + log_id + steps.to_bytes(8, "big") + merkle_root)


def require_log(log_id: bytes, steps: int) -> None:
    """Raise unless these can be a log's id and number of steps."""
    if len(log_id) != DIGEST_BYTES:
        raise InvalidProcessLog(f"expected a log id of 32 bytes, got {len(log_id)}")
    if not 0 <= steps <= MAX_STEPS:
        raise LimitExceeded(f"expected a log of 0 to {MAX_STEPS} steps, got {steps}")


@dataclass(frozen=True, slots=True)
class ProcessLog:
    """A whole log as only its author holds it: random id and secret, 32 bytes each, and steps.

    It opens with no steps; the root of that, anchored, fixes the id before the work begins.
    """

    log_id: bytes
    secret: bytes = field(repr=False)
    steps: tuple[Step, ...] = ()
    leaf_hashes: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_log(self.log_id, len(self.steps))
        if len(self.secret) != DIGEST_BYTES:
            raise InvalidProcessLog(f"expected a log secret of 32 bytes, got {len(self.secret)}")
        hashes = tuple(self.leaf_hash_of(index, step) for index, step in enumerate(self.steps))
        object.__setattr__(self, "leaf_hashes", hashes)

    @property
    def size(self) -> int:
        """The number of steps."""
        return len(self.steps)

    @property
    def merkle_root(self) -> bytes:
        """The RFC 9162 root over the steps' leaf hashes."""
        return merkle.root(self.leaf_hashes)

    @property
    def root(self) -> bytes:
        """The process root: what claims and process checkpoints state."""
        return process_root(self.log_id, self.size, self.merkle_root)

    def salt_of(self, step: int, position: int) -> bytes:
        """Return the salt of the field at a position of a step."""
        name = self.steps[step].fields[position].name
        return field_salt(self.secret, self.log_id, step, position, name)

    def leaf_hash_of(self, index: int, step: Step) -> bytes:
        """Return the leaf hash that a step has at an index of this log."""
        commitments = []
        for position, each in enumerate(step.fields):
            salt = field_salt(self.secret, self.log_id, index, position, each.name)
            commitments.append((each.name, field_commitment(each.name, each.value, salt)))
        return step_leaf_hash(self.log_id, index, commitments)

    def prefix_proof(self, old_size: int) -> "PrefixProof":
        """Prove the log of the first `old_size` steps a prefix of this one."""
        if not 0 <= old_size <= self.size:
            raise InvalidProcessLog(f"expected 0 to {self.size} earlier steps, got {old_size}")
        return PrefixProof(
            log_id=self.log_id,
            old_steps=old_size,
            old_merkle_root=merkle.root(self.leaf_hashes[:old_size]),
            steps=self.size,
            merkle_root=self.merkle_root,
            nodes=tuple(merkle.consistency_proof(self.leaf_hashes, old_size, self.size)),
        )


@dataclass(frozen=True, slots=True)
class PrefixProof:
    """That a log as it was is a prefix of the log as it is; it discloses no step."""

    log_id: bytes
    old_steps: int
    old_merkle_root: bytes
    steps: int
    merkle_root: bytes
    nodes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        require_log(self.log_id, self.steps)
        if not 0 <= self.old_steps <= self.steps:
            raise InvalidProcessLog(
                f"expected 0 to {self.steps} earlier steps, got {self.old_steps}"
            )
        hashes = (self.old_merkle_root, self.merkle_root, *self.nodes)
        if any(len(each) != DIGEST_BYTES for each in hashes):
            raise InvalidProcessLog("expected roots and nodes of 32 bytes")
        if len(self.nodes) > merkle.MAX_PROOF:
            raise LimitExceeded(f"expected at most {merkle.MAX_PROOF} nodes, got {len(self.nodes)}")

    def to_json(self) -> Mapping[str, Json]:
        """Return the proof as its JSON object."""
        return {
            "version": VERSION,
            "log_id": hex_of(self.log_id),
            "old_steps": self.old_steps,
            "old_merkle_root": hex_of(self.old_merkle_root),
            "steps": self.steps,
            "merkle_root": hex_of(self.merkle_root),
            "nodes": [hex_of(node) for node in self.nodes],
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read the proof from its JSON object."""
        fields = Fields(value, "a prefix proof", InvalidProcessLog)
        fields.number("version", VERSION, VERSION)
        proof = cls(
            log_id=fields.binary("log_id", DIGEST_BYTES),
            old_steps=fields.number("old_steps", 0, MAX_STEPS),
            old_merkle_root=fields.binary("old_merkle_root", DIGEST_BYTES),
            steps=fields.number("steps", 0, MAX_STEPS),
            merkle_root=fields.binary("merkle_root", DIGEST_BYTES),
            nodes=tuple(
                fields.as_bytes(node, "nodes", DIGEST_BYTES)
                for node in fields.items("nodes", merkle.MAX_PROOF)
            ),
        )
        fields.done()
        return proof

    def encode(self) -> bytes:
        """Return the proof as canonical bytes."""
        return canonical(self.to_json())

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the proof from its canonical bytes."""
        return cls.from_json(parse_canonical(data, MAX_PREFIX_PROOF))


def verify_prefix(
    proof: PrefixProof, log_id: bytes, old_steps: int, old_root: bytes, steps: int, root: bytes
) -> bool:
    """Say whether the log of this id that had `old_root` is a prefix of the one that has `root`.

    Both are process roots, with their sizes as somebody signed them: what the proof itself says
    of id and sizes counts only where it agrees.
    """
    return (
        (proof.log_id, proof.old_steps, proof.steps) == (log_id, old_steps, steps)
        and process_root(log_id, old_steps, proof.old_merkle_root) == old_root
        and process_root(log_id, steps, proof.merkle_root) == root
        and merkle.verify_consistency(
            old_steps, proof.old_merkle_root, steps, proof.merkle_root, proof.nodes
        )
    )
