import time
from collections.abc import Callable

import pytest

from api.following import Following
from api.worker import Worker
from ledger.errors import ChainUnreachable, StoreUnavailable
from ledger.services.anchoring import Progress
from tests.api.asking import Api


class Broken:
    """An engine that fails each time in the way that it is told to."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.asked = 0

    def run(self, _wait: float = 0) -> Progress:
        self.asked += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return Progress(0, 0, 0)


def worker(api: Api, anchoring: object, follow: Callable[[], None] = lambda: None) -> Worker:
    return Worker(
        api.served.queue,
        anchoring,  # type: ignore[arg-type]
        api.served.disclosing,
        follow,
        interval=0.01,
        eager=True,
    )


def until(done: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if done():
            return
        time.sleep(0.005)
    raise AssertionError


@pytest.mark.parametrize(
    "failure",
    [ChainUnreachable("no node"), StoreUnavailable("no disk"), ZeroDivisionError("a fault")],
)
def test_a_worker_outlives_what_fails_and_goes_on(api: Api, failure: Exception) -> None:
    api.commit([api.claim("lantern")])
    engine = Broken(failure, failure, None)
    at_work = worker(api, engine)
    at_work.start()
    try:
        until(lambda: engine.asked >= 1)
        until(lambda: engine.asked >= 3)
        until(lambda: at_work.failure is None)
        assert at_work.alive
    finally:
        at_work.stop()
    assert not at_work.alive


def test_a_worker_that_fails_says_why(api: Api) -> None:
    api.commit([api.claim("lantern")])
    at_work = worker(api, Broken(*[ChainUnreachable("no node")] * 10_000))
    at_work.start()
    try:
        until(lambda: str(at_work.failure) == "no node")
    finally:
        at_work.stop()


def test_a_worker_waits_where_another_has_the_lease(api: Api) -> None:
    api.commit([api.claim("lantern")])
    assert api.served.queue.lease("another", 4e9, 60)
    engine = api.served.installation.anchoring(api.served.installation.chain())
    worker(api, engine).turn()
    assert api.served.queue.last_batch() is None


def test_an_index_that_cannot_follow_keeps_what_it_has_and_the_reason(api: Api) -> None:
    engine = Broken(ChainUnreachable("no node"))
    following = Following(engine, pause=60)  # type: ignore[arg-type]
    following.catch_up()
    assert isinstance(following.failure, ChainUnreachable)
    following.catch_up()  # it was just tried
    assert engine.asked == 1
    following.catch_up_now()
    assert following.failure is None


def test_the_index_is_followed_by_one_thread_at_a_time(api: Api) -> None:
    asked: list[int] = []

    class Slow:
        def run(self) -> None:
            asked.append(1)
            following.catch_up()  # another request, meanwhile: it answers by what is there

    following = Following(Slow(), pause=0)  # type: ignore[arg-type]
    following.catch_up()
    assert asked == [1]
