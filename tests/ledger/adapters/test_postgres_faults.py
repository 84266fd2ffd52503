"""PostgreSQL when it refuses, stops, crashes, is locked, or loses the answer of a commit."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text

from ledger.adapters.engines import make_engine
from ledger.adapters.index import SqlIndex
from ledger.adapters.queue import SqlQueue
from ledger.errors import BadSettings, Busy, LedgerError, StoreUnavailable
from ledger.leaf import Disclosed
from ledger.ports import Idempotency
from tests.ledger.factories import CHAIN, LEDGER, word
from tests.postgres import PostgresServer, postgres_server

from .databases import own_schema


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of the test's own, to be stopped."""
    with postgres_server() as started:
        yield started


_OPEN: list[Engine] = []


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().dispose()


def engine_of(url: str, limit: float = 30.0, password: str | None = None) -> Engine:
    engine = make_engine(url, durable=True, limit=limit, schema="queue", password=password)
    _OPEN.append(engine)
    return engine


def opened(url: str, limit: float = 30.0) -> SqlQueue:
    return SqlQueue(engine_of(url, limit), LEDGER, limit)


def leaf(*name: object) -> Disclosed:
    return Disclosed(word(*name))


def require_one_line(error: LedgerError, url: str) -> None:
    password = url.split(":")[2].partition("@")[0]
    assert "\n" not in str(error)
    assert len(str(error)) < 400
    assert password not in str(error)


def test_what_refuses_us_is_one_line_without_the_password(postgres: PostgresServer) -> None:
    url = postgres.url("postgres")
    guessed = url.replace(postgres.password, "guessed-secret")
    elsewhere = url.replace(f":{postgres.port}/", ":1/")
    nowhere = url.replace("/postgres", "/no_such_database")
    nobody = url.replace(f":{postgres.password}", "")
    for wrong, said in (
        (guessed, "password authentication failed"),
        (elsewhere, "look whether it runs"),
        (nowhere, "does not exist"),
        (nobody, "PGPASSWORD"),
        (f"{url}?sslmode=require", "look whether it runs"),
    ):
        with pytest.raises(StoreUnavailable, match=said) as caught:
            SqlQueue(wrong, LEDGER)
        require_one_line(caught.value, guessed)
        require_one_line(caught.value, url)
    for wrong, said in (
        (f"{url}?sslmode=maybe", "sslmode"),
        (f"{url}?keepalives=1", "keepalives"),
        ("mysql://sealbook:secret@host/name", "postgresql://"),
        ("postgresql://host:port/name", "postgresql://"),
    ):
        with pytest.raises(BadSettings, match=said) as refused:
            SqlQueue(wrong, LEDGER)
        assert "secret" not in str(refused.value)
    password = postgres.password
    SqlQueue(engine_of(nobody, password=password), LEDGER)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_the_next_call_after_a_restart_works(server: PostgresServer, ending: str) -> None:
    url = server.new_database()
    queue, index = opened(url), SqlIndex(engine_of(url))
    assert queue.add([leaf(1)], None) == [0]
    assert index.cursor(CHAIN) is None
    for turn in range(2):
        getattr(server, ending)()
        for ask in (queue.size, lambda: index.cursor(CHAIN), lambda: queue.add([leaf(9)], None)):
            with pytest.raises(StoreUnavailable) as caught:
                ask()
            require_one_line(caught.value, url)
        server.start()
        assert queue.add([leaf(turn + 2)], None) == [turn + 1]
        assert queue.size() == turn + 2
        assert index.cursor(CHAIN) is None


def test_nothing_acknowledged_is_lost_and_nothing_doubled_while_the_server_crashes(
    server: PostgresServer,
) -> None:
    queue = opened(server.new_database())
    acknowledged: dict[int, int] = {}
    failures: list[LedgerError] = []
    over = threading.Event()

    def add(thread: int) -> None:
        seed = thread
        while not over.is_set():
            try:
                (acknowledged[seed],) = queue.add([leaf(seed)], Idempotency(str(seed), word(seed)))
            except (StoreUnavailable, Busy) as failure:
                failures.append(failure)
                time.sleep(0.02)
            else:
                seed += 4

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for ending in (server.kill, server.stop, server.kill):
        time.sleep(0.4)
        ending()
        server.start()
    time.sleep(0.4)
    over.set()
    for thread in threads:
        thread.join()
    kept = queue.leaves(0, queue.size())
    assert len(kept) == queue.size() == len({one.leaf_hash for one in kept})
    assert failures
    assert len(acknowledged) > 20
    for seed, index in acknowledged.items():
        assert kept[index] == leaf(seed)
    print(f"{len(acknowledged)} acknowledged, {len(kept)} kept, {len(failures)} refused meanwhile")


class CuttingProxy:
    """Passes a connection on, until a commit: then the answer is lost on the way."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.cut = False
        self.cuts = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self.to))
                answers = threading.Event()
                for words in ((client, server, answers), (server, client, answers)):
                    threading.Thread(target=self._pass, args=words, daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := one.recv(1 << 16):
                if self.cut and b"COMMIT\0" in data:
                    lost.set()
                    self.cut = False
                    self.cuts += 1
                    other.sendall(data)
                    time.sleep(0.2)  # the server commits
                    break
                if not lost.is_set():
                    other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            end.close()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


def test_a_commit_whose_answer_was_lost_is_not_acknowledged_and_not_doubled(
    postgres: PostgresServer,
) -> None:
    proxy = CuttingProxy(postgres.port)
    url = postgres.new_database().replace(f":{postgres.port}/", f":{proxy.port}/")
    queue = opened(url)
    key = Idempotency("a key", word("request"))
    given = [leaf("first"), leaf("second")]
    proxy.cut = True
    with pytest.raises(StoreUnavailable, match="the connection failed"):
        queue.add(given, key)
    assert proxy.cuts == 1
    assert queue.size() == 2  # it was committed, and nobody was told
    assert queue.add(given, key) == [0, 1]
    assert queue.add([leaf("third"), *given], None) == [2, 0, 1]
    proxy.cut = True
    with pytest.raises(StoreUnavailable):
        queue.lease("worker", 0.0, 60.0)
    assert queue.lease("worker", 0.0, 60.0)
    assert not queue.lease("another", 0.0, 60.0)
    proxy.close()


def test_a_row_that_another_holds_is_busy_after_the_limit(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    queue = opened(url, limit=0.3)
    other = engine_of(url)
    with other.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("SELECT * FROM queue_schema FOR UPDATE"))
        began = time.monotonic()
        with pytest.raises(Busy, match="try again"):
            queue.add([leaf(1)], None)
        assert 0.3 <= time.monotonic() - began < 5
        assert queue.size() == 0  # who reads does not wait
    assert queue.add([leaf(1)], None) == [0]


def test_a_server_that_takes_no_more_connections_is_busy(server: PostgresServer) -> None:
    url = server.new_database()
    opened(url).close()
    server.run(f"CREATE ROLE guest LOGIN PASSWORD '{server.password}' CONNECTION LIMIT 0")
    with pytest.raises(Busy, match="try again"):
        opened(url.replace("sealbook:", "guest:"), limit=0.5)


def test_an_old_answer_of_the_servers_is_not_mixed_into_a_new_one(
    postgres: PostgresServer,
) -> None:
    engine = own_schema(postgres)
    _OPEN.append(engine)
    queue = SqlQueue(engine, LEDGER)
    for seed in range(200):  # more statements than a connection keeps prepared
        given = [leaf(seed, at) for at in range(seed % 30)]
        queue.add(given, None)
        assert [queue.find(one.leaf_hash) is not None for one in given] == [True] * len(given)
    assert queue.size() == sum(seed % 30 for seed in range(200))
