"""The ports: what the services may ask of an engine, and what every engine promises.

Only `LedgerError` crosses a port: an adapter translates every exception of its library.
"""

from .chains import Chain, ChainReader
from .clocks import Clock
from .indexes import Index
from .memory import Memory
from .queues import Idempotency, Queue
from .stores import BlockSource, BlockStore, Pin, Pinner, PinState

__all__ = [
    "BlockSource",
    "BlockStore",
    "Chain",
    "ChainReader",
    "Clock",
    "Idempotency",
    "Index",
    "Memory",
    "Pin",
    "PinState",
    "Pinner",
    "Queue",
]
