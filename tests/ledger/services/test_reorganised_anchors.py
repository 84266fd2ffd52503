"""Blocks go away at the worst moments of anchoring, and deeper than a chain ever should."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.batch import Stage
from ledger.chain import ChainIdentity, Log
from ledger.errors import InvalidChainAnswer, TimedOut
from ledger.ports import Chain
from ledger.services.anchoring import overturned_text
from tests.nodes import AnvilNode
from tests.operators import Operator, anvil_operator, require_whole, reverted

from .operating import own_node

FINAL = 2  # blocks: an epoch of one slot


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with own_node("--slots-in-an-epoch", "1") as running:
        yield running


@pytest.fixture
def operator(node: AnvilNode, tmp_path: Path) -> Iterator[Operator]:
    with anvil_operator(node, tmp_path, "ledger") as found:
        yield found


def stages(operator: Operator) -> list[Stage]:
    return [batch.stage for batch in operator.queue.batches(tuple(Stage))]


def at(name: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Return a failpoint that does something once, at that line."""
    left = [act]

    def failpoint(here: str) -> None:
        if here == name and left:
            left.pop()()

    return failpoint


class Changed:
    """A chain of which some answers are others."""

    def __init__(self, chain: Chain, **answers: Callable[..., object]) -> None:
        self._chain, self._answers = chain, answers
        self.submitter = chain.submitter

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the port
        return self._answers.get(name) or getattr(self._chain, name)


def published(operator: Operator, node: AnvilNode, *seeds: object) -> None:
    """Anchor a claim for each seed, one batch each, and see them published."""
    for seed in seeds:
        operator.add(seed)
        operator.anchoring().run()
    node.mine(FINAL)
    operator.anchoring().run()
    assert stages(operator) == [Stage.PUBLISHED] * len(seeds)


def test_what_was_final_and_lost_its_block_is_named_and_anchored_again(
    operator: Operator, node: AnvilNode
) -> None:
    published(operator, node, 0, 1)
    node.ask("anvil_reorg", 3, [])  # the second anchor is in one of them
    assert operator.held()[0] == 1
    progress = operator.anchoring().run()
    assert (progress.overturned, progress.anchored) == (1, 1)
    assert "broke its own rule" in overturned_text(progress)
    require_whole(operator)
    assert stages(operator) == [Stage.PUBLISHED, Stage.INCLUDED]
    node.mine(FINAL)
    assert operator.anchoring().run().overturned == 0
    assert stages(operator) == [Stage.PUBLISHED, Stage.PUBLISHED]
    assert reverted(node) == []


def test_what_was_final_and_moved_to_another_block_is_final_there_in_its_time(
    operator: Operator, node: AnvilNode
) -> None:
    published(operator, node, 0)
    (batch,) = operator.queue.batches((Stage.PUBLISHED,))
    assert batch.signed is not None
    node.ask("anvil_reorg", 3, [[f"0x{batch.signed.hex()}", 2]])
    progress = operator.anchoring().run()
    assert progress.overturned == 1
    require_whole(operator)
    assert stages(operator) == [Stage.INCLUDED]
    node.mine(FINAL)
    operator.anchoring().run()
    assert stages(operator) == [Stage.PUBLISHED]
    require_whole(operator)


def test_a_node_that_does_not_know_what_was_final_is_waited_for_and_nothing_is_sent(
    operator: Operator, node: AnvilNode
) -> None:
    before = node.ask("evm_snapshot")
    published(operator, node, 0)
    node.ask("evm_revert", before)
    operator.add(1)
    head = operator.chain.block("latest")
    with pytest.raises(InvalidChainAnswer, match="which was final"):
        operator.anchoring().run()
    assert operator.chain.block("latest") == head
    assert stages(operator) == [Stage.PUBLISHED]
    node.mine(20)  # it calls other blocks final now
    assert operator.anchoring().run().overturned == 1
    require_whole(operator)


def test_a_node_on_another_chain_behind_the_same_id_gets_nothing(
    operator: Operator, node: AnvilNode
) -> None:
    published(operator, node, 0)
    operator.add(1)
    true = operator.chain.identity()
    strange = Changed(
        operator.chain, identity=lambda: ChainIdentity(true.chain_id, b"\x01" * 32, true.local)
    )
    head = operator.chain.block("latest")
    with pytest.raises(InvalidChainAnswer, match="another"):
        operator.anchoring(chain=strange).run()
    assert operator.chain.block("latest") == head
    operator.anchoring().run()
    require_whole(operator)


def test_an_anchor_that_moves_while_the_next_is_made_is_taken_at_its_new_place(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    (batch,) = operator.queue.batches((Stage.INCLUDED,))
    assert batch.signed is not None
    node.mine()
    raw = f"0x{batch.signed.hex()}"
    operator.add(1)
    moves = at("prepared", lambda: node.ask("anvil_reorg", 2, [[raw, 1]]))
    operator.anchoring(failpoint=moves).run()
    require_whole(operator)
    (first, _) = operator.queue.batches((Stage.INCLUDED,))
    assert first.anchor is not None
    assert batch.anchor is not None
    assert first.anchor.block_number == batch.anchor.block_number + 1


def test_an_anchor_that_is_dropped_while_the_next_is_made_comes_before_it(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    operator.add(1)
    drops = at("prepared", lambda: node.ask("anvil_reorg", 1, []))
    assert operator.anchoring(failpoint=drops).run().anchored == 2
    require_whole(operator)
    assert reverted(node) == []


def test_an_anchor_that_is_dropped_while_the_next_waits_for_a_block_comes_before_it(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    operator.add(1)
    node.ask("evm_setAutomine", False)

    def drop() -> None:
        node.ask("anvil_reorg", 1, [])
        node.ask("evm_setAutomine", True)

    operator.anchoring(failpoint=at("broadcast", drop)).run()
    require_whole(operator)
    assert reverted(node) == []


def test_a_chain_that_goes_back_before_the_signature_says_so_and_sends_nobody_to_a_backup(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    operator.add(1)
    asked = 0

    def cost(to: bytes, data: bytes) -> object:
        nonlocal asked
        asked += 1
        found = operator.chain.cost(to, data)
        if asked == 1:
            node.ask("anvil_reorg", 1, [])
        return found

    with pytest.raises(InvalidChainAnswer, match="reorganised since"):
        operator.anchoring(chain=Changed(operator.chain, cost=cost)).run()
    assert operator.anchoring().run().anchored == 2
    require_whole(operator)
    assert reverted(node) == []


def test_a_node_that_hides_the_log_of_what_is_anchored_gets_no_second_transaction(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    (batch,) = operator.queue.batches((Stage.INCLUDED,))
    node.mine()
    node.ask("anvil_reorg", 2, [[f"0x{(batch.signed or b'').hex()}", 1]])  # another place

    def none(*_: object) -> Sequence[Log]:
        return ()

    head = operator.chain.block("latest")
    with pytest.raises(InvalidChainAnswer, match="shows no anchor"):
        operator.anchoring(chain=Changed(operator.chain, logs=none)).run()
    assert operator.chain.block("latest") == head
    operator.anchoring().run()
    require_whole(operator)


def contract_gone(node: AnvilNode, operator: Operator) -> str:
    """Take the contract's code away, as a reorganisation of its own block would."""
    where = f"0x{operator.contracts.ledgers.hex()}"
    code = str(node.ask("eth_getCode", where, "latest"))
    node.ask("anvil_setCode", where, "0x")
    return code


def test_nothing_is_sent_to_where_the_contract_is_no_longer(
    operator: Operator, node: AnvilNode
) -> None:
    operator.add(0)
    operator.anchoring().run()
    operator.add(1)
    code, head = contract_gone(node, operator), operator.chain.block("latest")
    with pytest.raises(InvalidChainAnswer, match="chain deploy"):
        operator.anchoring().run()
    assert operator.chain.block("latest") == head
    node.ask("anvil_setCode", f"0x{operator.contracts.ledgers.hex()}", code)
    operator.anchoring().run()
    require_whole(operator)


def test_an_anchor_that_landed_where_the_contract_was_gone_is_signed_anew(
    operator: Operator, node: AnvilNode
) -> None:
    node.ask("evm_setAutomine", False)
    operator.add(0)
    with pytest.raises(TimedOut):
        operator.anchoring().run(0)
    code = contract_gone(node, operator)
    node.mine()  # it succeeds, and does nothing
    node.ask("anvil_setCode", f"0x{operator.contracts.ledgers.hex()}", code)
    node.ask("evm_setAutomine", True)
    assert operator.held()[0] == 0
    with pytest.raises(InvalidChainAnswer, match="signed anew"):
        operator.anchoring().run()
    operator.anchoring().run()
    require_whole(operator)


def test_an_anchor_that_is_dropped_after_its_receipt_was_read_keeps_its_bytes(
    operator: Operator, node: AnvilNode
) -> None:
    node.ask("evm_setAutomine", False)
    operator.add(0)
    with pytest.raises(TimedOut):
        operator.anchoring().run(0)
    (batch,) = operator.queue.batches((Stage.SENT,))

    def receipt(transaction: bytes) -> object:
        """Mine it, tell of its block, and drop that at once."""
        if operator.held()[0] == 0 and not told:
            node.mine()
            told.append(operator.chain.receipt(transaction))
            node.ask("anvil_reorg", 1, [])
            node.ask("evm_setAutomine", True)
            return told[0]
        return operator.chain.receipt(transaction)

    told: list[object] = []
    operator.anchoring(chain=Changed(operator.chain, receipt=receipt)).run()
    assert told != []
    require_whole(operator)
    assert operator.anchored()[0].anchor.transaction == batch.transaction
