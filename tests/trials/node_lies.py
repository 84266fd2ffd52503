"""Lies of a node: an old block as its head, a wrong receipt, a log left out, another chain."""

import json
from collections.abc import Callable, Sequence
from random import Random

from .faulty_proxy import Answered, Asked, Behaviour, FaultyProxy, Forward

OK = 200
Ask = Callable[..., object]
_TAGS = {"latest", "pending", "safe", "finalized"}
# Which parameter of a method names the block that is asked about
_BLOCK_PARAMETER = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_feeHistory": 1,
    "eth_getBalance": 1,
    "eth_getBlockByNumber": 0,
    "eth_getCode": 1,
    "eth_getProof": 2,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}
_FIRM = {"safe": 1, "finalized": 2}  # blocks under the head


def stale(ask: Ask, behind: int) -> Behaviour:
    """Tell the past: as if the chain ended so many blocks before where it is now.

    It takes transactions, as a node that hangs does: what becomes of them it does not see.
    """
    head = max(0, int(str(ask("eth_blockNumber")), 16) - behind)

    def lie(method: str, parameters: list[object], real: Ask) -> object:
        if method == "eth_blockNumber":
            return hex(head)
        at = _BLOCK_PARAMETER.get(method)
        if at is not None:
            parameters += ["latest"] * (at + 1 - len(parameters))
            asked = parameters[at]
            if asked in _TAGS:
                parameters[at] = hex(max(0, head - _FIRM.get(str(asked), 0)))
            elif isinstance(asked, str) and int(asked, 16) > head:
                if method == "eth_getBlockByNumber":
                    return None
                parameters[at] = hex(head)
        answer = real(method, *parameters)
        if method == "eth_getLogs" and isinstance(answer, list):
            return [log for log in answer if int(log["blockNumber"], 16) <= head]
        return None if _beyond(answer, head) else answer

    return _lying(lie)


def _beyond(answer: object, head: int) -> bool:
    number = answer.get("blockNumber") if isinstance(answer, dict) else None
    return isinstance(number, str) and int(number, 16) > head


def wrong_receipt(chance: Random, others: Sequence[object]) -> Behaviour:
    """Tell each transaction's fate wrongly, each time in another way; `others` are receipts."""

    def lie(method: str, parameters: list[object], real: Ask) -> object:
        answer = real(method, *parameters)
        if method != "eth_getTransactionReceipt" or not isinstance(answer, dict):
            return answer
        flipped = "0x0" if answer["status"] == "0x1" else "0x1"
        other = chance.choice(others)
        assert isinstance(other, dict)
        return chance.choice(
            (
                answer | {"status": flipped},
                answer | {"status": flipped, "logs": []},
                answer | {"blockHash": f"0x{chance.randbytes(32).hex()}"},
                answer | {"blockNumber": other["blockNumber"], "blockHash": other["blockHash"]},
                answer | {"logs": []},
                other,
                other | {"transactionHash": answer["transactionHash"]},
                None,
            )
        )

    return _lying(lie)


def left_out_log(chance: Random) -> Behaviour:
    """Leave out one of the logs that are asked for, or all of them."""

    def lie(method: str, parameters: list[object], real: Ask) -> object:
        answer = real(method, *parameters)
        if method != "eth_getLogs" or not isinstance(answer, list) or not answer:
            return answer
        left = chance.randrange(-len(answer), len(answer))
        return [] if left < 0 else [*answer[:left], *answer[left + 1 :]]

    return _lying(lie)


def another_chain(proxy: FaultyProxy, url: str) -> Behaviour:
    """Ask the node of another chain, which has the same id."""

    def elsewhere(asked: Asked, _: Forward) -> Answered:
        return proxy.forward(asked, url)

    return elsewhere


def corrupted(chance: Random) -> Behaviour:
    """Serve blocks with one byte changed, and call that a success."""

    def behave(asked: Asked, forward: Forward) -> Answered:
        answered = forward(asked)
        served = any(word in asked.path for word in ("/block/get", "/cat", "/dag/export"))
        if not served or answered.status != OK or not answered.body:
            return answered
        body = bytearray(answered.body)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return Answered(answered.status, answered.headers, bytes(body))

    return behave


def _lying(lie: Callable[[str, list[object], Ask], object]) -> Behaviour:
    def behave(asked: Asked, forward: Forward) -> Answered:
        request = json.loads(asked.body)

        def real(method: str, *parameters: object) -> object:
            body = json.dumps({**request, "method": method, "params": list(parameters)}).encode()
            answer = json.loads(forward(Asked(asked.method, asked.path, asked.headers, body)).body)
            if "error" in answer:
                raise _NodeError(answer)
            return answer["result"]

        try:
            result = lie(request["method"], list(request["params"]), real)
        except _NodeError as error:
            answer = error.answer
        else:
            answer = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        return Answered(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    return behave


class _NodeError(Exception):
    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer
