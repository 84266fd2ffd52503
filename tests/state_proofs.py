"""State proofs of a receipt's anchor, as a node gives them: raw header and eth_getProof."""

from dataclasses import replace

import rlp  # type: ignore[import-untyped]

from ledger.anchor import Anchor
from ledger.contract import history_slot, root_slot
from ledger.keccak import keccak256
from ledger.receipt import Receipt, StateProof
from tests.nodes import AnvilNode

# The fields of a header in their order, as eth_getBlockByNumber names them (to the Prague fork)
_FIELDS = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
    "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
    "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
    "parentBeaconBlockRoot", "requestsHash",
)  # fmt: skip
_NUMBERS = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas",
}  # fmt: skip

_EMPTY_NODE = b"\x80"


def raw_header(node: AnvilNode, number: int) -> bytes:
    """Return a block's header as RLP, made from its fields; its hash is the block's."""
    block = node.ask("eth_getBlockByNumber", hex(number), False)
    assert isinstance(block, dict)
    fields = [_field(name, block[name]) for name in _FIELDS if block.get(name) is not None]
    header = bytes(rlp.encode(fields))
    assert "0x" + keccak256(header).hex() == block["hash"]
    return header


def with_evidence(node: AnvilNode, receipt: Receipt) -> Receipt:
    """Return the receipt with a state proof of its anchor's block."""
    assert receipt.inclusion is not None
    anchor, at, signed = receipt.anchors[0], receipt.inclusion.checkpoint, receipt.signed
    ledgers, root = _proof(node, anchor.contract, root_slot(at.ledger, at.size), anchor)
    keys, history = _proof(node, signed.home.contract, history_slot(signed.claim.author), anchor)
    header = raw_header(node, anchor.block_number)
    return replace(receipt, evidence=StateProof(header, ledgers, root, keys, history))


def _proof(
    node: AnvilNode, contract: bytes, slot: bytes, anchor: Anchor
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    number = anchor.block_number
    answer = node.ask("eth_getProof", f"0x{contract.hex()}", [f"0x{slot.hex()}"], hex(number))
    assert isinstance(answer, dict)
    account = tuple(bytes.fromhex(one[2:]) for one in answer["accountProof"])
    nodes = tuple(bytes.fromhex(one[2:]) for one in answer["storageProof"][0]["proof"])
    # anvil proves that a trie is empty by its one empty node, geth by none: a receipt has none
    return account, () if nodes == (_EMPTY_NODE,) else nodes


def _field(name: str, value: str) -> bytes:
    if name in _NUMBERS:
        number = int(value, 16)
        return number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes.fromhex(value[2:])
