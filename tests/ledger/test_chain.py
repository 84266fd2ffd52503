from collections.abc import Callable

import pytest

from ledger.chain import (
    MAX_TIMESTAMP,
    MAX_UINT64,
    BlockRef,
    ChainIdentity,
    Cost,
    Log,
    TransactionReceipt,
)
from ledger.errors import InvalidChainAnswer

H = bytes(32)
A = bytes(20)


def log(
    address: bytes = A,
    topics: tuple[bytes, ...] = (H,),
    number: int = 1,
    block: bytes = H,
    transaction: bytes = H,
    index: int = 0,
) -> Log:
    return Log(address, topics, b"", number, block, transaction, index)


def test_what_a_chain_can_say_is_taken() -> None:
    assert ChainIdentity(2**53 - 1, H).local is False
    assert BlockRef(MAX_UINT64, H, H, MAX_TIMESTAMP).number == MAX_UINT64
    assert log(topics=(H,) * 4).topics == (H,) * 4
    assert TransactionReceipt(H, 1, H, succeeded=True, gas_used=21_000).succeeded
    assert Cost(21_000, 3).wei == 63_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: ChainIdentity(2**53, H),
        lambda: ChainIdentity(-1, H),
        lambda: ChainIdentity(1, H[1:]),
        lambda: BlockRef(-1, H, H, 0),
        lambda: BlockRef(MAX_UINT64 + 1, H, H, 0),
        lambda: BlockRef(0, H, H, MAX_TIMESTAMP + 1),
        lambda: BlockRef(0, H[1:], H, 0),
        lambda: BlockRef(0, H, H + b"\0", 0),
        lambda: log(address=A + b"\0"),
        lambda: log(topics=(H,) * 5),
        lambda: log(topics=(H[1:],)),
        lambda: log(number=-1),
        lambda: log(block=b""),
        lambda: log(transaction=b""),
        lambda: log(index=-1),
        lambda: TransactionReceipt(b"", 1, H, succeeded=True, gas_used=0),
        lambda: TransactionReceipt(H, -1, H, succeeded=True, gas_used=0),
        lambda: TransactionReceipt(H, 1, b"", succeeded=True, gas_used=0),
        lambda: TransactionReceipt(H, 1, H, succeeded=True, gas_used=-1),
    ],
)
def test_what_no_chain_can_say_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidChainAnswer, match="expected"):
        make()
