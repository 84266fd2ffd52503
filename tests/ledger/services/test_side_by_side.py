"""Side by side: answers in their order, within the limit, whoever hangs."""

import threading
import time
from functools import partial

import pytest

from ledger.errors import TimedOut
from ledger.services.side_by_side import side_by_side


def slow(seconds: float, answer: str) -> str:
    time.sleep(seconds)
    return answer


def test_answers_come_in_the_order_of_the_questions() -> None:
    calls = [partial(slow, 0.03 - 0.01 * at, str(at)) for at in range(3)]
    assert side_by_side(calls, 5) == ["0", "1", "2"]
    assert side_by_side([], 5) == []


def test_who_is_late_is_left_behind_and_the_others_are_heard() -> None:
    never = threading.Event()
    begun = time.monotonic()

    def hangs() -> str:
        never.wait()
        return "late"

    first, second = side_by_side([hangs, lambda: "here"], 0.2)
    assert isinstance(first, TimedOut)
    assert str(first) == "no answer within 0.2 s"
    assert second == "here"
    assert time.monotonic() - begun < 2
    never.set()


def test_no_more_than_so_many_are_asked_at_once_and_none_once_the_time_is_over() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        time.sleep(0.1)
        return number

    answers = side_by_side([partial(ask, at) for at in range(9)], 0.15, at_once=2)
    assert answers[:2] == [0, 1]
    assert all(isinstance(one, TimedOut) for one in answers[4:])
    time.sleep(0.2)
    assert asked == [0, 1, 2, 3]


def test_what_a_question_raises_is_raised() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        side_by_side([broken, lambda: ""], 5)
