"""What many threads bring at once is written together, and each is told of its own."""

from collections.abc import Sequence
from threading import Event, Thread

import pytest

from ledger.adapters.group_commit import GroupCommit
from ledger.errors import Conflict, LedgerError, StoreUnavailable


class Disk:
    """Takes groups of numbers; the first waits until it is let go."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.began, self.go = Event(), Event()
        self.fails = False

    def commit(self, items: Sequence[int]) -> Sequence[int | LedgerError]:
        self.groups.append(list(items))
        if len(self.groups) == 1:
            self.began.set()
            assert self.go.wait(10)
        elif self.fails:
            raise StoreUnavailable("full")
        return [Conflict("odd") if item % 2 else item * 10 for item in items]


def gathered(disk: Disk, most: int, items: Sequence[int]) -> dict[int, int | str]:
    """Bring 0 first, and the others while it is being written."""
    commits = GroupCommit[int, int](disk.commit, most)
    told: dict[int, int | str] = {}

    def add(item: int) -> None:
        try:
            told[item] = commits.add(item, weight=1)
        except LedgerError as error:
            told[item] = f"{type(error).__name__}: {error}"

    threads = [Thread(target=add, args=(0,))]
    threads[0].start()
    assert disk.began.wait(10)
    for item in items:
        threads.append(Thread(target=add, args=(item,)))
        threads[-1].start()
    while len(commits._waiting) < len(items):
        pass
    disk.go.set()
    for thread in threads:
        thread.join(10)
    return told


def test_what_comes_during_a_commit_is_one_group_and_each_is_told_of_its_own() -> None:
    disk = Disk()
    told = gathered(disk, 100, [1, 2, 3, 4])
    assert told == {0: 0, 1: "Conflict: odd", 2: 20, 3: "Conflict: odd", 4: 40}
    assert [sorted(group) for group in disk.groups] == [[0], [1, 2, 3, 4]]


def test_a_group_weighs_no_more_than_the_most() -> None:
    disk = Disk()
    gathered(disk, 2, [2, 4, 6, 8, 10])
    assert [len(group) for group in disk.groups] == [1, 2, 2, 1]


def test_a_failed_commit_is_told_to_all_of_its_group_and_the_next_goes_on() -> None:
    disk = Disk()
    disk.fails = True
    told = gathered(disk, 100, [2, 4])
    assert told == {0: 0, 2: "StoreUnavailable: full", 4: "StoreUnavailable: full"}


def test_an_interrupted_leader_leaves_nobody_waiting() -> None:
    def interrupted(items: Sequence[int]) -> Sequence[int | LedgerError]:
        if items == [0]:
            raise KeyboardInterrupt
        return items

    commits = GroupCommit[int, int](interrupted, 10)
    with pytest.raises(KeyboardInterrupt):
        commits.add(0, weight=1)
    assert commits.add(1, weight=1) == 1
