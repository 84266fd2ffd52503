"""What exactly is signed: the EIP-712 hashes of claims, checkpoints and orders to the keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .chain import ADDRESS_BYTES, HASH_BYTES
from .claim import Claim
from .encoding import MAX_NUMBER, Json, hex_of
from .errors import InvalidClaim
from .fields import Fields
from .keccak import keccak256

NAME = "Sealbook"
VERSION = "1"
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
CLAIM_TYPE = (
    "Claim(string statement,address author,bytes32 work,bytes32 process,uint64 steps,"
    "bytes32 details,bytes32 salt)"
)
PROCESS_CHECKPOINT_TYPE = (
    "ProcessCheckpoint(address author,bytes32 processId,uint64 steps,bytes32 root,bytes32 salt)"
)
WITHDRAW_TYPE = "Withdraw(address author,bytes32 claimId,uint256 nonce,uint64 deadline)"
DELEGATE_TYPE = (
    "Delegate(address author,address delegate,uint8 purposes,uint64 notBefore,uint64 notAfter,"
    "uint256 nonce,uint64 deadline)"
)
REVOKE_TYPE = "Revoke(address author,address delegate,uint256 nonce,uint64 deadline)"

_CLAIM = keccak256(CLAIM_TYPE.encode())
_PROCESS_CHECKPOINT = keccak256(PROCESS_CHECKPOINT_TYPE.encode())
_DOMAIN = keccak256(DOMAIN_TYPE.encode()) + keccak256(NAME.encode()) + keccak256(VERSION.encode())


@dataclass(frozen=True, slots=True)
class Home:
    """An author's home chain and the AuthorKeys contract there: where their keys are judged."""

    chain_id: int
    contract: bytes

    def __post_init__(self) -> None:
        if not 0 < self.chain_id <= MAX_NUMBER:
            raise InvalidClaim(f"expected a home chain id from 1 to 2^53, got {self.chain_id}")
        if len(self.contract) != ADDRESS_BYTES:
            raise InvalidClaim(f"expected a contract of 20 bytes, got {len(self.contract)}")

    def to_json(self) -> Mapping[str, Json]:
        """Return the home as its JSON object."""
        return {"chain_id": self.chain_id, "contract": hex_of(self.contract)}

    @classmethod
    def from_json(cls, value: Json) -> "Home":
        """Read the home from its JSON object."""
        fields = Fields(value, "home", InvalidClaim)
        home = cls(fields.number("chain_id", 1), fields.binary("contract", ADDRESS_BYTES))
        fields.done()
        return home


@dataclass(frozen=True, slots=True)
class ProcessCheckpoint:
    """A process log's root at one length, stated by its author while the work is made."""

    author: bytes
    process_id: bytes
    steps: int
    root: bytes
    salt: bytes

    def __post_init__(self) -> None:
        if len(self.author) != ADDRESS_BYTES:
            raise InvalidClaim(f"expected an author of 20 bytes, got {len(self.author)}")
        for name in ("process_id", "root", "salt"):
            if len(getattr(self, name)) != HASH_BYTES:
                raise InvalidClaim(f"expected {name} to have 32 bytes")
        if not 0 <= self.steps <= MAX_NUMBER:
            raise InvalidClaim(f"expected steps from 0 to 2^53, got {self.steps}")

    def to_json(self) -> Mapping[str, Json]:
        """Return the process checkpoint as its JSON object."""
        return {
            "author": hex_of(self.author),
            "process_id": hex_of(self.process_id),
            "root": hex_of(self.root),
            "salt": hex_of(self.salt),
            "steps": self.steps,
        }

    @classmethod
    def from_json(cls, value: Json) -> "ProcessCheckpoint":
        """Read the process checkpoint from its JSON object."""
        fields = Fields(value, "process checkpoint", InvalidClaim)
        checkpoint = cls(
            author=fields.binary("author", ADDRESS_BYTES),
            process_id=fields.binary("process_id", HASH_BYTES),
            steps=fields.number("steps"),
            root=fields.binary("root", HASH_BYTES),
            salt=fields.binary("salt", HASH_BYTES),
        )
        fields.done()
        return checkpoint


@lru_cache(maxsize=64)
def domain_separator(home: Home) -> bytes:
    """Return the EIP-712 domain separator of a home: 32 bytes, the same for all its claims."""
    return keccak256(_DOMAIN + _number(home.chain_id) + _address(home.contract))


def typed_hash(home: Home, struct: bytes) -> bytes:
    """Return keccak(0x1901 ‖ domain separator ‖ keccak(struct)), EIP-712's `signTypedData`."""
    return keccak256(b"\x19\x01" + domain_separator(home) + keccak256(struct))


def claim_id(home: Home, claim: Claim) -> bytes:
    """Return the claim's id, 32 bytes: the EIP-712 digest that its author signs."""
    return typed_hash(
        home,
        _CLAIM
        + keccak256(claim.statement.encode())
        + _address(claim.author)
        + claim.work
        + claim.process
        + _number(claim.steps)
        + claim.details
        + claim.salt,
    )


def process_checkpoint_hash(home: Home, checkpoint: ProcessCheckpoint) -> bytes:
    """Return the EIP-712 digest of a process checkpoint, 32 bytes."""
    return typed_hash(
        home,
        _PROCESS_CHECKPOINT
        + _address(checkpoint.author)
        + checkpoint.process_id
        + _number(checkpoint.steps)
        + checkpoint.root
        + checkpoint.salt,
    )


def withdraw_hash(home: Home, author: bytes, claim: bytes, nonce: int, deadline: int) -> bytes:
    """Return the EIP-712 digest of an author's order to withdraw a claim (AuthorKeys.sol)."""
    return typed_hash(
        home,
        keccak256(WITHDRAW_TYPE.encode())
        + _address(author)
        + claim
        + _number(nonce)
        + _number(deadline),
    )


def delegate_hash(
    home: Home,
    author: bytes,
    delegate: bytes,
    purposes: int,
    span: tuple[int, int],
    nonce: int,
    deadline: int,
) -> bytes:
    """Return the EIP-712 digest of a delegation over `span` (not before, not after; Unix s)."""
    return typed_hash(
        home,
        keccak256(DELEGATE_TYPE.encode())
        + _address(author)
        + _address(delegate)
        + b"".join(map(_number, (purposes, *span, nonce, deadline))),
    )


def revoke_hash(home: Home, author: bytes, delegate: bytes, nonce: int, deadline: int) -> bytes:
    """Return the EIP-712 digest of an author's order to revoke a key."""
    return typed_hash(
        home,
        keccak256(REVOKE_TYPE.encode())
        + _address(author)
        + _address(delegate)
        + _number(nonce)
        + _number(deadline),
    )


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _address(value: bytes) -> bytes:
    return value.rjust(32, b"\0")
