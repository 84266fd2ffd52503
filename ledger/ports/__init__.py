"""The ports: what the services may ask of an engine, and what every engine promises.

Only `LedgerError` crosses a port: an adapter translates every exception of its library.
"""

from .chains import Chain, ChainReader
from .clocks import Clock
from .debts import Account, Debt, Debts, DebtState
from .evidence import BatchEvidence, DueEvidence, Evidence
from .indexes import Index
from .memory import Memory
from .queues import Idempotency, Queue
from .stores import BlockSource, BlockStore, Pin, Pinner, PinState

__all__ = [
    "Account",
    "BatchEvidence",
    "BlockSource",
    "BlockStore",
    "Chain",
    "ChainReader",
    "Clock",
    "Debt",
    "DebtState",
    "Debts",
    "DueEvidence",
    "Evidence",
    "Idempotency",
    "Index",
    "Memory",
    "Pin",
    "PinState",
    "Pinner",
    "Queue",
]
