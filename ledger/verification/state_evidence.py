"""State evidence: what a receipt's state proof shows, before anybody says whom to trust."""

from collections.abc import Collection, Sequence

from ..anchor import accumulate
from ..contract import Deployment, accumulator_slot, history_slot, root_slot
from ..errors import InvalidStateProof
from ..receipt import Receipt
from ..state_trie import BlockHeader, ProofNodes, account_of, storage_of
from .evidence import Proven


def prove(
    receipt: Receipt,
    contracts: Deployment,
    trusted_block: bytes | None,
    chains: Collection[tuple[int, bytes]] | None = None,
) -> Proven | None:
    """Return what the receipt's state proof shows; None if it has none.

    InvalidStateProof when it shows nothing about the receipt's first anchor, to the last byte.
    It is trusted for a contract of ours, on one of the `chains` (id and genesis hash; None: any).
    The accumulator binds the block's time and the manifest, since the anchor is the ledger's last
    in its block. A state holds no transactions: where in the block it is, no proof says.
    """
    proof, inclusion = receipt.evidence, receipt.inclusion
    if proof is None or inclusion is None:
        return None
    header = BlockHeader.parse(proof.header)
    anchor = receipt.anchors[0]
    if (header.hash, header.number) != (anchor.block_hash, anchor.block_number):
        raise InvalidStateProof("expected the header of the anchor's block, got another one")
    checkpoint = inclusion.checkpoint
    root, accumulator = _words(
        header.state_root,
        (anchor.contract, contracts.ledgers_code),
        proof.ledgers,
        (
            (root_slot(checkpoint.ledger, checkpoint.size), proof.root),
            (accumulator_slot(checkpoint.ledger), proof.accumulator),
        ),
    )
    if accumulator != accumulate(proof.before, checkpoint, proof.manifest, header.timestamp):
        raise InvalidStateProof("expected the accumulator of this anchor, the state holds another")
    history = None
    signed = receipt.signed
    at_home = signed.home.chain_id == anchor.chain_id
    if bool(proof.keys) != at_home or (proof.history and not at_home):
        raise InvalidStateProof(
            "expected a proof of the author's keys just where the home chain is the anchor's"
        )
    if at_home:
        (word,) = _words(
            header.state_root,
            (signed.home.contract, contracts.keys_code),
            proof.keys,
            ((history_slot(signed.claim.author), proof.history),),
        )
        # another contract with the same code may hold no events: only ours tells of the keys
        history = word if signed.home.contract == contracts.keys else None
    return Proven(
        block_hash=header.hash,
        block_number=header.number,
        timestamp=header.timestamp,
        root=root,
        history=history,
        manifest=proof.manifest,
        trusted=(
            trusted_block == header.hash
            and anchor.contract == contracts.ledgers
            and (chains is None or (anchor.chain_id, anchor.genesis) in chains)
        ),
    )


def _words(
    state_root: bytes,
    contract: tuple[bytes, bytes],
    account_proof: Sequence[bytes],
    asked: Sequence[tuple[bytes, Sequence[bytes]]],
) -> list[bytes]:
    """Return words of a contract's storage out of a state: slots, each with its own proof."""
    nodes = ProofNodes(account_proof)
    account = account_of(state_root, contract[0], nodes)
    nodes.require_end()
    if account is None or account.code_hash != contract[1]:
        raise InvalidStateProof("expected Sealbook's own code at the contract, got other code")
    words = []
    for slot, proof in asked:
        nodes = ProofNodes(proof)
        words.append(storage_of(account.storage_root, slot, nodes))
        nodes.require_end()
    return words
