"""Group commits: what many threads bring at once is written in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Generic, TypeVar

from ..errors import LedgerError, StoreUnavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Call(Generic[Item, Answer]):
    item: Item
    weight: int
    answer: Answer | None = None
    error: LedgerError | None = None

    @property
    def settled(self) -> bool:
        return self.answer is not None or self.error is not None


class GroupCommit(Generic[Item, Answer]):
    """Whoever comes first leads: writes what is waiting, the others' with their own.

    `commit` writes the items in one transaction and gives an answer or an error for each, in
    order. Nobody returns before the commit that holds what they brought.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Answer | LedgerError]],
        most: int,
    ) -> None:
        self._commit = commit
        self._most = most
        self._turn = Condition()
        self._led = False
        self._waiting: list[_Call[Item, Answer]] = []

    def add(self, item: Item, weight: int) -> Answer:
        """Write an item and return its answer, or raise its error."""
        call = _Call[Item, Answer](item, weight)
        with self._turn:
            self._waiting.append(call)
        while not call.settled:
            self._wait_or_lead(call)
        if call.answer is None:
            raise _again(call.error)
        return call.answer

    def _wait_or_lead(self, call: _Call[Item, Answer]) -> None:
        with self._turn:
            while self._led and not call.settled:
                self._turn.wait()
            if call.settled:
                return
            self._led = True
            group = self._gather()
        try:
            self._settle(group)
        finally:
            for left in group:
                if not left.settled:  # the leader was interrupted, not the disk
                    left.error = StoreUnavailable("expected a commit, it was interrupted")
            with self._turn:
                self._led = False
                self._turn.notify_all()

    def _gather(self) -> list[_Call[Item, Answer]]:
        """Take what is waiting, in order, up to `most` in weight (one at the least)."""
        weight = count = 0
        for call in self._waiting:
            weight += call.weight
            if count and weight > self._most:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    def _settle(self, group: Sequence[_Call[Item, Answer]]) -> None:
        try:
            answers = self._commit([call.item for call in group])
        except LedgerError as error:
            for call in group:
                call.error = error
            return
        for call, answer in zip(group, answers, strict=True):
            if isinstance(answer, LedgerError):
                call.error = answer
            else:
                call.answer = answer


def _again(error: LedgerError | None) -> LedgerError:
    """Return the error as one of this thread's own: several may have failed with it."""
    error = error or StoreUnavailable("expected a commit, it gave no answer")
    copy = type(error)(*error.args)
    copy.__cause__ = error.__cause__
    return copy
