"""Orders to the author's keys: signed by the author, handed in and paid for by the submitter."""

from ..contract import Deployment, nonce_of_word, nonce_slot, withdraw_call
from ..ports import Chain, Clock
from ..secp256k1 import sign_digest
from ..signed import SignedClaim
from ..signing import withdraw_hash
from .founding import transact

ORDER_SECONDS = 3600  # a signed order that nobody handed in by then is void


def withdraw(
    chain: Chain,
    contracts: Deployment,
    signed: SignedClaim,
    private_key: bytes,
    clock: Clock,
    wait: float,
) -> bytes:
    """Withdraw a claim on its author's home chain; return the transaction's hash.

    The author's own key must sign: a delegate cannot withdraw. The claim keeps its place.
    """
    author = signed.claim.author
    word = chain.storage(contracts.keys, nonce_slot(author), "latest")
    head = chain.block("latest")
    deadline = (0 if head is None else head.timestamp) + ORDER_SECONDS
    order = withdraw_hash(signed.home, author, signed.id, nonce_of_word(word), deadline)
    data = withdraw_call(author, signed.id, deadline, sign_digest(order, private_key))
    return transact(chain, contracts.keys, data, clock, wait)
