"""Founding: the contracts and the ledger on a chain, made once, by anyone, at known addresses."""

from collections.abc import Mapping, Sequence

from ..chain import Cost
from ..checkpoint import ledger_id
from ..contract import Deployment, Founded, create_call, owner_slot
from ..errors import BadSettings, InvalidInput, TransactionReverted
from ..keccak import keccak256
from ..ports import Chain, ChainReader, Clock
from .transacting import transact

__all__ = ["deploy", "found_ledger", "missing", "quote", "require_contracts", "transact"]

# The deterministic deployment proxy: calldata is salt ‖ creation code, on every chain the same.
FACTORY = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")
_SALT = bytes(32)
# To make a ledger: seen 55,132 with its transaction (contracts/.gas-snapshot), half as much again.
_CREATE_GAS = 85_000


def require_contracts(reader: ChainReader, contracts: Deployment) -> None:
    """Raise BadSettings unless the chain runs exactly our code at our addresses."""
    for address, expected in (
        (contracts.ledgers, contracts.ledgers_code),
        (contracts.keys, contracts.keys_code),
    ):
        code = reader.code(address)
        if keccak256(code) != expected:
            came = "nothing" if not code else "other code"
            raise BadSettings(
                f"expected Sealbook's contract at 0x{address.hex()}, found {came}; "
                "run `sealbook chain deploy`"
            )


def missing(reader: ChainReader, contracts: Deployment) -> Sequence[bytes]:
    """Return the addresses of our contracts that are not on the chain yet.

    BadSettings if some are missing and the chain has no factory to make them by.
    """
    wanted = [one for one in (contracts.ledgers, contracts.keys) if not reader.code(one)]
    if wanted and not reader.code(FACTORY):
        raise BadSettings(
            f"expected the usual CREATE2 factory at 0x{FACTORY.hex()}, the chain has none; "
            "send its keyless transaction: github.com/Arachnid/deterministic-deployment-proxy"
        )
    return wanted


def quote(
    chain: Chain,
    contracts: Deployment,
    creation: Mapping[bytes, bytes],
    creator: bytes,
    salt: bytes,
) -> Cost | None:
    """Return the most that founding would cost now, all together; None if all is there.

    Nothing is signed or spent. The arguments are those of `deploy` and `found_ledger`.
    """
    wanted = missing(chain, contracts)
    costs = [chain.cost(FACTORY, _SALT + creation[address]) for address in wanted]
    ledger = ledger_id(chain.identity().chain_id, contracts.ledgers, creator, salt)
    if contracts.ledgers in wanted:
        # what is not there has no estimate; its data is smaller than the contract's
        costs.append(Cost(_CREATE_GAS, costs[0].wei_per_gas, costs[0].extra_wei))
    elif not _is_founded(chain, contracts, ledger):
        costs.append(chain.cost(contracts.ledgers, create_call(salt, creator)))
    if not costs:
        return None
    gas, extra = sum(one.gas for one in costs), sum(one.extra_wei for one in costs)
    return Cost(gas, max(one.wei_per_gas for one in costs), extra)


def deploy(
    chain: Chain, contracts: Deployment, creation: Mapping[bytes, bytes], clock: Clock, wait: float
) -> None:
    """Put the contracts where they are not yet; `creation` is the creation code by address."""
    for address in missing(chain, contracts):
        try:
            transact(chain, FACTORY, _SALT + creation[address], clock, wait)
        except TransactionReverted:
            if not chain.code(address):  # else somebody put it there meanwhile: anyone may
                raise
    require_contracts(chain, contracts)


def found_ledger(
    chain: Chain, contracts: Deployment, creator: bytes, salt: bytes, clock: Clock, wait: float
) -> Founded:
    """Make the ledger of this creator and salt, unless it is there; its submitter is the creator.

    The creator is the chain's submitter. Safe to repeat: the id follows from the arguments.
    """
    if creator != chain.submitter:
        raise InvalidInput(
            f"expected the ledger's creator to be the submitter 0x{chain.submitter.hex()}, got "
            f"0x{creator.hex()}"
        )
    ledger = ledger_id(chain.identity().chain_id, contracts.ledgers, creator, salt)
    if not _is_founded(chain, contracts, ledger):
        try:
            transact(chain, contracts.ledgers, create_call(salt, creator), clock, wait)
        except TransactionReverted:
            if not _is_founded(chain, contracts, ledger):  # else another run of ours was first
                raise
    return Founded(ledger, creator, salt)


def _is_founded(chain: ChainReader, contracts: Deployment, ledger: bytes) -> bool:
    return any(chain.storage(contracts.ledgers, owner_slot(ledger), "latest"))
