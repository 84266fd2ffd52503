"""Sources asked side by side: the first true answer wins, and no liar is asked twice."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from ledger.adapters.gateways import Gateway
from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.adapters.named_source import NamedSource
from ledger.adapters.source_pool import SourcePool
from ledger.cid import Block, Cid
from ledger.errors import BlockMissing, StoreUnavailable
from tests.lying_host import LyingHost, Reply, gone, lying_host

BLOCK = Block.of(b"what is asked for")
CID = BLOCK.cid
TRUE, SLOW, FALSE = Reply(BLOCK.data), Reply(BLOCK.data, delay=20), Reply(b"false")
NONE, FAULT = Reply(status=404), Reply(status=503)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def run(stack: ExitStack, *replies: Reply) -> tuple[SourcePool, list[LyingHost]]:
    hosts = [stack.enter_context(lying_host(reply)) for reply in replies]
    return SourcePool([Gateway(host.url, 1.0) for host in hosts], 1.0), hosts


def test_the_first_true_answer_wins_whatever_the_others_do(stack: ExitStack) -> None:
    pool, hosts = run(stack, SLOW, FALSE, FAULT, NONE, TRUE)
    began = time.monotonic()
    assert pool.get(CID) == BLOCK.data
    assert time.monotonic() - began < 0.9
    assert pool.name == ", ".join(host.name for host in hosts)


def test_a_liar_is_named_and_not_asked_again(stack: ExitStack) -> None:
    pool, (liar, other) = run(stack, FALSE, NONE)
    with pytest.raises(StoreUnavailable, match=f"{liar.name}: .*got others"):
        pool.get(CID)
    with pytest.raises(StoreUnavailable, match=f"{liar.name}: it gave false bytes a while ago"):
        pool.get(CID)
    assert (len(liar.asked), len(other.asked)) == (1, 2)


def test_when_all_say_that_they_have_none_it_is_missing(stack: ExitStack) -> None:
    pool, hosts = run(stack, NONE, NONE)
    with pytest.raises(BlockMissing, match=f"{hosts[0].name}, {hosts[1].name}: none has it"):
        pool.get(CID)


@pytest.mark.parametrize("reply", [SLOW, FALSE, FAULT])
def test_what_one_could_not_be_asked_for_is_unknown_and_not_missing(
    stack: ExitStack, reply: Reply
) -> None:
    pool, hosts = run(stack, NONE, reply)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=hosts[1].name) as raised:
        pool.get(CID)
    assert hosts[0].name not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - began < 2.5


def test_one_that_is_gone_hides_no_other(stack: ExitStack) -> None:
    host = stack.enter_context(lying_host(Reply(BLOCK.data, delay=0.2)))
    pool = SourcePool([Gateway(gone(), 1.0), Gateway(host.url, 1.0)], 1.0)
    assert pool.get(CID) == BLOCK.data


def test_two_gateways_of_one_host_are_two(stack: ExitStack) -> None:
    def by_path(path: str) -> Reply:
        return TRUE if path.startswith("/second") else NONE

    host = stack.enter_context(lying_host(lambda asked: by_path(asked.path)))
    pool = SourcePool([Gateway(f"{host.url}/{one}", 1.0) for one in ("first", "second")], 1.0)
    assert pool.get(CID) == BLOCK.data


def test_one_that_never_answers_is_not_asked_without_end() -> None:
    release = threading.Event()

    @dataclass(frozen=True)
    class Stuck:
        name: str = "stuck"

        def get(self, cid: Cid) -> bytes:
            release.wait(30)
            raise BlockMissing(str(cid))

    pool = SourcePool([Stuck()], 0.01)
    try:
        for _ in range(32):
            with pytest.raises(StoreUnavailable, match=r"no answer within 0\.01 s"):
                pool.get(CID)
        with pytest.raises(StoreUnavailable, match="owes 32 answers"):
            pool.get(CID)
    finally:
        release.set()


def test_a_fault_of_ours_in_one_hides_no_other() -> None:
    @dataclass(frozen=True)
    class Faulty:
        name: str = "faulty"

        def get(self, cid: Cid) -> bytes:
            raise ZeroDivisionError(str(cid))

    with pytest.raises(StoreUnavailable, match="a fault of ours: ZeroDivisionError"):
        SourcePool([Faulty()], 1.0).get(CID)
    blocks = MemoryBlocks()
    blocks.put([BLOCK])
    assert SourcePool([Faulty(), NamedSource("memory", blocks)], 1.0).get(CID) == BLOCK.data
