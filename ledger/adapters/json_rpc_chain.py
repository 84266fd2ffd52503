"""Any chain that speaks JSON-RPC, written: web3 asks and eth_account signs, over the same wire."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from eth_account import Account
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3Exception, Web3RPCError
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxParams, Wei

from ..chain import Cost, Tag, TransactionReceipt
from ..errors import (
    ChainUnreachable,
    Conflict,
    CostRefused,
    InvalidChainAnswer,
    InvalidInput,
    Refused,
)
from ..keccak import keccak256
from ..ports import Clock
from ..secp256k1 import address_of_key
from . import json_rpc_values as values
from .json_rpc_reader import JsonRpcReader
from .json_rpc_transport import MAX_ANSWER_BYTES, JsonRpcTransport, NodeError
from .transactions import reverted, with_margin

# The base fee rises by an eighth a block at the most: twice it is good for five full blocks
_FEE_FACTOR = 2
_STRICT: dict[str, Callable[[object], object]] = {
    "eth_call": values.octets,
    "eth_estimateGas": values.quantity,
    "eth_getTransactionCount": values.quantity,
    "eth_maxPriorityFeePerGas": values.quantity,
    "eth_sendRawTransaction": values.octets,
}
_TAKEN = ("nonce too low", "underpriced", "already been used")
_TOO_DEAR = ("insufficient funds", "max fee per gas less than", "fee cap less than")


class _Provider(BaseProvider):
    """web3's provider over our own wire, so that its answers are bounded too."""

    def __init__(self, transport: JsonRpcTransport) -> None:
        super().__init__()
        self._transport = transport

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        answer = self._transport.try_ask(method, list(cast("Sequence[object]", params)))
        if isinstance(answer, NodeError):
            return {
                "jsonrpc": "2.0",
                "id": 1,
                "error": {"code": answer.code, "message": answer.message, "data": answer.data},
            }
        # web3 takes a number for bytes and more of the kind
        check = _STRICT.get(method)
        if check is not None:
            try:
                check(answer)
            except InvalidChainAnswer as cause:
                raise self._transport.broken(method, str(cause)) from cause
        return {"jsonrpc": "2.0", "id": 1, "result": answer}


class JsonRpcChain(JsonRpcReader):
    """The Chain that the node at `url` follows, paid for by `submitter_key` (32 bytes).

    `max_wei_per_gas` is the most that a gas may cost: over it, CostRefused. On a rollup the fee
    for its parent chain's data comes on top of what `cost` says.
    """

    def __init__(
        self,
        url: str,
        submitter_key: bytes,
        *,
        max_wei_per_gas: int | None = None,
        timeout: float = 20.0,
        max_answer: int = MAX_ANSWER_BYTES,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(url, timeout=timeout, max_answer=max_answer, clock=clock)
        self._key = submitter_key
        self._most = max_wei_per_gas
        self.submitter = address_of_key(submitter_key)
        # no middleware: it would ask the chain id before every question
        self._web3 = Web3(_Provider(self._transport), middleware=[])

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers in that block's state; TransactionReverted if it won't.

        The caller it sees is the submitter.
        """
        with self._translating("eth_call"):
            # EIP-3668 would send web3 to whatever server the contract names
            return bytes(self._web3.eth.call(self._question(to, data), at, ccip_read_enabled=False))

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would."""
        with self._translating("eth_estimateGas"):
            gas = with_margin(self._web3.eth.estimate_gas(self._question(to, data)))
        with self._translating("eth_feeHistory"):
            # the last entry is the next block's
            base_fee = self._web3.eth.fee_history(1, "latest")["baseFeePerGas"][-1]
        tip = self._tip()
        self._require_affordable(base_fee + tip)
        wei_per_gas = _FEE_FACTOR * base_fee + tip
        return Cost(gas, wei_per_gas if self._most is None else min(wei_per_gas, self._most))

    def prepare(self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False) -> bytes:
        """Return a signed transaction with the nonce after all that the node has seen of us.

        `alone`: after what is in blocks, so that it takes the place of whatever waits. Whoever
        keeps the bytes keeps the nonce; another may take it first, and `broadcast` then raises
        Conflict.
        """
        self._require_affordable(cost.wei_per_gas)
        chain_id = self.identity().chain_id
        with self._translating("eth_getTransactionCount"):
            nonce = self._web3.eth.get_transaction_count(
                to_checksum_address(self.submitter), "latest" if alone else "pending"
            )
        signed = Account.sign_transaction(
            {
                "type": 2,
                "chainId": chain_id,
                "nonce": nonce,
                "to": to_checksum_address(to),
                "value": 0,
                "data": HexBytes(data),
                "gas": cost.gas,
                "maxFeePerGas": cost.wei_per_gas,
                "maxPriorityFeePerGas": min(self._tip(), cost.wei_per_gas),
            },
            self._key,
        )
        return bytes(signed.raw_transaction)

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to the node and return its hash. Safe to repeat.

        Conflict when its nonce was taken by another: prepare again.
        """
        name = keccak256(signed)
        try:
            with self._translating("eth_sendRawTransaction"):
                sent = self._web3.eth.send_raw_transaction(HexBytes(signed))
        except _NodeRefused as refusal:
            # "already known" has as many wordings as there are nodes: ask for it instead
            if self._transport.ask("eth_getTransactionByHash", [f"0x{name.hex()}"]) is not None:
                return name
            raise _refusal(refusal) from refusal
        if sent != name:
            raise self._transport.broken("eth_sendRawTransaction", "the hash of another")
        return name

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of it; None while it is in no canonical block."""
        method = "eth_getTransactionReceipt"
        answer = self._transport.ask(method, [f"0x{transaction.hex()}"])
        # some nodes answer for a transaction that still waits, with no block
        if answer is None or (isinstance(answer, dict) and answer.get("blockHash") is None):
            return None
        found = self._parse(values.receipt, method, answer)
        if found.transaction != transaction:
            raise self._transport.broken(method, "the receipt of another transaction")
        return found

    def _question(self, to: bytes, data: bytes) -> TxParams:
        return {
            "from": to_checksum_address(self.submitter),
            "to": to_checksum_address(to),
            "data": HexBytes(data),
        }

    def _tip(self) -> Wei:
        with self._translating("eth_maxPriorityFeePerGas"):
            return self._web3.eth.max_priority_fee

    def _require_affordable(self, wei_per_gas: int) -> None:
        if self._most is not None and wei_per_gas > self._most:
            raise CostRefused(
                f"expected at most {self._most} wei a gas, {self._transport.node} asks "
                f"{wei_per_gas}; wait, or raise max_gwei_per_gas in config.toml"
            )

    @contextmanager
    def _translating(self, method: str) -> Iterator[None]:
        try:
            yield
        except ContractLogicError as cause:
            raise reverted(_error_data(cause.data)) from cause
        except Web3RPCError as cause:
            raise _NodeRefused(str(self._transport.broken(method, str(cause)))) from cause
        # whatever else web3 trips over is an answer that is none
        except (Web3Exception, ArithmeticError, LookupError, TypeError, ValueError) as cause:
            raise self._transport.broken(method, type(cause).__name__) from cause


class _NodeRefused(ChainUnreachable):
    """The node answered with an error of its own."""


def _refusal(refusal: _NodeRefused) -> Conflict | CostRefused | Refused:
    said = str(refusal).lower()
    if any(words in said for words in _TAKEN):
        return Conflict(f"{refusal}: another took its nonce; prepare again")
    if any(words in said for words in _TOO_DEAR):
        return CostRefused(f"{refusal}: ask the cost and prepare again")
    return Refused(str(refusal))


def _error_data(data: object) -> bytes:
    try:
        return values.octets(data)
    except InvalidInput:
        return b""
