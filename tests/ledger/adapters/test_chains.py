"""One suite over every chain: what the ports `ChainReader` and `Chain` promise."""

import secrets
import threading
from itertools import pairwise

import pytest

from ledger.adapters.transactions import with_margin
from ledger.chain import Cost
from ledger.errors import ChainUnreachable, Conflict, LedgerError, TransactionReverted
from ledger.ports import Chain
from tests.cells import CODE, DONE, FACTORY, REFUSAL, SET, deploy, deploy_code, send, settled, word

from .conftest import Opened


def fresh(chain: Chain) -> bytes:
    """Deploy the contract at an address of its own, since tests share a node."""
    return deploy(chain, secrets.randbits(64))


def head(opened: Opened) -> int:
    latest = opened.reader.block("latest")
    assert latest is not None
    return latest.number


def test_a_chain_is_the_same_for_whoever_opens_it(opened: Opened) -> None:
    identity = opened.chain.identity()
    fresh(opened.chain)
    assert opened.reader.identity() == identity
    assert opened.chain_again().identity() == opened.reader_again().identity() == identity
    assert identity.local
    first = opened.reader.block(0)
    assert first is not None
    assert first.hash == identity.genesis


def test_blocks_link_to_their_parents_and_grow_in_time(opened: Opened) -> None:
    cells = fresh(opened.chain)
    for number in range(3):
        send(opened.chain, cells, word(number) + word(1))
    latest = head(opened)
    blocks = [opened.reader.block(number) for number in range(latest + 1)]
    for parent, child in pairwise(blocks):
        assert parent is not None
        assert child is not None
        assert child.parent == parent.hash
        assert child.number == parent.number + 1
        assert child.timestamp >= parent.timestamp
    assert opened.reader.block(latest) == opened.chain.block("latest")


def test_there_is_no_block_after_the_latest(opened: Opened) -> None:
    assert opened.reader.block(head(opened) + 1_000) is None


def test_finalized_is_not_after_safe_nor_safe_after_latest(opened: Opened) -> None:
    fresh(opened.chain)
    blocks = [opened.reader.block(tag) for tag in ("finalized", "safe", "latest")]
    numbers = [block.number for block in blocks if block is not None]
    assert len(numbers) == 3
    assert numbers == sorted(numbers)


def test_logs_come_whole_in_order_and_with_their_place(opened: Opened) -> None:
    cells = fresh(opened.chain)
    sent = [send(opened.chain, cells, word(key) + word(key + 100)) for key in range(3)]
    logs = opened.reader.logs(cells, [], 0, 2**40)
    assert [log.topics for log in logs] == [
        topics for key in range(3) for topics in ((SET, word(key)), (DONE,))
    ]
    assert [log.transaction for log in logs] == [name for name in sent for _ in range(2)]
    assert [log.data for log in logs] == [word(key + 100) for key in range(3) for _ in range(2)]
    assert [log.index for log in logs] == [0, 1] * 3
    assert {log.address for log in logs} == {cells}
    for log in logs:
        block = opened.reader.block(log.block_number)
        assert block is not None
        assert block.hash == log.block_hash
    assert list(logs) == list(opened.chain.logs(cells, [], 0, head(opened)))


def test_logs_are_filtered_by_topics_and_their_places(opened: Opened) -> None:
    cells = fresh(opened.chain)
    for key in range(4):
        send(opened.chain, cells, word(key) + word(1))

    def keys(*topics: object) -> list[tuple[bytes, ...]]:
        return [log.topics for log in opened.reader.logs(cells, topics, 0, 2**40)]  # type: ignore[arg-type]

    assert keys(SET) == [(SET, word(key)) for key in range(4)]
    assert keys(SET, word(2)) == [(SET, word(2))]
    assert keys(SET, [word(3), word(1)]) == [(SET, word(1)), (SET, word(3))]
    assert keys(None, word(2)) == [(SET, word(2))]
    assert keys([SET, DONE]) == keys() == keys(None) == keys(None, None)
    assert keys(SET, None) == keys(SET)
    assert keys(DONE, word(2)) == keys([]) == keys(SET, []) == keys(word(9)) == []
    assert keys(SET, None, word(1)) == keys(SET, None, None, None, word(1)) == []


def test_logs_are_filtered_by_range_with_both_ends_in_it(opened: Opened) -> None:
    cells = fresh(opened.chain)
    for key in range(4):
        send(opened.chain, cells, word(key) + word(1))
    numbers = [log.block_number for log in opened.reader.logs(cells, [SET], 0, 2**40)]
    middle = opened.reader.logs(cells, [SET], numbers[1], numbers[2])
    assert [log.topics[1] for log in middle] == [word(1), word(2)]
    assert list(opened.reader.logs(cells, [SET], numbers[-1] + 1, 2**40)) == []
    assert list(opened.reader.logs(cells, [SET], numbers[2], numbers[1])) == []


def test_another_contracts_logs_are_not_returned(opened: Opened) -> None:
    cells, other = fresh(opened.chain), fresh(opened.chain)
    send(opened.chain, other, word(1) + word(1))
    assert list(opened.reader.logs(cells, [SET], 0, 2**40)) == []


def test_storage_is_what_the_contract_itself_reads_there(opened: Opened) -> None:
    cells = fresh(opened.chain)
    keys = [word(0), word(1), bytes.fromhex("ff" * 32)]
    values = [word(1), bytes.fromhex("8000" * 16), word(2**64)]
    for key, value in zip(keys, values, strict=True):
        send(opened.chain, cells, key + value)
    for key, value in zip(keys, values, strict=True):
        assert opened.reader.storage(cells, key, "latest") == value
        assert opened.chain.call(cells, key, "latest") == value
    assert opened.reader.storage(cells, word(77), "latest") == bytes(32)


def test_storage_and_calls_answer_for_an_earlier_block_too(opened: Opened) -> None:
    cells = fresh(opened.chain)
    for value in (5, 6, 0):
        send(opened.chain, cells, word(1) + word(value))
    latest = head(opened)
    for number, value in ((latest - 3, 0), (latest - 2, 5), (latest - 1, 6), (latest, 0)):
        assert opened.reader.storage(cells, word(1), number) == word(value)
        assert opened.chain.call(cells, word(1), number) == word(value)


def test_storage_of_a_block_that_is_not_there_yet_is_not_zero(opened: Opened) -> None:
    cells = fresh(opened.chain)
    with pytest.raises(ChainUnreachable):
        opened.reader.storage(cells, word(1), head(opened) + 1_000)


def test_code_is_what_was_deployed_and_empty_elsewhere(opened: Opened) -> None:
    cells = fresh(opened.chain)
    assert opened.reader.code(cells) == opened.chain.code(cells) == CODE
    assert len(opened.reader.code(FACTORY)) == 69
    assert opened.reader.code(bytes.fromhex("12" * 20)) == b""
    assert opened.reader.storage(bytes.fromhex("12" * 20), word(0), "latest") == bytes(32)


def test_what_a_contract_refuses_raises_with_its_error_data(opened: Opened) -> None:
    cells = fresh(opened.chain)
    before = head(opened)
    with pytest.raises(TransactionReverted, match=REFUSAL):
        opened.chain.call(cells, b"\x01", "latest")
    with pytest.raises(TransactionReverted, match=REFUSAL):
        opened.chain.cost(cells, b"\x01")
    assert head(opened) == before


def test_the_cost_bounds_what_was_spent_and_is_not_far_from_it(opened: Opened) -> None:
    cells = fresh(opened.chain)
    data = word(1) + word(1)
    cost = opened.chain.cost(cells, data)
    name = opened.chain.broadcast(opened.chain.prepare(cells, data, cost))
    receipt = settled(opened.chain, name)
    assert receipt.gas_used <= cost.gas <= 2 * receipt.gas_used
    assert cost.wei == cost.gas * cost.wei_per_gas > 0


def test_the_cost_is_enough_for_a_contract_that_wants_more_gas_than_it_uses(
    opened: Opened,
) -> None:
    # refuse (at 0x0a) if a million is more than the gas that is left
    code = bytes.fromhex("5a620f424011600a57005b60006000fd")
    greedy = deploy_code(opened.chain, code, secrets.randbits(64))
    assert opened.chain.cost(greedy, b"").gas > 1_000_000
    assert settled(opened.chain, send(opened.chain, greedy, b"")).succeeded


def test_clearing_a_word_costs_its_gas_before_the_refund(opened: Opened) -> None:
    cells = fresh(opened.chain)
    send(opened.chain, cells, word(1) + word(1))
    name = send(opened.chain, cells, word(1) + word(0))
    assert settled(opened.chain, name).succeeded


def test_a_transaction_has_a_receipt_once_it_is_in_a_block(opened: Opened) -> None:
    cells = fresh(opened.chain)
    data = word(1) + word(1)
    signed = opened.chain.prepare(cells, data, opened.chain.cost(cells, data))
    name = opened.chain.broadcast(signed)
    receipt = settled(opened.chain, name)
    assert receipt.transaction == name
    assert receipt.succeeded
    assert receipt.block_number == head(opened)
    block = opened.reader.block(receipt.block_number)
    assert block is not None
    assert block.hash == receipt.block_hash
    assert opened.chain.receipt(bytes(32)) is None


def test_broadcasting_twice_makes_one_transaction(opened: Opened) -> None:
    cells = fresh(opened.chain)
    data = word(1) + word(1)
    signed = opened.chain.prepare(cells, data, opened.chain.cost(cells, data))
    name = opened.chain.broadcast(signed)
    send(opened.chain, cells, word(2) + word(1))
    assert opened.chain.broadcast(signed) == name
    assert opened.chain_again().broadcast(signed) == name
    assert len(opened.reader.logs(cells, [SET, word(1)], 0, 2**40)) == 1


def test_a_nonce_that_another_took_says_prepare_again(opened: Opened) -> None:
    cells = fresh(opened.chain)
    cost = opened.chain.cost(cells, word(1) + word(1))
    first, second = (opened.chain.prepare(cells, word(key) + word(1), cost) for key in (1, 2))
    settled(opened.chain, opened.chain.broadcast(first))
    with pytest.raises(Conflict, match="prepare again"):
        opened.chain.broadcast(second)
    settled(
        opened.chain, opened.chain.broadcast(opened.chain.prepare(cells, word(2) + word(1), cost))
    )
    assert len(opened.reader.logs(cells, [SET], 0, 2**40)) == 2


def test_bytes_that_are_no_transaction_are_refused(opened: Opened) -> None:
    before = head(opened)
    for signed in (b"", b"\x02", b"\xc0", b"\x02\xc0", b"\x7f" * 40, bytes(200)):
        with pytest.raises(LedgerError):
            opened.chain.broadcast(signed)
    assert head(opened) == before


def test_a_transaction_signed_for_another_chain_is_refused(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from ledger.adapters.clocks import SystemClock
    from ledger.adapters.embedded_chain import EmbeddedChain

    path = tmp_path_factory.mktemp("another") / "chain.db"
    with EmbeddedChain.create(path, bytes(31) + b"\x09", SystemClock(), 2**47 + 99) as other:
        signed = other.prepare(FACTORY, bytes(32) + b"\x00", Cost(100_000, 10**10))
    before = head(opened)
    with pytest.raises(LedgerError):
        opened.chain.broadcast(signed)
    assert head(opened) == before


def test_writers_at_once_each_land_once(opened: Opened) -> None:
    cells = fresh(opened.chain)
    cost = opened.chain.cost(cells, word(1) + word(1))
    cost = Cost(with_margin(cost.gas), 2 * cost.wei_per_gas)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        chain = opened.chain_again()
        try:
            for number in range(4):
                send_until_it_lands(chain, cells, word(10 * writer + number) + word(1), cost)
        except BaseException as failure:  # noqa: BLE001 - shown by the test itself
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    logs = opened.reader.logs(cells, [SET], 0, 2**40)
    expected = sorted(word(10 * writer + number) for writer in range(4) for number in range(4))
    assert sorted(log.topics[1] for log in logs) == expected


def send_until_it_lands(chain: Chain, to: bytes, data: bytes, cost: Cost) -> None:
    """Do as every writer must: prepare again while others take the nonce."""
    while True:
        try:
            name = chain.broadcast(chain.prepare(to, data, cost))
        except Conflict:
            continue
        settled(chain, name)
        return
