"""Any chain that speaks JSON-RPC, written: web3 asks and eth_account signs, over the same wire."""

from contextlib import suppress
from dataclasses import replace

from eth_account import Account
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.types import TxParams

from ..chain import Cost, Tag, TransactionReceipt
from ..errors import Conflict, CostRefused, Refused, TransactionReverted
from ..keccak import keccak256
from ..ports import Clock
from ..secp256k1 import address_of_key
from . import json_rpc_fees as fees
from . import json_rpc_values as values
from .json_rpc_errors import NodeRefused, refusal
from .json_rpc_fees import Offer, gwei
from .json_rpc_provider import Provider, translating
from .json_rpc_reader import JsonRpcReader
from .json_rpc_transport import MAX_ANSWER_BYTES, TRIES
from .outbox import ANCHOR, Kept, Outbox, with_hash
from .signed_transaction import SignedTransaction, read_transaction
from .transactions import with_margin

_NOBODY = bytes(31) + b"\x01"  # a key that everybody knows: what it signs is only measured


class JsonRpcChain(JsonRpcReader):
    """The Chain that the node at `url` follows, paid for by `submitter_key` (32 bytes).

    `max_wei_per_gas` is the most that a gas may cost: over it, CostRefused. `l1_fee`: it is a
    rollup that takes a fee for its parent chain's data, which its GasPriceOracle tells. `outbox`
    keeps what is signed, so that several transactions can wait and none is lost; without it they
    share the next nonce in blocks.
    """

    def __init__(
        self,
        url: str,
        submitter_key: bytes,
        *,
        max_wei_per_gas: int | None = None,
        l1_fee: bool = False,
        outbox: Outbox | None = None,
        timeout: float = 20.0,
        max_answer: int = MAX_ANSWER_BYTES,
        clock: Clock | None = None,
        tries: int = TRIES,
    ) -> None:
        super().__init__(url, timeout=timeout, max_answer=max_answer, clock=clock, tries=tries)
        self._key = submitter_key
        self._most = max_wei_per_gas
        self._l1_fee = l1_fee
        self._outbox = outbox
        self.submitter = address_of_key(submitter_key)
        # no middleware: it would ask the chain id before every question
        self._web3 = Web3(Provider(self._transport), middleware=[])

    def call(self, to: bytes, data: bytes, at: int | Tag) -> bytes:
        """Return what the contract answers in that block's state; TransactionReverted if it won't.

        The caller it sees is the submitter.
        """
        with translating(self._transport, "eth_call"):
            # EIP-3668 would send web3 to whatever server the contract names
            return bytes(self._web3.eth.call(self._question(to, data), at, ccip_read_enabled=False))

    def cost(self, to: bytes, data: bytes) -> Cost:
        """Return the most that this transaction would cost now; TransactionReverted if it would.

        With all that comes beside the gas, it is at most the gas at `max_wei_per_gas`.
        """
        with translating(self._transport, "eth_estimateGas"):
            gas = with_margin(self._web3.eth.estimate_gas(self._question(to, data)))
        base_fee, tip = self._market()
        extra = self._extra(to, data, Cost(gas, base_fee + tip))
        beside = -(-extra // gas)
        fees.require_affordable(base_fee + tip + beside, self._most, self.node)
        cap = None if self._most is None else self._most - beside
        return Cost(gas, fees.market(base_fee, tip, cap).most, extra)

    def prepare(
        self, to: bytes, data: bytes, cost: Cost, *, alone: bool = False, keep: bytes | None = None
    ) -> bytes:
        """Return a signed transaction.

        Its nonce is the next after all that the node has seen of us; `alone` and `keep` the next
        in blocks, after what is kept. Without an outbox another may take it first, and `broadcast`
        then raises Conflict.
        """
        fees.require_affordable(cost.wei_per_gas, self._most, self.node)
        chain_id = self.identity().chain_id
        _, tip = self._market()
        offer = Offer(cost.wei_per_gas, min(tip, cost.wei_per_gas))
        name = ANCHOR if alone else keep
        if name is None or self._outbox is None:
            nonce = self._nonce("pending" if name is None else "latest")
            return self._sign(SignedTransaction(chain_id, nonce, to, data, cost.gas, offer))
        with self._outbox.locked():
            nonce = self._nonce("latest")
            before = self._outbox.named(name)
            if keep is not None and before is not None and self._landed(before) is not None:
                return before.signed
            kept = [one for one in self._outbox.all() if one.name != name]
            last = max((one.nonce for one in kept if _on(one, chain_id)), default=-1)
            if alone:
                # not the place of the anchor that was kept last: when a reorganisation took several
                # back, that is a later one's, and nothing would ever come to be before it
                taken = {one.nonce for one in kept if _on(one, chain_id)}
                while nonce in taken:
                    nonce += 1
            elif before is not None and _on(before, chain_id) and before.nonce >= nonce:
                nonce = before.nonce  # the place that it has
            else:
                nonce = max(nonce, last + 1)
            signed = self._sign(SignedTransaction(chain_id, nonce, to, data, cost.gas, offer))
            hashes = () if before is None or alone else before.hashes
            self._outbox.keep(Kept(name, nonce, signed, with_hash(hashes, signed)))
        return signed

    def kept(self, name: bytes) -> bytes | None:
        """Return what `prepare` kept under that name, unless its place was taken by another."""
        found = None if self._outbox is None else self._outbox.named(name)
        if found is None:
            return None
        if found.nonce >= self._nonce("latest") or self._landed(found) is not None:
            return found.signed
        return None

    def outbid(self, signed: bytes, *, late: bool = False) -> bytes:
        """Return the transaction with higher fees and the same nonce, kept; or as it is.

        As it is where it pays the base fee and is not `late`. CostRefused where it has to wait:
        the base fee, or an eighth more than it offers, is over the limit.
        """
        waits = read_transaction(signed)
        base_fee, tip = self._market()
        if not late and base_fee <= waits.offer.most:
            return signed
        now = fees.market(base_fee, tip, self._most)
        offer = fees.raised(waits.offer, now, self._most)
        if offer is None or base_fee > offer.most:
            limit = "" if self._most is None else f", the limit is {gwei(self._most)}"
            raise CostRefused(
                f"it offers {gwei(waits.offer.most)} a gas, the base fee is {gwei(base_fee)}{limit}"
                "; it waits as it is, or raise max_gwei_per_gas in config.toml"
            )
        dearer = self._sign(replace(waits, offer=offer))
        if self._outbox is not None:
            with self._outbox.locked():
                kept = self._outbox.holding(keccak256(signed))
                if kept is not None:
                    hashes = with_hash(kept.hashes, dearer)
                    self._outbox.keep(replace(kept, signed=dearer, hashes=hashes))
        return dearer

    def broadcast(self, signed: bytes) -> bytes:
        """Hand the signed transaction to the node and return its hash. Safe to repeat.

        What is kept with a lower nonce goes before it: a node may have forgotten it. Conflict when
        its nonce was taken by another: prepare again.
        """
        if self._outbox is not None:
            nonce = read_transaction(signed).nonce
            before = [one for one in self._outbox.all() if one.nonce < nonce]
            mined = self._nonce("latest") if before else 0
            for one in before:
                if one.nonce >= mined:
                    with suppress(Conflict, Refused):
                        # an anchor's price is its batch's to raise
                        self._send(one.signed if one.name == ANCHOR else self.outbid(one.signed))
        return self._send(signed)

    def resend(self) -> None:
        """Hand in again what is kept and in no block; sign anew what lost its place.

        An anchor is its batch's to hand in.
        """
        if self._outbox is None:
            return
        kept = [one for one in self._outbox.all() if one.name != ANCHOR]
        if not kept:
            return
        mined, final = self._nonce("latest"), 0
        with suppress(NodeRefused):  # a node without that tag: what is kept stays kept
            final = self._nonce("finalized")
        for one in kept:
            with suppress(Conflict, CostRefused, Refused):
                if one.nonce >= mined:
                    self.broadcast(self.outbid(one.signed))
                elif self._landed(one) is not None:
                    if one.nonce < final:
                        self._outbox.drop(one)
                else:
                    self._place_again(one)

    def receipt(self, transaction: bytes) -> TransactionReceipt | None:
        """Return what became of it, or of what took its place under its name; None while it waits.

        It is in no canonical block then.
        """
        found = self._receipt(transaction)
        kept = None if self._outbox is None else self._outbox.holding(transaction)
        if kept is None or self._outbox is None:
            return found
        found = found or self._landed(kept)
        if found is not None and not kept.told and kept.name != ANCHOR:
            # the same may be wanted once more: it has its name no longer
            self._outbox.keep(replace(kept, name=kept.hashes[-1], told=True))
            self._outbox.drop(kept)
        return found

    def _receipt(self, transaction: bytes) -> TransactionReceipt | None:
        method = "eth_getTransactionReceipt"
        answer = self._transport.ask(method, [f"0x{transaction.hex()}"])
        # some nodes answer for a transaction that still waits, with no block
        if answer is None or (isinstance(answer, dict) and answer.get("blockHash") is None):
            return None
        found = self._parse(values.receipt, method, answer)
        if found.transaction != transaction:
            raise self._transport.broken(method, "the receipt of another transaction")
        return found

    def _landed(self, kept: Kept) -> TransactionReceipt | None:
        receipts = (self._receipt(one) for one in reversed(kept.hashes))
        return next((one for one in receipts if one is not None), None)

    def _place_again(self, kept: Kept) -> None:
        """Sign anew, after all others, what lost its place to another; drop what is pointless."""
        lost = read_transaction(kept.signed)
        try:
            cost = self.cost(lost.to, lost.data)
        except TransactionReverted:
            if self._outbox is not None:
                self._outbox.drop(kept)
            return
        self.broadcast(self.prepare(lost.to, lost.data, cost, keep=kept.name))

    def _send(self, signed: bytes) -> bytes:
        name = keccak256(signed)
        try:
            with translating(self._transport, "eth_sendRawTransaction"):
                sent = self._web3.eth.send_raw_transaction(HexBytes(signed))
        except NodeRefused as refused:
            # "already known" has as many wordings as there are nodes: ask for it instead
            if self._transport.ask("eth_getTransactionByHash", [f"0x{name.hex()}"]) is not None:
                return name
            raise refusal(refused, sending=True) from refused
        if sent != name:
            raise self._transport.broken("eth_sendRawTransaction", "the hash of another")
        return name

    def _sign(self, transaction: SignedTransaction, key: bytes | None = None) -> bytes:
        signed = Account.sign_transaction(transaction.fields(), self._key if key is None else key)
        return bytes(signed.raw_transaction)

    def _nonce(self, at: str) -> int:
        with translating(self._transport, "eth_getTransactionCount"):
            account = to_checksum_address(self.submitter)
            return self._web3.eth.get_transaction_count(account, at)  # type: ignore[arg-type]

    def _question(self, to: bytes, data: bytes) -> TxParams:
        return {
            "from": to_checksum_address(self.submitter),
            "to": to_checksum_address(to),
            "data": HexBytes(data),
        }

    def _market(self) -> tuple[int, int]:
        """Return the next block's base fee and the tip that the node proposes."""
        with translating(self._transport, "eth_feeHistory"):
            base_fee = self._web3.eth.fee_history(1, "latest")["baseFeePerGas"][-1]
        with translating(self._transport, "eth_maxPriorityFeePerGas"):
            return base_fee, self._web3.eth.max_priority_fee

    def _extra(self, to: bytes, data: bytes, cost: Cost) -> int:
        if not self._l1_fee or not self.code(fees.GAS_PRICE_ORACLE):
            return 0
        offer = Offer(cost.wei_per_gas, cost.wei_per_gas)
        like_it = SignedTransaction(2**31, 2**31, to, data, cost.gas, offer)
        question = fees.l1_fee_call(self._sign(like_it, _NOBODY))
        return fees.l1_fee_with_margin(self.call(fees.GAS_PRICE_ORACLE, question, "latest"))


def _on(kept: Kept, chain_id: int) -> bool:
    return read_transaction(kept.signed).chain_id == chain_id
