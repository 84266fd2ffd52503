"""Retrieving: who has a whole manifest now, whatever the others do."""

import time
from dataclasses import dataclass, field
from threading import Event

from ledger.adapters.memory_blocks import MemoryBlocks
from ledger.cid import Cid, cid_of, import_file
from ledger.errors import BlockMissing, StoreUnavailable
from ledger.services.retrieving import availability
from ledger.verification.availability import THIS_COMPUTER, judged

DATA = bytes(3 * 1024 * 1024) + b"the end of a manifest of four blocks and a node"
CID = cid_of(DATA)


@dataclass(slots=True)
class Source:
    """A source with all the blocks, or some, or other bytes in their place."""

    name: str = THIS_COMPUTER
    store: MemoryBlocks = field(default_factory=MemoryBlocks)
    false: Cid | None = None
    failure: Exception | None = None
    hangs: Event | None = None
    asked: int = 0

    def get(self, cid: Cid) -> bytes:
        self.asked += 1
        if self.hangs is not None:
            self.hangs.wait()
        if self.failure is not None:
            raise self.failure
        return b"other bytes" if cid == self.false else self.store.get(cid)


def whole(name: str = THIS_COMPUTER) -> Source:
    source = Source(name)
    source.store.put(import_file((DATA,)))
    return source


def test_each_source_that_gives_all_of_it_is_named() -> None:
    asked = availability(CID, [whole(), Source("empty.example"), whole("node.example")])
    assert asked.found == (THIS_COMPUTER, "node.example")
    assert asked.lacking == ("empty.example",)
    assert asked.unasked == ()


def test_a_part_of_it_is_not_retrievable() -> None:
    source = Source("part.example")
    first, *_, node = import_file((DATA,))
    source.store.put([first, node])
    asked = availability(CID, [source])
    assert asked.lacking == ("part.example",)
    assert judged(asked).outcome == "missing"


def test_other_bytes_are_not_called_retrievable_and_not_missing_either() -> None:
    source = whole("liar.example")
    *_, source.false = (block.cid for block in import_file((DATA,)))
    leaf = whole("other.example")
    leaf.false = next(iter(import_file((DATA,)))).cid
    asked = availability(CID, [source, leaf])
    assert (asked.found, asked.lacking) == ((), ())
    assert [name for name, _ in asked.unasked] == ["liar.example", "other.example"]
    assert judged(asked).outcome == "unknown"


def test_who_can_not_be_asked_is_named_with_the_reason() -> None:
    down = Source("node.example", failure=StoreUnavailable("the line is cut"))
    gone = Source("gone.example", failure=BlockMissing("not here"))
    asked = availability(CID, [whole(), down, gone])
    assert asked.unasked == (("node.example", "the line is cut"),)
    assert judged(asked).message == (
        "only this computer is known to have the manifest, not from gone.example; node.example "
        "could not be asked: the line is cut"
    )


def test_nobody_waits_for_one_that_hangs_and_it_is_asked_nothing_more() -> None:
    hangs = whole("slow.example")
    hangs.hangs = Event()
    begun = time.monotonic()
    asked = availability(CID, [hangs, whole()], 0.3)
    assert time.monotonic() - begun < 2
    assert asked.found == (THIS_COMPUTER,)
    assert asked.unasked == (("slow.example", "no answer within 0.3 s"),)
    hangs.hangs.set()
    time.sleep(0.2)
    assert hangs.asked == 1


def test_a_cid_that_names_no_file_of_ours_is_not_to_be_had() -> None:
    source = Source()
    odd = next(iter(import_file((b"\x0a\x00",))))
    source.store.put([odd])
    assert availability(Cid(0x70, odd.cid.digest), [source]).lacking == (THIS_COMPUTER,)
