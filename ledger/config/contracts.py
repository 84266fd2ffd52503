"""The contracts as they are shipped: their addresses, code and creation code."""

import json
from collections.abc import Mapping
from pathlib import Path

from ..contract import Deployment


def deployment() -> Deployment:
    """Return where the contracts are, on every chain: CREATE2 gives one address everywhere."""
    ledgers, keys = artifact("Ledgers"), artifact("AuthorKeys")
    return Deployment(
        ledgers=_hex(ledgers["address"]),
        ledgers_code=_hex(ledgers["code_hash"]),
        keys=_hex(keys["address"]),
        keys_code=_hex(keys["code_hash"]),
    )


def artifact(name: str) -> Mapping[str, str]:
    """Return a compiled contract as it is shipped: address, code_hash, bytecode, abi."""
    # by path: importlib.resources takes 15 ms to import
    path = Path(__file__).parent.parent / "abi" / f"{name}.json"
    found: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def creation_code(name: str) -> bytes:
    """Return the bytes that deploy a contract."""
    return _hex(artifact(name)["bytecode"])


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
