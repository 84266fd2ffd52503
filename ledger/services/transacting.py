"""One transaction of the submitter's, beside the anchors: sent, and waited for until in a block."""

from ..chain import TransactionReceipt
from ..errors import Conflict, CostRefused, TimedOut, TransactionReverted
from ..keccak import keccak256
from ..ports import Chain, Clock

_POLL_SECONDS = 0.2
_POLLS_A_HAND_IN = 10  # what waits is handed in again so often: another may have its place now
_PATIENCE_SECONDS = 60.0  # what waits longer is replaced by a dearer one


def transact(
    chain: Chain, to: bytes, data: bytes, clock: Clock, wait: float, *, intent: bytes | None = None
) -> bytes:
    """Send one transaction and wait until it is in a block; return the hash of what landed.

    The chain keeps it under a name that its contract and `intent` make (default: its calldata), so
    that it lands once, even if this process dies: asked again for the same, it waits for what is
    kept. While another of the submitter's waits in its place, it waits too. TransactionReverted
    when the contract refuses it, by then or from the start; TimedOut after `wait` seconds.
    """
    begun = clock.now().timestamp()
    name = keccak256(to + (data if intent is None else intent))
    signed = chain.kept(name) or _prepared(chain, to, data, name)
    turn, why = 0, ""
    while (receipt := chain.receipt(keccak256(signed))) is None:
        now = clock.now().timestamp()
        if turn and now >= begun + wait:
            raise TimedOut(
                f"transaction 0x{keccak256(signed).hex()} is not in a block after {wait:g} s{why}; "
                "it may still land: run again, which waits for it"
            )
        if turn:
            clock.sleep(_POLL_SECONDS)
        if turn % _POLLS_A_HAND_IN == 0:
            try:
                signed, why = _outbid(chain, signed, late=now - begun >= _PATIENCE_SECONDS)
                chain.broadcast(signed)
            except Conflict as cause:
                # in a block or waiting: either way it never lands beside what is signed now
                signed, why = _prepared(chain, to, data, name), f": {cause}"
            except CostRefused as cause:
                if not turn:
                    raise
                why = why or f": {cause}"
        turn += 1
    return _succeeded(receipt)


def _outbid(chain: Chain, signed: bytes, *, late: bool) -> tuple[bytes, str]:
    try:
        return chain.outbid(signed, late=late), ""
    except CostRefused as cause:
        return signed, f": {cause}"  # a node may have forgotten it: it is handed in all the same


def _prepared(chain: Chain, to: bytes, data: bytes, name: bytes) -> bytes:
    return chain.prepare(to, data, chain.cost(to, data), keep=name)


def _succeeded(receipt: TransactionReceipt) -> bytes:
    if not receipt.succeeded:
        raise TransactionReverted(
            f"the contract refused transaction 0x{receipt.transaction.hex()} in block "
            f"{receipt.block_number}"
        )
    return receipt.transaction
