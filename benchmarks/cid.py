"""The CID of a file beside plain SHA-256 of the same bytes: `python benchmarks/cid.py [MIB]`."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterator

from ledger.cid import CHUNK, import_file

ROUNDS = 5


def content(mib: int) -> Iterator[bytes]:
    chunk = bytes(range(256)) * (CHUNK // 256)
    return (chunk for _ in range(mib))


def plain(mib: int) -> None:
    state = hashlib.sha256()
    for chunk in content(mib):
        state.update(chunk)
    state.digest()


def imported(mib: int) -> None:
    for _ in import_file(content(mib)):
        pass


def best(work: Callable[[int], None], mib: int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work(mib)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    base, ours = best(plain, size), best(imported, size)
    for name, seconds in (("hashlib.sha256", base), ("import_file", ours)):
        print(f"{name:15} {size / 1024 / seconds * 1.073741824:.2f} GB/s")
    print(f"import_file takes {ours / base:.2f} times as long as one SHA-256 ({size} MiB)")
