"""Several nodes of one chain, read as one."""

from collections.abc import Sequence

from ..chain import BlockRef, ChainIdentity, Log, Tag
from ..state_trie import AccountProof
from .json_rpc_pool import NodePool, R


class JsonRpcNodes(NodePool[R]):
    """A ChainReader over several nodes: each question is answered whole by one of them.

    ChainUnreachable, with what each said, when none can be asked.
    """

    def identity(self) -> ChainIdentity:
        """Return the chain's id and its genesis hash, as the node that answers says now."""

        def ask(reader: R) -> ChainIdentity:
            identity = reader.identity()
            self._require_chain(reader, identity)
            return identity

        return self._among(ask)

    def block(self, at: int | Tag) -> BlockRef | None:
        """Return the canonical block of that number or tag; None if there is none (yet)."""
        found = self._among(lambda reader: reader.block(at))
        if found is not None and at == "latest":
            self._require_from_now(found.number)
        return found

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        """Return that contract's logs in the canonical blocks first..last, all from one node."""
        return self._among(lambda reader: reader.logs(address, topics, first, last))

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        """Return the 32-byte word of a storage slot at the end of that block (zero if unset)."""
        return self._among(lambda reader: reader.storage(address, slot, at))

    def code(self, address: bytes) -> bytes:
        """Return the contract's code at the latest block (empty if there is none)."""
        return self._among(lambda reader: reader.code(address))

    def balance(self, address: bytes) -> int:
        """Return how much of the chain's coin an account holds now, in wei."""
        return self._among(lambda reader: reader.balance(address))

    def raw_header(self, number: int) -> bytes | None:
        """Return the RLP of a block's header; None where no node gives such bytes."""
        return self._first(lambda reader: reader.raw_header(number))

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        """Return the proofs of an account and its slots; None where no node gives them."""
        return self._first(lambda reader: reader.state_proof(address, slots, number))
