"""A transaction of EIP-1559, as it is signed and as signed bytes say it."""

from dataclasses import dataclass

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

from ..errors import InvalidInput
from .json_rpc_fees import Offer


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What a submitter signs: no value, a contract's calldata, and what is offered for a gas."""

    chain_id: int
    nonce: int
    to: bytes
    data: bytes
    gas: int
    offer: Offer

    def fields(self) -> dict[str, object]:
        """Return it as eth_account signs it."""
        return {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "to": to_checksum_address(self.to),
            "value": 0,
            "data": HexBytes(self.data),
            "gas": self.gas,
            "maxFeePerGas": self.offer.most,
            "maxPriorityFeePerGas": self.offer.tip,
        }


def read_transaction(signed: bytes) -> SignedTransaction:
    """Read signed bytes of our own; InvalidInput if they are no such transaction."""
    try:
        said = TypedTransaction.from_bytes(HexBytes(signed)).as_dict()
        return SignedTransaction(
            chain_id=said["chainId"],
            nonce=said["nonce"],
            to=bytes(said["to"]),
            data=bytes(said["data"]),
            gas=said["gas"],
            offer=Offer(said["maxFeePerGas"], said["maxPriorityFeePerGas"]),
        )
    except Exception as cause:  # four libraries read it, each with errors of its own
        raise InvalidInput(f"expected a signed transaction of EIP-1559, got {cause}") from cause
