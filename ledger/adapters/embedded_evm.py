"""The EVM of the embedded chain: py-evm under Prague's rules, within one SQLite transaction."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth.abc import (
    BlockAPI,
    BlockHeaderAPI,
    ComputationAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    StateAPI,
)
from eth.chains.base import Chain as EthChain
from eth.constants import ZERO_ADDRESS
from eth.exceptions import PyEVMError, Revert
from eth.typing import AccountDetails
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.state import PragueTransactionExecutor
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_keys.datatypes import PrivateKey
from eth_keys.exceptions import BadSignature
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from ..errors import InvalidInput, Refused
from .embedded_nodes import Nodes
from .transactions import reverted, with_margin

GAS_LIMIT = 30_000_000
_SUBMITTER_WEI = 10**30
# The Arachnid factory, where the contracts expect it on every chain
CREATE2_FACTORY = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")
_CREATE2_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035"
    "828234f58015156039578182fd5b8082525050506014600cf3"
)


# py-evm raises Python's recursion limit tenfold when it is imported. On Python 3.11 a stranger's
# deeply nested JSON would then overflow the C stack of the whole process, so: back to the default.
# A hundred nested calls still fit; deeper ones are refused.
sys.setrecursionlimit(1_000)

_BUILDER = PragueTransactionBuilder


@dataclass(frozen=True, slots=True)
class Mined:
    """A block of one transaction, and its receipt."""

    block: BlockAPI
    receipt: ReceiptAPI


@dataclass(frozen=True, slots=True)
class _Run:
    receipt: ReceiptAPI
    computation: ComputationAPI


class Evm:
    """py-evm over the nodes that a connection sees; it lives as long as that transaction."""

    def __init__(self, connection: sqlite3.Connection, chain_id: int) -> None:
        self._nodes = Nodes(connection)
        self._chain = _chain_class(chain_id)(self._nodes)

    @staticmethod
    def genesis(
        connection: sqlite3.Connection, chain_id: int, submitter: bytes, timestamp: int
    ) -> BlockHeaderAPI:
        """Write the first state and header; the chain id is in the hash, as its extra data."""
        nodes = Nodes(connection)
        with _translating():
            chain = _chain_class(chain_id).from_genesis(
                nodes,
                {
                    "gas_limit": GAS_LIMIT,
                    "timestamp": timestamp,
                    "extra_data": b"sealbook" + chain_id.to_bytes(8, "big"),
                },
                {
                    Address(submitter): _account(0, _SUBMITTER_WEI, b""),
                    Address(CREATE2_FACTORY): _account(1, 0, _CREATE2_CODE),
                },
            )
        nodes.flush()
        return chain.get_canonical_head()

    def head(self) -> BlockHeaderAPI:
        """Return the latest header."""
        return self._chain.get_canonical_head()

    def header(self, block_hash: bytes) -> BlockHeaderAPI:
        """Return the header of that hash."""
        return self._chain.get_block_header_by_hash(Hash32(block_hash))

    def state(self, header: BlockHeaderAPI) -> StateAPI:
        """Return the state after that block."""
        return self._chain.get_vm(header).state

    def next_nonce(self, address: bytes) -> int:
        """Return the nonce that the address's next transaction must have."""
        return self.state(self.head()).get_nonce(Address(address))

    def next_header(self, timestamp: int) -> BlockHeaderAPI:
        """Return the header of the block to be mined: its base fee, its time after its parent's."""
        head = self.head()
        return self._chain.create_header_from_parent(
            head,
            gas_limit=head.gas_limit,
            timestamp=max(head.timestamp + 1, timestamp),
            coinbase=ZERO_ADDRESS,
        )

    @staticmethod
    def base_fee(header: BlockHeaderAPI) -> int:
        """Return the wei that a gas costs in that block."""
        return header.base_fee_per_gas or 0

    def call(self, sender: bytes, to: bytes, data: bytes, header: BlockHeaderAPI) -> bytes:
        """Return what the contract answers in the state after that block."""
        with _translating():
            vm = self._chain.get_vm(header)
            # through the executor, which follows an EIP-7702 delegation
            code, _ = PragueTransactionExecutor(vm.state).get_code_at_address(Address(to))
            computation = vm.execute_bytecode(
                origin=Address(sender),
                gas_price=0,
                gas=header.gas_limit,
                to=Address(to),
                sender=Address(sender),
                value=0,
                data=data,
                code=code,
            )
        _require_success(computation)
        return computation.output

    def sign(
        self, key: bytes, nonce: int, gas: int, wei_per_gas: int, to: bytes, data: bytes
    ) -> SignedTransactionAPI:
        """Return an EIP-1559 transaction; no tip, since nobody else asks for the block."""
        unsigned = _BUILDER.new_unsigned_dynamic_fee_transaction(
            chain_id=self._chain.chain_id,
            nonce=nonce,
            max_priority_fee_per_gas=0,
            max_fee_per_gas=wei_per_gas,
            gas=gas,
            to=Address(to),
            value=0,
            data=data,
            access_list=(),
        )
        return unsigned.as_signed_transaction(PrivateKey(key), chain_id=self._chain.chain_id)

    def estimate(self, sign: Callable[[int], SignedTransactionAPI], header: BlockHeaderAPI) -> int:
        """Return the gas to allow, with a margin; `sign` makes the transaction for some gas.

        What it used when it had the whole block's gas can be too little to be given (a nested call
        gets 63/64 of what is left), so the candidate is tried before it is returned.
        """
        run = self._apply(sign(header.gas_limit), header)
        _require_success(run.computation)
        # before refunds: they come after the gas had to be there
        gas = with_margin(
            max(run.receipt.gas_used, header.gas_limit - run.computation.get_gas_remaining())
        )
        while gas < header.gas_limit and self._apply(sign(gas), header).computation.is_error:
            gas *= 2
        return min(gas, header.gas_limit)

    def mine(self, transaction: SignedTransactionAPI, header: BlockHeaderAPI) -> Mined:
        """Make the next block of one transaction; it is refused if it would revert."""
        with _translating():
            vm = self._chain.get_vm(header)
            filled, receipts, computations = vm.apply_all_transactions([transaction], header)
            _require_success(computations[0])
            block = vm.set_block_transactions_and_withdrawals(
                vm.get_block(), filled, [transaction], receipts
            )
            block = vm.mine_block(block).block  # which validates it
            self._chain.chaindb.persist_block(block)
        self._nodes.flush()
        return Mined(block, receipts[0])

    def _apply(self, transaction: SignedTransactionAPI, header: BlockHeaderAPI) -> _Run:
        with _translating():
            receipt, computation = self._chain.get_vm(header).apply_transaction(header, transaction)
        return _Run(receipt, computation)


def decode_transaction(signed: bytes) -> SignedTransactionAPI:
    """Read a signed transaction; InvalidInput if it is none."""
    try:
        transaction = _BUILDER.decode(signed)
        transaction.validate()
        transaction.check_signature_validity()
    except (PyEVMError, ValidationError, RLPException, BadSignature, ValueError) as cause:
        raise InvalidInput("expected a signed transaction, got bytes that are none") from cause
    return transaction


def _chain_class(chain_id: int) -> type[EthChain]:
    return EthChain.configure(
        "EmbeddedEthChain", vm_configuration=((BlockNumber(0), PragueVM),), chain_id=chain_id
    )


def _account(nonce: int, balance: int, code: bytes) -> AccountDetails:
    return {"nonce": nonce, "balance": balance, "code": code, "storage": {}}


def _require_success(computation: ComputationAPI) -> None:
    if computation.is_error:
        if isinstance(computation.error, Revert):
            raise reverted(computation.output)
        raise reverted(b"", type(computation.error).__name__)  # OutOfGas and its like


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except RecursionError as cause:
        raise Refused("expected fewer calls within calls than this transaction makes") from cause
    except (PyEVMError, ValidationError) as cause:
        raise Refused(f"expected a transaction that the chain admits: {cause}") from cause
