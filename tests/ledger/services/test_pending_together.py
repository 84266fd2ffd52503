"""Several transactions of one submitter that wait together: all land, once, whatever dies."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.adapters.json_rpc_chain import JsonRpcChain
from ledger.adapters.outbox import Outbox
from ledger.chain import Cost
from ledger.errors import TimedOut, TransactionReverted
from ledger.services.ordering import withdraw
from ledger.services.transacting import transact
from ledger.signed import SignedClaim
from tests.cells import FACTORY, INIT, word
from tests.ledger.factories import author_key
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, reverted

from .operating import Killed, own_node


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node() as running:
        yield running


@dataclass(slots=True)
class Submitter:
    """A home's submitter; `restart` leaves nothing but what is on the disk."""

    node: AnvilNode
    folder: Path
    operator: Operator

    def restart(self) -> JsonRpcChain:
        chain = JsonRpcChain(
            self.node.url, self.node.keys[0], outbox=Outbox(self.folder / "outbox")
        )
        self.operator.chain = chain
        return chain

    def nonce(self) -> int:
        address = f"0x{self.operator.chain.submitter.hex()}"
        return int(str(self.node.ask("eth_getTransactionCount", address, "latest")), 16)

    def anchor(self) -> None:
        with suppress(TimedOut):
            self.operator.anchoring().run(0)

    def withdraw(self, claim: SignedClaim) -> bytes | None:
        one = self.operator
        with suppress(TimedOut):
            return withdraw(one.chain, one.contracts, claim, author_key("alice"), one.clock, 0)
        return None

    def deploy(self, number: int) -> bytes | None:
        with suppress(TimedOut):
            return transact(
                self.operator.chain, FACTORY, word(number) + INIT, self.operator.clock, 0
            )
        return None

    def pool(self) -> object:
        return self.node.ask("txpool_status")


@pytest.fixture
def submitter(node: AnvilNode, tmp_path: Path) -> Iterator[Submitter]:
    with anvil_operator(node, tmp_path, "ledger") as operator:
        found = Submitter(node, tmp_path, operator)
        found.restart()
        node.ask("evm_setAutomine", False)
        yield found


def require_landed(submitter: Submitter, before: int, writes: int) -> None:
    """Raise unless the anchor and so many other writes are in blocks, each once."""
    submitter.restart()
    submitter.anchor()
    require_whole(submitter.operator)
    assert submitter.nonce() == before + 1 + writes
    assert submitter.pool() == {"pending": "0x0", "queued": "0x0"}
    assert reverted(submitter.node) == []


@pytest.mark.parametrize("anchor_first", [True, False])
def test_an_anchor_and_other_writes_wait_together_over_restarts_and_all_land(
    submitter: Submitter, node: AnvilNode, anchor_first: bool
) -> None:
    (claim,) = submitter.operator.add(0)
    before = submitter.nonce()
    if anchor_first:
        submitter.anchor()
    for again in range(2):  # the second time each finds what the first one kept
        submitter.restart()
        assert submitter.withdraw(claim) is None
        submitter.restart()
        assert submitter.deploy(1) is None
        assert submitter.pool() == {"pending": hex(2 + (anchor_first or again)), "queued": "0x0"}
        submitter.restart()
        submitter.anchor()
    node.mine()
    submitter.restart()
    assert submitter.withdraw(claim) is not None
    assert submitter.deploy(1) is not None
    require_landed(submitter, before, writes=2)


def test_a_dearer_anchor_throws_no_waiting_withdrawal_out(
    submitter: Submitter, node: AnvilNode
) -> None:
    (claim,) = submitter.operator.add(0)
    before = submitter.nonce()
    submitter.withdraw(claim)
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**10))
    node.ask("anvil_mine", "0x0")
    submitter.restart()
    submitter.anchor()
    assert submitter.pool() == {"pending": "0x2", "queued": "0x0"}
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**8))
    node.mine()
    assert submitter.withdraw(claim) is not None
    require_landed(submitter, before, writes=1)


def test_what_a_node_forgot_leaves_no_gap(submitter: Submitter, node: AnvilNode) -> None:
    submitter.operator.add(0)
    before = submitter.nonce()
    submitter.anchor()
    submitter.deploy(1)
    submitter.deploy(2)
    node.ask("anvil_dropAllTransactions")
    submitter.restart()
    submitter.deploy(2)  # those before it go with it
    assert submitter.pool() == {"pending": "0x3", "queued": "0x0"}
    node.mine()
    assert submitter.deploy(1) is not None
    assert submitter.deploy(2) is not None
    require_landed(submitter, before, writes=2)


@pytest.mark.parametrize("sent", [False, True])
def test_a_process_killed_while_it_sends_loses_nothing(
    submitter: Submitter, node: AnvilNode, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    submitter.operator.add(0)
    before = submitter.nonce()
    send = JsonRpcChain._send

    def dies(chain: JsonRpcChain, signed: bytes) -> bytes:
        if sent:
            send(chain, signed)
        raise Killed

    monkeypatch.setattr(JsonRpcChain, "_send", dies)
    with pytest.raises(Killed):
        submitter.deploy(1)
    monkeypatch.undo()
    submitter.restart()
    submitter.anchor()  # a worker hands in what is kept, though nobody asks for it again
    assert submitter.pool() == {"pending": "0x2", "queued": "0x0"}
    node.mine()
    assert submitter.deploy(1) is not None
    require_landed(submitter, before, writes=1)


def test_what_lost_its_place_to_another_wallet_is_signed_anew(
    submitter: Submitter, node: AnvilNode
) -> None:
    submitter.operator.add(0)
    before = submitter.nonce()
    submitter.deploy(1)
    node.ask("anvil_dropAllTransactions")
    with JsonRpcChain(node.url, node.keys[0]) as wallet:
        wallet.broadcast(wallet.prepare(FACTORY, word(5) + INIT, Cost(300_000, 10**10)))
        node.mine()
    submitter.restart()
    submitter.anchor()
    assert submitter.pool() == {"pending": "0x2", "queued": "0x0"}
    node.mine()
    assert submitter.deploy(1) is not None
    require_landed(submitter, before, writes=2)


def test_a_write_that_pays_too_little_is_replaced_by_whoever_works_next(
    submitter: Submitter, node: AnvilNode
) -> None:
    submitter.operator.add(0)
    before = submitter.nonce()
    submitter.deploy(1)
    node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**11))
    node.mine()
    assert submitter.nonce() == before
    submitter.restart()
    submitter.anchor()
    assert submitter.pool() == {"pending": "0x2", "queued": "0x0"}
    node.mine()
    assert submitter.deploy(1) is not None
    require_landed(submitter, before, writes=1)


def test_a_write_that_a_reorganisation_takes_lands_again(
    submitter: Submitter, node: AnvilNode
) -> None:
    submitter.operator.add(0)
    before = submitter.nonce()
    submitter.deploy(1)
    node.mine()
    assert submitter.deploy(1) is not None
    node.ask("anvil_reorg", 1, [])
    node.ask("anvil_dropAllTransactions")
    assert submitter.nonce() == before
    submitter.restart()
    submitter.anchor()
    assert submitter.pool() == {"pending": "0x2", "queued": "0x0"}
    node.mine()
    require_landed(submitter, before, writes=1)


def test_what_landed_and_was_told_may_be_sent_once_more(
    submitter: Submitter, node: AnvilNode
) -> None:
    node.ask("evm_setAutomine", True)
    chain, clock = submitter.restart(), submitter.operator.clock
    first = transact(chain, FACTORY, word(1) + INIT, clock, 30)
    with pytest.raises(TransactionReverted):  # the same address: the chain refuses, not the outbox
        transact(chain, FACTORY, word(1) + INIT, clock, 30)
    node.mine(70)
    chain.resend()
    assert chain.receipt(first) is not None
    assert Outbox(submitter.folder / "outbox").all() == []
