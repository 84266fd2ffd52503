"""What every chain that is written says alike: the gas margin, and why a contract refused."""

from ..errors import TransactionReverted

# State moves between the estimate and the block: a quarter more, which is not spent if not needed
_MARGIN_DIVISOR = 4
_ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string), Solidity's require(…, "…")
_SHOWN_BYTES = 260


def with_margin(gas: int) -> int:
    """Return the gas to allow a transaction that was estimated to need `gas`."""
    return gas + gas // _MARGIN_DIVISOR


def reverted(data: bytes, otherwise: str = "no reason") -> TransactionReverted:
    """Return the refusal that carries the contract's error data, selector first, as hex.

    `otherwise` is said when there is no error data.
    """
    said = f"0x{data[:_SHOWN_BYTES].hex()}" if data else otherwise
    return TransactionReverted(
        f"expected the contract to accept the transaction, it refused with {said}{_reason(data)}"
    )


def _reason(data: bytes) -> str:
    if data[:4] != _ERROR_STRING:
        return ""
    length = int.from_bytes(data[36:68], "big")
    text = data[68 : 68 + min(length, _SHOWN_BYTES)].decode("utf-8", "replace")
    return f" ({text!r})"
