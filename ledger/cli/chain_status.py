"""How a chain stands: who it is, its heads, our contracts there, this home's ledger, who pays."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from ..abi_words import read_address
from ..chain import BlockRef
from ..config import ChainSettings
from ..contract import (
    closed_of_word,
    owner_slot,
    size_of_word,
    size_slot,
    submitter_of_word,
)
from ..encoding import hex_of
from ..keccak import keccak256
from ..ports import ChainReader
from ..wiring import Installation
from .chain_presets import Row, meaning, meaning_lines
from .paying import WEI


@runtime_checkable
class HasBalances(Protocol):
    """A chain whose accounts hold a coin."""

    def balance(self, address: bytes) -> int:
        """Return what an account holds now, in wei."""
        ...


def chain_status(installation: Installation, name: str | None) -> Row:
    """Return what a chain says now, for a program. ChainUnreachable when it can't be asked."""
    settings = installation.settings.chain(name)
    reader = installation.reader(settings.name)
    identity = reader.identity()
    pinned = settings.chain_id is not None and settings.genesis is not None
    same = settings.chain_id in {None, identity.chain_id} and settings.genesis in {
        None,
        identity.genesis,
    }
    return {
        "chain": settings.name,
        "chain_id": identity.chain_id,
        "genesis": hex_of(identity.genesis),
        "local": identity.local,
        "embedded": settings.embedded,
        "pinned": pinned,
        "as_pinned": same,
        "heads": {
            "latest": _number(reader.block("latest")),
            "safe": _number(reader.block("safe")),
            "finalized": _number(reader.block("finalized")),
        },
        "contracts": contracts_on(installation, reader),
        "ledger": _ledger(installation, settings, reader),
        "submitter": _submitter(installation, settings, reader),
        **meaning(settings, identity.chain_id, identity.genesis),
    }


def contracts_on(installation: Installation, reader: ChainReader) -> list[Row]:
    """Return our two contracts with their state: ours, missing or other_code."""
    ours = installation.contracts
    rows: list[Row] = []
    for name, address, expected in (
        ("Ledgers", ours.ledgers, ours.ledgers_code),
        ("AuthorKeys", ours.keys, ours.keys_code),
    ):
        code = reader.code(address)
        found = keccak256(code)
        state = "missing" if not code else "ours" if found == expected else "other_code"
        rows.append(
            {
                "name": name,
                "address": hex_of(address),
                "state": state,
                "code_hash": hex_of(found) if code else None,
            }
        )
    return rows


def status_text(value: Mapping[str, object]) -> str:
    """Return the same for a person."""
    heads, ledger, payer = value["heads"], value["ledger"], value["submitter"]
    contracts = value["contracts"]
    local = "  LOCAL CHAIN: proves order on this computer only" if value["local"] else ""
    lines = [
        f"{value['chain']}: chain {value['chain_id']}{local}",
        f"  genesis    {value['genesis']}" + _pin(value),
    ]
    if isinstance(heads, dict):
        lines.append("  heads      " + ", ".join(f"{tag} {at}" for tag, at in heads.items()))
    lines += meaning_lines(value)
    lines += [
        f"  {one['name']:<10} {one['address']}  {one['state']}"
        for one in (contracts if isinstance(contracts, list) else ())
    ]
    if isinstance(ledger, dict):
        closed = ", closed" if ledger["closed"] else ""
        lines += [
            f"  ledger     {ledger['id']}  size {ledger['size']}{closed}",
            f"  waiting    {ledger['waiting']} leaves acknowledged and not yet in a block",
        ]
    else:
        lines.append(
            f"  ledger     none of this home; `sealbook chain deploy --chain {value['chain']}`"
        )
    if isinstance(payer, dict):
        held = payer["balance_wei"]
        coin = "" if held is None else f"  holds {int(held) / WEI:.6f} of the chain's coin"
        lines.append(f"  submitter  {payer['address']}  {payer['key'] or ''}{coin}")
    return "\n".join(lines)


def _pin(value: Mapping[str, object]) -> str:
    if not value["as_pinned"]:
        return "  NOT the chain that config.toml pins: ask another node"
    return "" if value["pinned"] or value["embedded"] else "  (not pinned in config.toml)"


def _ledger(installation: Installation, settings: ChainSettings, reader: ChainReader) -> Row | None:
    founded = installation.files(settings.name).founded()
    if founded is None:
        return None
    contract = installation.contracts.ledgers
    word = reader.storage(contract, size_slot(founded.ledger), "latest")
    owner = reader.storage(contract, owner_slot(founded.ledger), "latest")
    waiting = 0
    if installation.has_queue(settings.name):
        waiting = installation.queue(settings.name).size() - size_of_word(word)
    return {
        "id": hex_of(founded.ledger),
        "size": size_of_word(word),
        "closed": closed_of_word(word),
        "owner": hex_of(read_address(owner)),
        "submitter": hex_of(submitter_of_word(word)),
        "waiting": waiting,
    }


def _submitter(
    installation: Installation, settings: ChainSettings, reader: ChainReader
) -> Row | None:
    """Return who pays on a chain that is not embedded, by the keystore, without a passphrase."""
    if settings.embedded or settings.submitter is None:
        return None
    held = dict(installation.keystore.addresses())
    address = held.get(settings.submitter)
    if address is None:
        return None
    balance = reader.balance(address) if isinstance(reader, HasBalances) else None
    return {
        "key": settings.submitter,
        "address": hex_of(address),
        "balance_wei": None if balance is None else str(balance),
    }


def _number(block: BlockRef | None) -> int | None:
    return None if block is None else block.number
