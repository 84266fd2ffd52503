"""A state in which the receipt's root stands, and the proofs of it that a node would give."""

from dataclasses import dataclass, replace
from typing import Any

import rlp  # type: ignore[import-untyped]
from trie.hexary import HexaryTrie

from ledger.anchor import accumulate
from ledger.contract import Deployment, accumulator_slot, history_slot, root_slot
from ledger.keccak import keccak256
from ledger.receipt import Receipt, StateProof
from tests.ledger.factories import CONTRACT, GENESIS_TIME, HOME, word

LEDGERS_CODE, KEYS_CODE = word("code of the ledgers"), word("code of the keys")
BEFORE, MANIFEST = word("accumulator before"), b"\x01\x55\x12\x20" + word("manifest")
CONTRACTS = Deployment(CONTRACT, LEDGERS_CODE, HOME.contract, KEYS_CODE)


@dataclass(frozen=True, slots=True)
class Proved:
    """A receipt whose evidence leads to a block hash."""

    receipt: Receipt
    block_hash: bytes


def proved(
    receipt: Receipt,
    *,
    root: bytes | None = None,
    accumulator: bytes | None = None,
    history: bytes = bytes(32),
    with_keys: bool = True,
    codes: tuple[bytes, bytes] = (LEDGERS_CODE, KEYS_CODE),
) -> Proved:
    """Return the receipt with the evidence of a block that holds its root, and that block's hash.

    The state holds `root` and `accumulator` in place of the receipt's, and the author's `history`.
    """
    assert receipt.inclusion is not None
    anchor, checkpoint = receipt.anchors[0], receipt.inclusion.checkpoint
    signed = receipt.signed
    slot = root_slot(checkpoint.ledger, checkpoint.size)
    folded = accumulate(BEFORE, checkpoint, MANIFEST, _time(anchor.block_number))
    ledgers = _storage(
        {
            slot: root or checkpoint.root,
            accumulator_slot(checkpoint.ledger): accumulator or folded,
            word("another slot"): word("another"),
        }
    )
    keys = _storage({history_slot(signed.claim.author): history})
    state: Any = HexaryTrie({})
    for address, trie, code in (
        (anchor.contract, ledgers, codes[0]),
        (signed.home.contract, keys, codes[1]),
        (b"\x99" * 20, _storage({}), word("another's code")),
    ):
        state[keccak256(address)] = rlp.encode([b"\1", b"", trie.root_hash, code])
    header = _header(state.root_hash, anchor.block_number)
    proof = StateProof(
        header=header,
        ledgers=_proof(state, anchor.contract),
        root=_proof(ledgers, slot),
        accumulator=_proof(ledgers, accumulator_slot(checkpoint.ledger)),
        before=BEFORE,
        manifest=MANIFEST,
        keys=_proof(state, signed.home.contract) if with_keys else (),
        history=_proof(keys, history_slot(signed.claim.author)) if with_keys else (),
    )
    block_hash = keccak256(header)
    at = replace(anchor, block_hash=block_hash)
    return Proved(replace(receipt, anchors=(at,), evidence=proof), block_hash)


def _storage(words: dict[bytes, bytes]) -> Any:  # noqa: ANN401 - trie has no types
    trie: Any = HexaryTrie({})
    for slot, value in words.items():
        if any(value):
            trie[keccak256(slot)] = rlp.encode(value.lstrip(b"\0"))
    return trie


def _proof(trie: Any, key: bytes) -> tuple[bytes, ...]:  # noqa: ANN401
    return tuple(rlp.encode(node) for node in trie.get_proof(keccak256(key)))


def _header(state_root: bytes, number: int) -> bytes:
    fields = [word("header", index) for index in range(17)]
    fields[3] = state_root
    fields[8] = number.to_bytes(8, "big").lstrip(b"\0")
    fields[11] = _time(number).to_bytes(8, "big").lstrip(b"\0")
    return bytes(rlp.encode(fields))


def _time(number: int) -> int:
    return GENESIS_TIME + 12 * number
