"""A process that adds leaves to a queue and says which were acknowledged; it is run to be killed.

Arguments: the file, the seed that its leaf hashes begin at, and the limit to a file's size (0
for none), after which it says that the disk is full, lifts the limit and goes on.
"""

import resource
import sys
from itertools import count
from pathlib import Path
from threading import Lock, Thread

from ledger.adapters.queue import SqlQueue
from ledger.digest import sha256
from ledger.errors import StoreUnavailable
from ledger.leaf import Disclosed

LEDGER = bytes.fromhex("5e" * 32)
THREADS = 4
_GUARD = Lock()


def say(text: str) -> None:
    with _GUARD:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def leaf(seed: int) -> Disclosed:
    return Disclosed(sha256(b"leaf %d" % seed))


def add_for_ever(queue: SqlQueue, first: int) -> None:
    for turn in count():
        seeds = [first + THREADS * (turn * 3 + at) for at in range(3)]
        indexes = queue.add([leaf(seed) for seed in seeds], None)
        for seed, index in zip(seeds, indexes, strict=True):
            say(f"{seed} {index}")


def add_until_full(queue: SqlQueue, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for seed in count():
        try:
            (index,) = queue.add([leaf(seed)], None)
        except StoreUnavailable:
            say("full")
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )
            (index,) = queue.add([leaf(seed)], None)
            say(f"{seed} {index}")
            return
        say(f"{seed} {index}")


def main() -> None:
    queue = SqlQueue(Path(sys.argv[1]), LEDGER)
    first, limit = int(sys.argv[2]), int(sys.argv[3])
    say("ready")
    if limit:
        add_until_full(queue, limit)
        return
    for thread in range(THREADS):
        Thread(target=add_for_ever, args=(queue, first + thread), daemon=True).start()
    sys.stdin.read()  # until it is killed


if __name__ == "__main__":
    main()
