"""A stream of claims and of key events, by several authors at once, each the same by its seed."""

import random
import threading
import time
from dataclasses import dataclass, field

from ledger.claim import NO_PROCESS, Claim
from ledger.details import Details
from ledger.leaf import Leaf
from ledger.ports import Queue
from ledger.secp256k1 import address_of_key
from ledger.signed import SignedClaim, sign_claim
from ledger.signing import Home
from tests.ledger.factories import author_key, word
from tests.operators import shown
from tests.worlds import World

AUTHORS = ("alice", "bob", "carol")
WITHDRAWN_EVERY = 10  # one in so many claims is for being withdrawn
MOST_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A claim that the queue took, and the index that it said."""

    claim: SignedClaim
    index: int
    author: str
    may_withdraw: bool


def delegate_of(name: str) -> bytes:
    """Return the key that signs half of an author's claims."""
    return author_key(("delegate", name))


def claim_of(home: Home, name: str, thread: int, number: int) -> SignedClaim:
    """Return an author's claim of that number; every other one is signed by their delegate."""
    details = Details("image/png", 1_000, title=f"{name} {thread}-{number}")
    claim = Claim(
        author=address_of_key(author_key(name)),
        work=word("work", thread, number),
        process=NO_PROCESS,
        steps=0,
        details=details.digest,
        salt=word("salt", thread, number),
    )
    key = delegate_of(name) if number % 2 else author_key(name)
    return sign_claim(home, claim, key, details)


@dataclass(slots=True)
class Streams:
    """Threads that add claims, and one that lets authors say things of their keys."""

    home: Home
    queue: Queue
    pause: float  # seconds between two of a thread's requests, on average
    acknowledged: dict[bytes, Acknowledged] = field(default_factory=dict)
    moved: list[bytes] = field(default_factory=list)
    key_events: int = 0
    failures: list[BaseException] = field(default_factory=list)
    keys: threading.RLock = field(default_factory=threading.RLock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """Say that it is enough."""
        self._ended.set()

    def claims(self, thread: int, seed: int) -> None:
        """Add claims until told to end; some come twice, as of a client that got no answer."""
        chance, number = random.Random(seed), 0
        try:
            while not self._ended.wait(chance.uniform(0, 2 * self.pause)):
                last = number + chance.randint(1, MOST_AT_ONCE)
                first = max(0, number - chance.randint(0, 1))
                numbers = range(first, last)
                names = [AUTHORS[one % len(AUTHORS)] for one in numbers]
                claims = [
                    claim_of(self.home, name, thread, one)
                    for name, one in zip(names, numbers, strict=True)
                ]
                indexes = self.queue.add([shown(claim) for claim in claims], None)
                for one, name, claim, index in zip(numbers, names, claims, indexes, strict=True):
                    said = Acknowledged(claim, index, name, one % WITHDRAWN_EVERY == 0)
                    before = self.acknowledged.setdefault(Leaf.of(claim).hash, said)
                    if before.index != index:
                        self.moved.append(claim.id)
                number = last
        except BaseException as cause:  # noqa: BLE001 - told at the end
            self.failures.append(cause)

    def key_events_of(self, world: World, seed: int) -> None:
        """Delegate, revoke and withdraw until told to end, each seen into a block."""
        chance, made = random.Random(seed), 0
        try:
            while not self._ended.wait(chance.uniform(0, 2 * self.pause)):
                name, what = chance.choice(AUTHORS), chance.randrange(3)
                mine = [
                    one
                    for one in list(self.acknowledged.values())
                    if one.may_withdraw and one.author == name
                ]
                with self.keys:  # no order is signed while another that went away may come back
                    if what == 0:
                        made += 1
                        world.delegate(name, _passing(made))
                    elif what == 1:
                        world.revoke(name, _passing(chance.randint(0, made)))
                    elif mine:
                        world.withdraw(name, chance.choice(mine).claim.id)
                    self.key_events += 1
        except BaseException as cause:  # noqa: BLE001 - told at the end
            self.failures.append(cause)


def _passing(number: int) -> bytes:
    """Return the address of a key that signs no claim."""
    return word("passing", number)[:20]


def running(*threads: threading.Thread) -> bool:
    """Say whether any of them still runs, after a while."""
    give_up = time.monotonic() + 60
    for thread in threads:
        thread.join(max(0.0, give_up - time.monotonic()))
    return any(thread.is_alive() for thread in threads)
