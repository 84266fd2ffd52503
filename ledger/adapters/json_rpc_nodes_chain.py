"""Several nodes of one chain, written as one."""

from contextlib import suppress

from ..chain import Cost, Tag, TransactionReceipt
from ..errors import ChainUnreachable, Conflict, CostRefused, Refused
from .json_rpc_chain import JsonRpcChain
from .json_rpc_nodes import JsonRpcNodes


class JsonRpcNodesChain(JsonRpcNodes[JsonRpcChain]):
    """A Chain over one chain's nodes; all are of one submitter and share one outbox."""

    @property
    def submitter(self) -> bytes:
        """The 20-byte address of the account that pays."""
        return self._last.reader.submitter

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers in that block's state; TransactionReverted if it won't.

        The caller it sees is the submitter.
        """
        return self._among(lambda chain: chain.call(to, data, at))

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would."""
        return self._among(lambda chain: chain.cost(to, data))

    def prepare(
        self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False, keep: bytes | None = None
    ) -> bytes:
        """Return a signed transaction.

        What is asked next is not answered by a node that is behind the one that said its nonce.
        """
        signed = self._among(lambda chain: chain.prepare(to, data, cost, alone=alone, keep=keep))
        self.block("latest")
        return signed

    def kept(self, name: bytes) -> bytes | None:
        """Return what `prepare` kept under that name, unless its place was taken by another."""
        return self._among(lambda chain: chain.kept(name))

    def outbid(self, signed: bytes, *, late: bool = False) -> bytes:
        """Return the transaction with higher fees and the same nonce, kept; or as it is."""
        return self._among(lambda chain: chain.outbid(signed, late=late))

    def resend(self) -> None:
        """Hand in again what is kept and in no block."""
        self._among(lambda chain: chain.resend())

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to every node that can be asked, and return its hash.

        To every one, since a node that took it may be gone before it told its peers, or keep it
        to itself; and its bytes, so its hash, are fixed: no node can make two of it. The first
        node that answers decides what is raised.
        """
        name = self._among(lambda chain: chain.broadcast(signed))
        took = self._last
        for node in self._good():
            if node is not took:
                with suppress(ChainUnreachable, Conflict, CostRefused, Refused):
                    self._require_checked(node)
                    node.reader.broadcast(signed)
        return name

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of it; None while it is in no canonical block."""
        return self._among(lambda chain: chain.receipt(transaction))
