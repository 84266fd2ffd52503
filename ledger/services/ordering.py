"""Orders to the author's keys: signed by the author, handed in and paid for by the submitter."""

from ..contract import Deployment, nonce_of_word, nonce_slot, withdraw_call
from ..errors import InvalidInput
from ..ports import Chain, ChainReader, Clock
from ..secp256k1 import address_of_key, sign_digest
from ..signed import SignedClaim
from ..signing import Home, withdraw_hash
from .founding import transact

# Selector, author and claim: what follows, deadline and signature, differs each time it is signed.
_SAME_WITHDRAWAL = 4 + 32 + 32
ORDER_SECONDS = 3600  # a signed order that nobody handed in by then is void


def withdrawal(
    chain: ChainReader,
    contracts: Deployment,
    signed: SignedClaim,
    private_key: bytes,
    clock: Clock,
) -> bytes:
    """Return the calldata of a claim's withdrawal, signed by its author's own key."""
    author = signed.claim.author
    if address_of_key(private_key) != author:
        raise InvalidInput(
            f"expected the key of the author 0x{author.hex()}, got another's: a delegate can't "
            "withdraw"
        )
    here = Home(chain.identity().chain_id, contracts.keys)
    if signed.home != here:
        raise InvalidInput(
            f"expected the author's home chain {signed.home.chain_id} and its contract "
            f"0x{signed.home.contract.hex()}, this is chain {here.chain_id} with "
            f"0x{here.contract.hex()}: only there it can be withdrawn"
        )
    word = chain.storage(contracts.keys, nonce_slot(author), "latest")
    head = chain.block("latest")
    # A chain that makes blocks only when asked has an old head, and its next block is made now.
    begins = max(0 if head is None else head.timestamp, int(clock.now().timestamp()))
    deadline = begins + ORDER_SECONDS
    order = withdraw_hash(signed.home, author, signed.id, nonce_of_word(word), deadline)
    return withdraw_call(author, signed.id, deadline, sign_digest(order, private_key))


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
    data = withdrawal(chain, contracts, signed, private_key, clock)
    return hand_in_withdrawal(chain, contracts, data, clock, wait)


def hand_in_withdrawal(
    chain: Chain, contracts: Deployment, data: bytes, clock: Clock, wait: float
) -> bytes:
    """Hand in what `withdrawal` returned; return the hash of what landed.

    Another order of the same withdrawal that still waits is waited for instead.
    """
    same = data[:_SAME_WITHDRAWAL]
    return transact(chain, contracts.keys, data, clock, wait, intent=same)
