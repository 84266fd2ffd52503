"""Nodes that lie: a ChainReader that leaves logs out, or tells of other storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.chain import BlockRef, ChainIdentity, Log, Tag
from ledger.ports import ChainReader
from ledger.state_trie import AccountProof


@dataclass(frozen=True, slots=True)
class LyingReader:
    """Answers as the node behind it does, but for the logs and words that it lies about."""

    node: ChainReader
    hides: Callable[[Log], bool] = lambda _: False
    tells: Callable[[bytes, bytes, bytes], bytes] = lambda _address, _slot, word: word
    shows: Callable[[Log], Log] = lambda log: log

    def identity(self) -> ChainIdentity:
        return self.node.identity()

    def block(self, at: int | Tag) -> BlockRef | None:
        return self.node.block(at)

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        found = self.node.logs(address, topics, first, last)
        return [self.shows(log) for log in found if not self.hides(log)]

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        return self.tells(address, slot, self.node.storage(address, slot, at))

    def code(self, address: bytes) -> bytes:
        return self.node.code(address)

    def raw_header(self, number: int) -> bytes | None:
        return self.node.raw_header(number)

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        return self.node.state_proof(address, slots, number)
