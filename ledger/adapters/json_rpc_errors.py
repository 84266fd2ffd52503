"""What a node's refusal means for whoever asked: ask it again, ask another, or give up.

Nodes agree on few codes, and on no wording; so the wordings come first, the most telling first.
Sources: EIP-1474 and the JSON-RPC specification (codes) · geth: core/txpool/errors.go,
core/error.go, rpc/errors.go · reth: transaction-pool/src/error.rs · erigon: txpool/txpoolcfg ·
nethermind: TxPool/AcceptTxResult.cs · besu: RpcErrorType.java · anvil: eth/error.rs · the error
pages of Alchemy, Infura and QuickNode.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ..errors import ChainUnreachable, Conflict, CostRefused, Refused


@dataclass(frozen=True, slots=True)
class NodeError:
    """The node's own error: an answer, though not the one that was asked for."""

    code: int
    message: str
    data: str = ""


class Remedy(Enum):
    """What may help."""

    AGAIN = "ask the same node again, after a pause"
    ANOTHER = "ask another node"
    TAKEN = "give up: another transaction has its place"
    DEAR = "give up: it pays too little, or there is too little to pay it with"
    REFUSED = "give up: every node refuses this"


class NodeRefused(ChainUnreachable):
    """The node can be asked, and answered this question with an error of its own."""

    def __init__(self, said: str, error: NodeError) -> None:
        super().__init__(said)
        self.error = error

    @property
    def remedy(self) -> Remedy | None:
        """What may help."""
        return remedy_of(self.error)


# HTTP status. What is not here is the body's to decide, or no answer at all.
STATUSES: Mapping[int, Remedy] = {
    408: Remedy.AGAIN,
    425: Remedy.AGAIN,
    429: Remedy.AGAIN,  # too many requests, by every provider
    500: Remedy.ANOTHER,
    502: Remedy.AGAIN,
    503: Remedy.AGAIN,
    504: Remedy.AGAIN,
}

# What an error's message holds, in lower case.
WORDINGS: Sequence[tuple[str, Remedy, str]] = (
    ("nonce too low", Remedy.TAKEN, "geth, erigon, reth, besu, anvil"),
    ("oldnonce", Remedy.TAKEN, "nethermind"),
    ("nonce is too low", Remedy.TAKEN, "openethereum's heirs"),
    ("already been used", Remedy.TAKEN, "nethermind, hardhat"),
    ("ownnoncealreadyused", Remedy.TAKEN, "nethermind"),
    ("could not replace existing", Remedy.TAKEN, "erigon"),
    ("replacementnotallowed", Remedy.TAKEN, "nethermind"),
    ("to replace existing", Remedy.TAKEN, "reth"),
    ("replacement", Remedy.TAKEN, "geth, besu, anvil: replacement transaction underpriced"),
    ("replace transaction underpriced", Remedy.TAKEN, "geth's heirs"),
    ("insufficient funds", Remedy.DEAR, "geth, erigon, reth, anvil"),
    ("insufficientfunds", Remedy.DEAR, "nethermind"),
    ("upfront cost exceeds", Remedy.DEAR, "besu"),
    ("exceeds allowance", Remedy.DEAR, "geth: gas required exceeds allowance"),
    ("less than block base fee", Remedy.DEAR, "geth, reth, anvil: max fee per gas less than …"),
    ("less than the current basefee", Remedy.DEAR, "besu"),
    ("fee cap less than", Remedy.DEAR, "erigon"),
    ("feetoolow", Remedy.DEAR, "nethermind: FeeTooLow, FeeTooLowToCompete"),
    ("fee too low", Remedy.DEAR, "erigon"),
    ("below configured minimum", Remedy.DEAR, "besu"),
    ("underpriced", Remedy.DEAR, "geth, reth: transaction underpriced"),
    ("exceeds the configured cap", Remedy.DEAR, "geth: --rpc.txfeecap"),
    ("txpool is full", Remedy.ANOTHER, "geth, reth"),
    ("pool overflow", Remedy.ANOTHER, "erigon"),
    ("syncing", Remedy.ANOTHER, "nethermind"),
    ("rate limit", Remedy.AGAIN, "Infura, QuickNode"),
    ("too many requests", Remedy.AGAIN, "Infura, Cloudflare"),
    ("per second", Remedy.AGAIN, "Alchemy, QuickNode: compute units or requests per second"),
    ("execution reverted", Remedy.REFUSED, "geth, erigon, reth, anvil"),
    ("header not found", Remedy.ANOTHER, "geth: a block that this node lacks"),
    ("unknown block", Remedy.ANOTHER, "geth"),
    ("missing trie node", Remedy.ANOTHER, "geth: state that this node has pruned"),
    ("state is not available", Remedy.ANOTHER, "geth, erigon: historical state … not available"),
)

# JSON-RPC codes, where no wording told.
CODES: Mapping[int, Remedy] = {
    3: Remedy.REFUSED,  # geth: the contract reverted, its data beside
    429: Remedy.AGAIN,  # QuickNode, in the body
    -32001: Remedy.ANOTHER,  # EIP-1474: resource not found
    -32002: Remedy.ANOTHER,  # EIP-1474: resource unavailable; geth: request timed out
    -32003: Remedy.REFUSED,  # EIP-1474: transaction rejected
    -32004: Remedy.ANOTHER,  # EIP-1474: method not supported
    -32005: Remedy.AGAIN,  # EIP-1474: limit exceeded; Infura: too many requests
    -32029: Remedy.AGAIN,  # rate limited, by several gateways
    -32601: Remedy.ANOTHER,  # JSON-RPC: no such method here
    -32603: Remedy.ANOTHER,  # JSON-RPC: internal error
}
# -32005 is Infura's answer to a range of too many logs as well: a pause does not help there
_NARROWER = ("more than", "range", "too large", "size exceeded", "results")


def remedy_of(error: NodeError) -> Remedy | None:
    """Return what may help; None where nothing tells (then another node may)."""
    said = error.message.lower()
    for words, remedy, _ in WORDINGS:
        if words in said:
            return remedy
    remedy_by_code = CODES.get(error.code)
    if remedy_by_code is Remedy.AGAIN and any(words in said for words in _NARROWER):
        return Remedy.ANOTHER
    return remedy_by_code


def refusal(
    refused: NodeRefused, *, sending: bool
) -> ChainUnreachable | Conflict | CostRefused | Refused:
    """Return what to raise for a node's error.

    `sending`: it is about a transaction; then what nothing is known of is a refusal too.
    """
    remedy = refused.remedy
    if remedy is Remedy.TAKEN:
        return Conflict(f"{refused}: another took its nonce; prepare again")
    if remedy is Remedy.DEAR:
        return CostRefused(f"{refused}: ask the cost and prepare again")
    if sending and remedy in {Remedy.REFUSED, None}:
        return Refused(str(refused))
    return refused
