"""Several places where blocks can be had, asked side by side."""

import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from ..cid import Cid
from ..errors import BlockMissing, StoreUnavailable
from ..ports import BlockSource
from .gateways import FalseBlock

_SHUNNED = 600.0  # seconds: how long one that gave other bytes is not asked again
_AT_ONCE = 32  # questions that one source may have open
_Answer = bytes | BlockMissing | StoreUnavailable


class SourcePool:
    """A `BlockSource`: several sources asked side by side; the first true answer wins.

    No question takes longer than `timeout` seconds, whatever the sources do. One that gave other
    bytes than were asked for is not asked again for ten minutes.
    """

    def __init__(self, sources: Sequence[BlockSource], timeout: float) -> None:
        self.each = tuple(sources)
        self._timeout = timeout
        self._shunned: dict[BlockSource, float] = {}
        self._room = {one: threading.BoundedSemaphore(_AT_ONCE) for one in self.each}

    @property
    def name(self) -> str:
        """The names of them all."""
        return ", ".join(one.name for one in self.each)

    def get(self, cid: Cid) -> bytes:
        """Return the block's bytes, verified. BlockMissing if each source says it has none.

        StoreUnavailable, which names those that failed, if none has it and one could not be asked.
        """
        began = time.monotonic()
        failed: dict[BlockSource, str] = {}
        waiting: set[BlockSource] = set()
        came = SimpleQueue[tuple[BlockSource, _Answer]]()
        for one in self.each:
            if self._shunned.get(one, began) > began:
                failed[one] = "it gave false bytes a while ago"
            elif not self._room[one].acquire(blocking=False):
                failed[one] = f"it owes {_AT_ONCE} answers already"
            else:
                waiting.add(one)
                # a daemon: the process may end while a slow one is still being read
                threading.Thread(target=self._ask, args=(one, cid, came), daemon=True).start()
        while waiting:
            left = began + self._timeout - time.monotonic()
            try:
                one, answer = came.get(timeout=max(0.0, left))
            except Empty:
                break
            waiting.discard(one)
            if isinstance(answer, bytes):
                return answer
            if isinstance(answer, StoreUnavailable):
                failed[one] = str(answer)
        failed |= dict.fromkeys(waiting, f"no answer within {self._timeout:g} s")
        if failed:
            told = "; ".join(f"{one.name}: {why}" for one, why in failed.items())
            raise StoreUnavailable(
                f"expected the block {cid} from {len(self.each)} sources, none gave it: {told}"
            )
        raise BlockMissing(f"expected the block {cid} from {self.name}: none has it")

    def _ask(
        self, one: BlockSource, cid: Cid, came: SimpleQueue[tuple[BlockSource, _Answer]]
    ) -> None:
        answer: _Answer
        try:
            answer = one.get(cid)
        except FalseBlock as lie:
            self._shunned[one] = time.monotonic() + _SHUNNED
            answer = lie
        except (BlockMissing, StoreUnavailable) as failure:
            answer = failure
        except Exception as fault:  # noqa: BLE001 - in a thread, nobody would see it
            answer = StoreUnavailable(f"a fault of ours: {type(fault).__name__}")
        finally:
            self._room[one].release()
        came.put((one, answer))
