"""The embedded chain alone: its file, its clock, its genesis, and its trie beside py-evm's view."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from eth_typing import Address

from ledger.adapters.clocks import ManualClock
from ledger.adapters.embedded_chain import EmbeddedChain, drawn_chain_id
from ledger.adapters.embedded_evm import CREATE2_FACTORY, Evm
from ledger.adapters.embedded_reader import EmbeddedReader
from ledger.chain import Cost
from ledger.errors import (
    BadSettings,
    Busy,
    ChainUnreachable,
    Conflict,
    CostRefused,
    Refused,
    TransactionReverted,
)
from tests.cells import DONE, REFUSAL, SET, deploy, deploy_code, send, word
from tests.nodes import ROOT

KEY = bytes(31) + b"\x07"
CHAIN_ID = 2**47 + 7
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def made(path: Path, clock: ManualClock | None = None) -> EmbeddedChain:
    return EmbeddedChain.create(path, KEY, clock or ManualClock(NOON), CHAIN_ID)


def head_of(chain: EmbeddedChain) -> tuple[int, int]:
    latest = chain.block("latest")
    assert latest is not None
    return latest.number, latest.timestamp


def test_the_drawn_chain_id_has_48_bits() -> None:
    assert drawn_chain_id(bytes(6)) == 2**47
    assert drawn_chain_id(b"\xff" * 6) == 2**48 - 1
    assert drawn_chain_id(b"\x00\x00\x00\x00\x01\x02") == 2**47 + 258
    with pytest.raises(BadSettings):
        drawn_chain_id(bytes(5))


@pytest.mark.parametrize("chain_id", [1, 10, 31337, 2**47 - 1, 2**48])
def test_a_public_chains_id_cannot_be_taken(tmp_path: Path, chain_id: int) -> None:
    with pytest.raises(BadSettings):
        EmbeddedChain.create(tmp_path / "chain.db", KEY, ManualClock(NOON), chain_id)
    assert not (tmp_path / "chain.db").exists()


def test_two_chains_of_one_key_and_second_have_different_genesis_hashes(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with (
        EmbeddedChain.create(tmp_path / "a.db", KEY, clock, CHAIN_ID) as one,
        EmbeddedChain.create(tmp_path / "b.db", KEY, clock, CHAIN_ID + 1) as other,
    ):
        assert one.identity().genesis != other.identity().genesis


def test_a_chain_that_was_made_before_keeps_its_id_and_blocks(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with made(path) as chain:
        cells = deploy(chain)
        identity = chain.identity()
    with EmbeddedChain.create(path, KEY, ManualClock(NOON), CHAIN_ID + 1) as again:
        assert again.identity() == identity
        assert again.block("latest") == chain.block("latest")
        send(again, cells, word(1) + word(1))
    chain.close()


def test_a_chain_that_is_not_there_is_unreachable_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    for chain in (EmbeddedReader(path), EmbeddedChain(path, KEY, ManualClock(NOON))):
        with pytest.raises(ChainUnreachable, match=r"chain\.db"):
            chain.identity()
    assert not path.exists()
    path.touch()
    with pytest.raises(ChainUnreachable, match="none yet"):
        EmbeddedReader(path).block("latest")
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(ChainUnreachable):
        EmbeddedReader(path).block("latest")


def test_blocks_are_as_old_as_the_clock_or_a_second_younger_than_their_parent(
    tmp_path: Path,
) -> None:
    clock = ManualClock(NOON)
    with made(tmp_path / "chain.db", clock) as chain:
        start = int(NOON.timestamp())
        assert head_of(chain) == (0, start)
        cells = deploy(chain)
        assert head_of(chain) == (1, start + 1)
        clock.set(NOON + timedelta(seconds=99, microseconds=1))
        send(chain, cells, word(1) + word(1))
        assert head_of(chain) == (2, start + 100)  # never older than it is: rounded up
        clock.set(NOON - timedelta(days=1))
        send(chain, cells, word(2) + word(1))
        assert head_of(chain) == (3, start + 101)


def test_a_reader_sees_the_trie_as_the_evm_does(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with made(path) as chain, EmbeddedReader(path) as reader:
        cells = deploy(chain)
        for key in range(24):  # enough for branches, extensions and leaves within nodes
            send(chain, cells, word(key * key) + word(1 << (key * 10)))
        send(chain, cells, word(4) + word(0))
        connection = sqlite3.connect(path)
        evm = Evm(connection, CHAIN_ID)
        for number in range(head_of(chain)[0] + 1):
            block = reader.block(number)
            assert block is not None
            header = evm.header(block.hash)
            assert header.block_number == number
            state = evm.state(header)
            for key in range(24):
                expected = state.get_storage(Address(cells), key * key)
                assert reader.storage(cells, word(key * key), number) == word(expected)
        state = evm.state(evm.head())
        for address in (cells, CREATE2_FACTORY, chain.submitter, bytes(20)):
            assert reader.code(address) == state.get_code(Address(address))
        connection.close()


def test_a_changed_trie_node_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with made(path) as chain:
        cells = deploy(chain)
        send(chain, cells, word(1) + word(1))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE nodes SET value = x'c0' WHERE length(key) = 32")
    connection.commit()
    connection.close()
    with EmbeddedReader(path) as reader:
        with pytest.raises(ChainUnreachable):
            reader.storage(cells, word(1), "latest")
        with pytest.raises(ChainUnreachable):
            reader.code(cells)


def test_a_transaction_that_would_revert_is_refused_and_leaves_no_block(tmp_path: Path) -> None:
    with made(tmp_path / "chain.db") as chain:
        cells = deploy(chain)
        signed = chain.prepare(cells, b"\x01", Cost(100_000, 10**10))
        before = head_of(chain)
        for _ in range(2):
            with pytest.raises(TransactionReverted, match=REFUSAL):
                chain.broadcast(signed)
        with pytest.raises(TransactionReverted, match="OutOfGas"):
            chain.broadcast(chain.prepare(cells, word(1) + word(1), Cost(30_000, 10**10)))
        assert head_of(chain) == before
        send(chain, cells, word(1) + word(1))


def test_a_transaction_below_the_base_fee_is_refused(tmp_path: Path) -> None:
    with made(tmp_path / "chain.db") as chain, pytest.raises(CostRefused, match="prepare again"):
        chain.broadcast(chain.prepare(CREATE2_FACTORY, bytes(33), Cost(100_000, 1)))


def test_a_stranger_without_ether_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    made(path).close()
    key = bytes(31) + b"\x08"
    with EmbeddedChain(path, key, ManualClock(NOON)) as stranger, pytest.raises(Refused):
        stranger.broadcast(stranger.prepare(CREATE2_FACTORY, bytes(33), Cost(10**5, 10**10)))


def test_a_nonce_from_a_lost_future_is_a_conflict(tmp_path: Path) -> None:
    with made(tmp_path / "a.db") as chain, made(tmp_path / "b.db") as restored:
        deploy(chain)
        signed = chain.prepare(CREATE2_FACTORY, bytes(33), Cost(100_000, 10**10))
        with pytest.raises(Conflict, match="prepare again"):
            restored.broadcast(signed)


def test_a_writer_that_waits_too_long_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with made(path) as chain, EmbeddedChain(path, KEY, ManualClock(NOON), limit=0.1) as hasty:
        cells = deploy(chain)
        signed = hasty.prepare(cells, word(1) + word(1), Cost(100_000, 10**10))
        with chain._store.lock(), pytest.raises(Busy, match="another process"):
            hasty.broadcast(signed)
        with chain._store.lock():  # readers wait for nobody
            assert hasty.storage(cells, word(1), "latest") == word(0)
        hasty.broadcast(signed)


def test_a_reader_keeps_its_snapshot_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with made(path) as chain, EmbeddedReader(path) as reader:
        cells = deploy(chain)
        with reader._store.snapshot() as connection:
            before = connection.execute("SELECT max(number) FROM blocks").fetchone()
            send(chain, cells, word(1) + word(1))
            assert connection.execute("SELECT max(number) FROM blocks").fetchone() == before
        assert head_of(chain)[0] == before[0] + 1


def test_every_look_up_is_by_an_index(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    questions: list[str] = []
    with made(path) as chain:
        cells = deploy(chain)
        name = send(chain, cells, word(1) + word(1))
        with chain._store.snapshot() as connection:
            connection.set_trace_callback(questions.append)
        chain.receipt(name)
        chain.block(1)
        chain.block("latest")
        chain.logs(cells, [[SET, DONE], word(1)], 0, 9)
        chain.logs(cells, [SET], 0, 9)
        chain.storage(cells, word(1), "latest")
        with chain._store.snapshot() as connection:
            connection.set_trace_callback(None)
            asked = [one for one in questions if "sqlite_master" not in one and "SELECT" in one]
            plans = {
                row[3] for one in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")
            }
    assert len(asked) >= 8
    # the newest block is the end of a scan that stops at once; what was found may be sorted
    others = {plan for plan in plans if not plan.startswith("SEARCH")}
    assert others <= {"SCAN blocks", "USE TEMP B-TREE FOR ORDER BY"}
    assert any("logs_by_topics" in plan for plan in plans)


def test_calls_nested_deeper_than_python_goes_are_refused_and_leave_no_block(
    tmp_path: Path,
) -> None:
    with made(tmp_path / "chain.db") as chain:
        # call yourself with all the gas that is left
        endless = deploy_code(chain, bytes.fromhex("60006000600060006000305af100"), 1)
        before = head_of(chain)
        with pytest.raises(Refused, match="calls within calls"):
            chain.cost(endless, b"")
        with pytest.raises(Refused, match="calls within calls"):
            chain.call(endless, b"", "latest")
        with pytest.raises(Refused, match="calls within calls"):
            chain.broadcast(chain.prepare(endless, b"", Cost(29_000_000, 10**10)))
        assert head_of(chain) == before


def test_the_evm_leaves_pythons_guard_against_deep_nesting_in_place() -> None:
    code = (
        "import json, ledger.adapters.embedded_chain\n"
        "try: json.loads('[' * 100_000)\n"
        "except RecursionError: print('guarded')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert ran.stdout == "guarded\n"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("embedded_reader", ["eth", "web3", "httpx", "eth_account", "sqlalchemy", "pydantic"]),
        ("json_rpc_reader", ["eth", "web3", "eth_account", "sqlalchemy", "pydantic", "requests"]),
        ("embedded_chain", ["web3", "eth_account", "httpx", "sqlalchemy"]),
    ],
)
def test_a_reader_imports_no_more_than_it_needs(module: str, heavy: list[str]) -> None:
    code = f"import sys, ledger.adapters.{module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert not set(heavy) & set(loaded)
