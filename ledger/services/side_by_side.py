"""Side by side: slow answers, many at once, within a limit. Who is late is left behind.

The threads are daemons: one that hangs in a node's silence keeps no process from ending.
"""

from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

from ..errors import TimedOut

T = TypeVar("T")

MOST_AT_ONCE = 16


def side_by_side(
    calls: Sequence[Callable[[], T]], seconds: float, at_once: int = MOST_AT_ONCE
) -> list[T | TimedOut]:
    """Return each call's answer, in their order; TimedOut stands where none came in time.

    They begin in their order, `at_once` of them. What a call raises is raised here, once.
    """
    waiting = deque(enumerate(calls))
    ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()
    over = Event()

    def work() -> None:
        while not over.is_set():
            try:
                at, call = waiting.popleft()
            except IndexError:
                return
            try:
                ended.put((at, call(), None))
            except BaseException as failure:  # noqa: BLE001 - raised again by whoever waits
                ended.put((at, None, failure))

    for _ in range(min(at_once, len(calls))):
        Thread(target=work, name="sealbook-asking", daemon=True).start()
    answers: list[T | TimedOut] = [
        TimedOut(f"no answer within {round(seconds, 1):g} s") for _ in calls
    ]
    deadline = monotonic() + seconds
    try:
        for _ in calls:
            at, answer, failure = ended.get(timeout=max(0.0, deadline - monotonic()))
            if failure is not None:
                raise failure
            answers[at] = answer  # type: ignore[assignment] # it did not fail: it is a T
    except Empty:
        pass
    finally:
        over.set()
    return answers
