"""The embedded chain among processes: killed at any moment, made twice at once, written by four."""

import random
import sqlite3
import time
from pathlib import Path

from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.adapters.embedded_reader import EmbeddedReader
from tests.cells import SET, deploy, send, word

from .embedded_writer import CHAIN_ID, KEY, heard_until_the_end, make, start, write

KILLS = 20


def require_whole(path: Path, cells: bytes) -> int:
    """Check that the file is one consistent chain; return how many words were ever set."""
    with EmbeddedReader(path) as reader:
        latest = reader.block("latest")
        assert latest is not None
        parent = reader.block(0)
        for number in range(1, latest.number + 1):
            child = reader.block(number)
            assert child is not None
            assert parent is not None
            assert child.parent == parent.hash
            assert child.timestamp > parent.timestamp
            parent = child
        logs = reader.logs(cells, [SET], 0, latest.number)
        for log in logs:  # the state, the logs and the receipts speak of the same transactions
            receipt = reader.receipt(log.transaction)
            assert receipt is not None
            assert receipt.block_hash == log.block_hash
            assert reader.storage(cells, log.topics[1], "latest") == log.data
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (latest.number,)
    connection.close()
    return len(logs)


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with EmbeddedChain.create(path, KEY, SystemClock(), CHAIN_ID) as chain:
        cells = deploy(chain)
    drawn = random.Random(20)
    acknowledged = 0
    for kill in range(KILLS):
        process, heard = start(write, path, cells, 10_000 * kill, 0)
        heard.recv()  # it has started to write
        time.sleep(drawn.uniform(0.0, 0.06))
        process.kill()
        keys = [10_000 * kill, *heard_until_the_end(process, heard)]
        acknowledged += len(keys)
        with EmbeddedReader(path) as reader:
            for key in keys:
                assert isinstance(key, int)
                assert reader.storage(cells, word(key), "latest") == word(key + 1)
    # a block may be durable though its writer died before it could say so
    assert acknowledged <= require_whole(path, cells) <= acknowledged + KILLS
    with EmbeddedChain(path, KEY, SystemClock()) as chain:
        send(chain, cells, word(1) + word(2))  # no lock outlives its holder
    print(f"{KILLS} kills, {acknowledged} acknowledged writes")


def test_four_processes_write_at_once_and_each_write_lands_once(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with EmbeddedChain.create(path, KEY, SystemClock(), CHAIN_ID) as chain:
        cells = deploy(chain)
    firsts = [1_000 * (writer + 1) for writer in range(4)]
    writers = [start(write, path, cells, first, 10) for first in firsts]
    for first, writer in zip(firsts, writers, strict=True):
        assert heard_until_the_end(*writer) == list(range(first, first + 10))
    assert require_whole(path, cells) == 40
    with EmbeddedReader(path) as reader:
        logs = reader.logs(cells, [SET], 0, 2**40)
    assert sorted(int.from_bytes(log.topics[1], "big") for log in logs) == [
        first + number for first in firsts for number in range(10)
    ]


def test_of_processes_that_make_the_chain_at_once_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "home" / "chain.db"
    makers = [start(make, path, number) for number in range(4)]
    said = [heard_until_the_end(*maker) for maker in makers]
    assert said == [said[0]] * 4
    with EmbeddedReader(path) as reader:
        assert said[0] == [(reader.identity(), 69)]


def test_a_chain_whose_maker_was_killed_is_made_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    sqlite3.connect(path).close()  # the file is there, and empty
    path.touch()
    with EmbeddedChain.create(path, KEY, SystemClock(), CHAIN_ID) as chain:
        assert chain.identity().chain_id == CHAIN_ID
