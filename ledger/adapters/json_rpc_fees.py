"""Fees of EIP-1559: what is offered, how an offer is raised, and what a rollup asks beside them."""

from dataclasses import dataclass

from ..abi_words import number, tail_bytes
from ..errors import CostRefused

GWEI = 10**9
# The base fee rises by an eighth a block at the most: twice it is good for five full blocks
_FEE_FACTOR = 2
# geth and anvil ask a tenth more of both fields for a replacement, nethermind more than a tenth
_RAISE = 8
# OP stack: the predeploy that tells the L1 data fee, getL1Fee(bytes), of an unsigned transaction
GAS_PRICE_ORACLE = bytes.fromhex("420000000000000000000000000000000000000f")
_GET_L1_FEE = bytes.fromhex("49948e0e")
# L1's base fee rises by an eighth in 12 s: so much more covers four full blocks of L1
_L1_MARGIN = (8, 5)


@dataclass(frozen=True, slots=True)
class Offer:
    """The most that a gas may cost, and how much of it is the block maker's tip, in wei."""

    most: int
    tip: int


def market(base_fee: int, tip: int, cap: int | None) -> Offer:
    """Return what gets a transaction into one of the next blocks, within the cap."""
    wanted = _FEE_FACTOR * base_fee + tip
    most = wanted if cap is None else min(wanted, cap)
    return Offer(most, min(tip, most))


def raised(waits: Offer, now: Offer, cap: int | None) -> Offer | None:
    """Return the offer that replaces one that waits: the market's, an eighth more at the least.

    None where that is over the cap: what waits is as dear as it may be.
    """
    least = _an_eighth_more(waits.most)
    if cap is not None and least > cap:
        return None
    most = max(least, now.most)
    if cap is not None:
        most = min(most, cap)
    return Offer(most, min(most, max(_an_eighth_more(waits.tip), now.tip)))


def require_affordable(wei_per_gas: int, cap: int | None, node: str) -> None:
    """Raise CostRefused where a gas costs more than the cap."""
    if cap is not None and wei_per_gas > cap:
        raise CostRefused(
            f"expected at most {cap} wei a gas, {node} asks {wei_per_gas}; wait, or raise "
            "max_gwei_per_gas in config.toml"
        )


def l1_fee_call(transaction: bytes) -> bytes:
    """Return the calldata that asks a transaction's L1 data fee."""
    return _GET_L1_FEE + number(32) + tail_bytes(transaction)


def l1_fee_with_margin(answer: bytes) -> int:
    """Return the L1 data fee to reckon with: what the oracle answered, and more."""
    more, than = _L1_MARGIN
    return int.from_bytes(answer[:32], "big") * more // than


def gwei(wei: int) -> str:
    """Return a price for a person."""
    return f"{wei / GWEI:.3f} gwei"


def _an_eighth_more(wei: int) -> int:
    return wei + wei // _RAISE + 1
