"""web3's provider over our own wire, so that its answers are bounded too, and strictly read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from web3.exceptions import ContractLogicError, Web3Exception, Web3RPCError
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from ..errors import InvalidChainAnswer, InvalidInput
from . import json_rpc_values as values
from .json_rpc_errors import NodeRefused, refusal
from .json_rpc_transport import JsonRpcTransport, NodeError
from .transactions import reverted

_STRICT: dict[str, Callable[[object], object]] = {
    "eth_call": values.octets,
    "eth_estimateGas": values.quantity,
    "eth_getTransactionCount": values.quantity,
    "eth_maxPriorityFeePerGas": values.quantity,
    "eth_sendRawTransaction": values.octets,
}
_RUN = frozenset({"eth_call", "eth_estimateGas"})  # web3 reads why the contract refused


class Provider(BaseProvider):
    """A provider that raises NodeRefused for a node's error, except where a contract refused."""

    def __init__(self, transport: JsonRpcTransport) -> None:
        super().__init__()
        self._transport = transport

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        """Ask the node."""
        answer = self._transport.try_ask(method, list(cast("Sequence[object]", params)))
        if isinstance(answer, NodeError):
            if method not in _RUN:
                raise self._transport.refused(method, answer)
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


@contextmanager
def translating(transport: JsonRpcTransport, method: str) -> Iterator[None]:
    """Turn what web3 raises into our own errors."""
    try:
        yield
    except ContractLogicError as cause:
        raise reverted(_error_data(cause.data)) from cause
    except Web3RPCError as cause:
        raise refusal(_refused(transport, method, cause), sending=False) from cause
    # whatever else web3 trips over is an answer that is none
    except (Web3Exception, ArithmeticError, LookupError, TypeError, ValueError) as cause:
        raise transport.broken(method, type(cause).__name__) from cause


def _refused(transport: JsonRpcTransport, method: str, cause: Web3RPCError) -> NodeRefused:
    response = cause.rpc_response
    error = None if response is None else response.get("error")
    if isinstance(error, dict):
        return transport.refused(method, NodeError(error["code"], error["message"]))
    return transport.refused(method, NodeError(0, str(cause)))


def _error_data(data: object) -> bytes:
    try:
        return values.octets(data)
    except InvalidInput:
        return b""
