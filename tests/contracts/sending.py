"""Transactions to a test node from an account that it signs for itself."""

import time
from typing import Any

from tests.nodes import AnvilNode


def account(node: AnvilNode) -> str:
    """Return the first account that the node signs for."""
    accounts = node.ask("eth_accounts")
    assert isinstance(accounts, list)
    return str(accounts[0])


def send(node: AnvilNode, to: str | None, data: bytes) -> dict[str, Any]:
    """Send a transaction, to nobody to deploy; return its receipt, of a reverted one too."""
    # the gas is said, so that the node does not refuse what will revert
    call = {"from": account(node), "data": "0x" + data.hex(), "gas": hex(5_000_000)}
    sent = node.ask("eth_sendTransaction", call | ({"to": to} if to else {}))
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        receipt = node.ask("eth_getTransactionReceipt", sent)
        if isinstance(receipt, dict):
            return receipt
        time.sleep(0.002)
    raise AssertionError(f"no receipt of {sent} within 30 seconds")
