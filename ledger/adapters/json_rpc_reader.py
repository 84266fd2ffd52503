"""Any chain that speaks JSON-RPC, read: httpx and nothing else, every answer strictly parsed."""

import re
from collections.abc import Callable, Sequence
from typing import Self, TypeVar

from ..chain import MAX_TOPICS, BlockRef, ChainIdentity, Log, Tag
from ..errors import ChainUnreachable, InvalidChainAnswer
from ..ports import Clock
from ..state_trie import AccountProof
from . import json_rpc_state as state
from . import json_rpc_values as values
from .json_rpc_transport import (
    MAX_ANSWER_BYTES,
    TRIES,
    AnswerTooLarge,
    JsonRpcTransport,
    NodeError,
)

_Read = TypeVar("_Read")
# The ids that the usual development nodes take (anvil and Hardhat, geth and Ganache): whoever
# starts one makes its blocks. A public chain never has them, so a false `local` cannot arise there.
_DEVELOPMENT_IDS = frozenset({31337, 1337})
_MAX_CHAIN_ID = 2**53 - 1
# How nodes say that they have no such block: geth after a start, bor always (it sets none as safe)
_NO_SUCH_BLOCK = re.compile(r"(safe|finalized) block not found|unknown block", re.IGNORECASE)
_MAX_WEI = 2**256 - 1


class JsonRpcReader:
    """A ChainReader of the chain that the node at `url` follows.

    A broken or lying answer raises ChainUnreachable with what came. `timeout` in seconds for each
    step of a request, `max_answer` in bytes.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 20.0,
        max_answer: int = MAX_ANSWER_BYTES,
        clock: Clock | None = None,
        tries: int = TRIES,
    ) -> None:
        self._transport = JsonRpcTransport(
            url, timeout=timeout, max_answer=max_answer, clock=clock, tries=tries
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the node."""
        self._transport.close()

    @property
    def node(self) -> str:
        """How the node is named in messages: its host, without the secrets of its URL."""
        return self._transport.node

    def identity(self) -> ChainIdentity:
        """Return the chain's id and its genesis hash: that of block 0."""
        chain_id = self._ask(_chain_id, "eth_chainId")
        genesis = self._block("0x0")
        if genesis is None:
            raise self._transport.broken("eth_getBlockByNumber", "no block 0")
        return ChainIdentity(chain_id, genesis.hash, local=chain_id in _DEVELOPMENT_IDS)

    def block(self, at: int | Tag) -> BlockRef | None:
        """Return the canonical block of that number or tag; None if there is none (yet)."""
        found = self._block(values.block_parameter(at))
        if found is not None and isinstance(at, int) and found.number != at:
            raise self._transport.broken("eth_getBlockByNumber", f"block {found.number} for {at}")
        return found

    def logs(
        self,
        address: bytes,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> Sequence[Log]:
        """Return that contract's logs in the canonical blocks first..last, in their order.

        A range that the node refuses is asked in halves; one block that it refuses raises.
        """
        wanted: list[Sequence[bytes] | None] = [
            (topic,) if isinstance(topic, bytes) else topic for topic in topics
        ]
        while wanted and wanted[-1] is None:
            wanted.pop()
        if len(wanted) > MAX_TOPICS or any(topic is not None and not topic for topic in wanted):
            return ()
        # nodes refuse ranges that reach beyond their head
        last = min(last, self._ask(values.quantity, "eth_blockNumber"))
        start, stride = max(first, 0), last - first + 1
        found: list[Log] = []
        while start <= last:
            end = min(start + stride - 1, last)
            part = self._logs(address, wanted, start, end)
            if isinstance(part, ChainUnreachable):
                if start == end:
                    raise part
                stride = (end - start + 1) // 2
                continue
            found += part
            start = end + 1
            stride *= 2
        return tuple(found)

    def storage(self, address: bytes, slot: bytes, at: int | Tag) -> bytes:
        """Return the 32-byte word of a storage slot at the end of that block (zero if unset)."""
        place = [f"0x{address.hex()}", f"0x{slot.hex()}", values.block_parameter(at)]
        return self._ask(values.word, "eth_getStorageAt", *place)

    def code(self, address: bytes) -> bytes:
        """Return the contract's code at the latest block (empty if there is none)."""
        return self._ask(values.octets, "eth_getCode", f"0x{address.hex()}", "latest")

    def raw_header(self, number: int) -> bytes | None:
        """Return the RLP of a block's header; None where the node gives no such bytes."""
        return state.raw_header(self._transport, number)

    def state_proof(
        self, address: bytes, slots: Sequence[bytes], number: int
    ) -> AccountProof | None:
        """Return what the node gives as proofs; None where it can't, or no longer can."""
        return state.state_proof(self._transport, address, slots, number)

    def balance(self, address: bytes) -> int:
        """Return how much of the chain's coin an account holds now, in wei."""

        def wei(value: object) -> int:
            return values.quantity(value, _MAX_WEI)

        return self._ask(wei, "eth_getBalance", f"0x{address.hex()}", "latest")

    def _ask(self, read: Callable[[object], _Read], method: str, *parameters: object) -> _Read:
        return self._parse(read, method, self._transport.ask(method, list(parameters)))

    def _parse(self, read: Callable[[object], _Read], method: str, answer: object) -> _Read:
        try:
            return read(answer)
        except InvalidChainAnswer as cause:
            raise ChainUnreachable(
                f"expected {self._transport.node} to answer {method} as a chain does: {cause}"
            ) from cause

    def _block(self, at: str) -> BlockRef | None:
        method = "eth_getBlockByNumber"
        answer = self._transport.try_ask(method, [at, False])
        if isinstance(answer, NodeError):
            if at in {"safe", "finalized"} and _NO_SUCH_BLOCK.search(answer.message):
                return None
            raise self._transport.broken(method, f"error {answer.code}: {answer.message}")
        return self._parse(_optional(values.block), method, answer)

    def _logs(
        self, address: bytes, topics: list[Sequence[bytes] | None], first: int, last: int
    ) -> list[Log] | ChainUnreachable:
        method = "eth_getLogs"
        question = {
            "address": f"0x{address.hex()}",
            "topics": [
                None if topic is None else [f"0x{one.hex()}" for one in topic] for topic in topics
            ],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        try:
            answer = self._transport.try_ask(method, [question])
        except AnswerTooLarge as refusal:
            return refusal
        if isinstance(answer, NodeError):
            return self._transport.broken(method, f"error {answer.code}: {answer.message}")
        found = self._parse(values.logs, method, answer)
        found.sort(key=lambda log: (log.block_number, log.index))
        places = {(log.block_number, log.index) for log in found}
        if len(places) != len(found) or not all(
            log.address == address and first <= log.block_number <= last and _matches(log, topics)
            for log in found
        ):
            raise self._transport.broken(method, "logs that were not asked for, or one twice")
        return found


def _chain_id(value: object) -> int:
    return values.quantity(value, _MAX_CHAIN_ID)


def _optional(read: Callable[[object], _Read]) -> Callable[[object], _Read | None]:
    return lambda value: None if value is None else read(value)


def _matches(log: Log, topics: list[Sequence[bytes] | None]) -> bool:
    return len(log.topics) >= len(topics) and all(
        wanted is None or topic in wanted for topic, wanted in zip(log.topics, topics, strict=False)
    )
