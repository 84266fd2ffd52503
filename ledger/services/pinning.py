"""Pinning: every published manifest is owed to every target, and paid beside the anchoring.

A target is a node or a pinning service of the settings. Safe to run twice at once and to kill at
any line: a target is first asked what it has, and to ask it for the same pin again does no harm.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from ..cid import Cid, import_file
from ..errors import LedgerError, StoreBusy, StoreUnavailable, TimedOut
from ..ports import Account, Clock, Debt, DebtState, Pin, Pinner, PinState, Queue
from .side_by_side import side_by_side

CHUNK = 64  # pins that are noted together
AT_ONCE = 8  # questions to a service at once; a node works on one manifest at a time
FAILURES = 3  # so many without an answer between them, and the target is left alone
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 3600.0  # seconds before what failed is asked again
_GRACE = 5.0  # seconds to note what was paid in the last moment

FAILPOINTS = ("looked_up", "pinned", "noted")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a target said of the published manifests: how many it has, and lost.

    `unasked` of them could not be asked for; `why` says so.
    """

    pinned: int = 0
    lost: int = 0
    lacking: int = 0
    unasked: int = 0
    why: str | None = None


class Pinning:
    """Pays what the targets are owed for one ledger's published manifests."""

    def __init__(
        self,
        queue: Queue,
        pinners: Sequence[Pinner],
        clock: Clock,
        *,
        ledger: bytes,
        failpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.pinners = tuple(pinners)
        self._queue = queue
        self._clock = clock
        self._ledger = ledger
        self._failpoint = failpoint

    def accounts(self) -> Mapping[str, Account]:
        """Return what each target is owed and has, as far as is noted here; nobody is asked."""
        return {one.name: self._queue.debts().account(one.name) for one in self.pinners}

    def pay(self, seconds: float, *, awake: bool = False) -> Mapping[str, int]:
        """Pay what is due, for at most so many seconds; return how many pins each target gained.

        A target that can't be asked is left alone for a while, longer each time; `awake`: one that
        rests is asked all the same, since a person wants it.
        """
        if awake:
            self._end_rests()
        deadline = monotonic() + seconds
        paying = [partial(self._pay, pinner, deadline) for pinner in self.pinners]
        gained = side_by_side(paying, seconds + _GRACE)
        return {
            pinner.name: 0 if isinstance(pins, TimedOut) else pins
            for pinner, pins in zip(self.pinners, gained, strict=True)
        }

    def check(
        self, pinner: Pinner, seconds: float, advance: Callable[[int], None] = lambda _: None
    ) -> Checked:
        """Ask a target for every published manifest; what it lost is owed again, at once."""
        debts, deadline, end = self._queue.debts(), monotonic() + seconds, 0
        checked = Checked()
        while some := debts.after(pinner.name, end, CHUNK):
            end = some[-1].end
            left = deadline - monotonic()
            if checked.why is None and left <= 0:
                checked = replace(checked, why=f"not within {seconds:g} s")
            if checked.why is not None:
                checked = replace(checked, unasked=checked.unasked + len(some))
                continue
            looked = _in_turn(pinner, some, self._looked_up, left)
            debts.keep([one for one in looked if isinstance(one, Debt)])
            checked = _count(checked, some, looked)
            advance(len(some))
        return checked

    def _pay(self, pinner: Pinner, deadline: float) -> int:
        debts, name = self._queue.debts(), pinner.name
        gained, begun = 0, False
        while (left := deadline - monotonic()) > 0:
            due = debts.due(name, self._now(), CHUNK)
            if not due:
                break
            pay = partial(self._paid, origins=self._origins(pinner))
            answers = _in_turn(pinner, due, pay, left)
            kept = [one for one in answers if isinstance(one, Debt)]
            if not kept:
                if not begun:  # later it may just be that no time was left
                    self._rest(name, answers)
                break
            begun = True
            kept += [
                self._postponed(debt, str(answer))
                for debt, answer in zip(due, answers, strict=True)
                if isinstance(answer, StoreUnavailable)
            ]
            debts.keep(kept)
            self._failpoint("noted")
            gained += sum(one.state is DebtState.PINNED for one in kept)
            if all(one.state is DebtState.OWED for one in kept):
                break  # it refuses them: not all of what is owed is to be tried at once
        return gained

    def _paid(self, pinner: Pinner, debt: Debt, origins: Sequence[str]) -> Debt:
        """Return the debt as it is after asking: what the target has, then for what it lacks."""
        cid = Cid.decode(debt.manifest)
        try:
            found = pinner.status(cid, debt.request)
            self._failpoint("looked_up")
            if found.state is PinState.FAILED and debt.state is DebtState.ASKED:
                return self._postponed(debt, found.why or "it failed, and does not say why")
            if found.state in (PinState.LOST, PinState.FAILED):
                if pinner.store is not None:
                    pinner.store.put(import_file((self._queue.manifest(debt.end),)))
                label = f"sealbook {self._ledger.hex()[:16]} {debt.end}"
                found = pinner.pin(cid, label, origins)
                self._failpoint("pinned")
        except StoreUnavailable:
            raise
        except LedgerError as refused:
            return self._postponed(debt, str(refused))
        return self._after(debt, found)

    def _looked_up(self, pinner: Pinner, debt: Debt) -> Debt:
        """Return the debt as the target's own word has it; nothing is asked of it."""
        found = pinner.status(Cid.decode(debt.manifest), debt.request)
        if found.state is PinState.LOST and debt.request is not None:
            found = pinner.status(Cid.decode(debt.manifest))
        if found.state in (PinState.LOST, PinState.FAILED):
            said = found.why or ("it was lost" if debt.state is DebtState.PINNED else debt.said)
            return replace(debt, state=DebtState.OWED, request=None, due=0.0, said=said)
        return self._after(debt, found)

    def _after(self, debt: Debt, found: Pin) -> Debt:
        if found.state is PinState.PINNED:
            return replace(
                debt,
                state=DebtState.PINNED,
                request=found.request,
                tries=0,
                due=0.0,
                seen=self._now(),
                said=None,
            )
        if found.state is PinState.FAILED:
            return self._postponed(debt, found.why or "it failed, and does not say why")
        tries = debt.tries + 1 if debt.state is DebtState.ASKED else 1
        return replace(
            debt,
            state=DebtState.ASKED,
            request=found.request,
            tries=tries,
            due=self._now() + pause(tries),
            said=f"{found.state.value} there",
        )

    def _postponed(self, debt: Debt, why: str) -> Debt:
        tries = debt.tries + 1
        return replace(
            debt,
            state=DebtState.OWED,
            request=None,
            tries=tries,
            due=self._now() + pause(tries),
            said=why,
        )

    def _rest(self, name: str, answers: Sequence[Debt | LedgerError]) -> None:
        """Leave alone a target that could not be asked: longer each time, or as long as it says."""
        why = next(one for one in answers if isinstance(one, LedgerError))
        failures = self._queue.debts().account(name).failures + 1
        seconds = pause(failures)
        if isinstance(why, StoreBusy) and why.seconds is not None:
            seconds = min(float(why.seconds), LONGEST_PAUSE)
        self._queue.debts().rest(name, failures, self._now() + seconds, str(why))

    def _end_rests(self) -> None:
        for name, account in self.accounts().items():
            if account.until > self._now():
                self._queue.debts().rest(name, account.failures, 0.0, account.said or "")

    def _origins(self, pinner: Pinner) -> Sequence[str]:
        """Return where a service fetches from: the nodes of the settings that can be asked."""
        if pinner.store is not None:
            return ()
        found: list[str] = []
        for one in self.pinners:
            if one.store is not None:
                try:
                    found += one.addresses()
                except LedgerError:
                    continue  # the service looks elsewhere, or fetches when the node is back
        return found

    def _now(self) -> float:
        return self._clock.now().timestamp()


def pause(tries: int) -> float:
    """Return the seconds to wait after so many tries."""
    return min(FIRST_PAUSE * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE)


def _in_turn(
    pinner: Pinner,
    debts: Sequence[Debt],
    ask: Callable[[Pinner, Debt], Debt],
    seconds: float,
) -> list[Debt | LedgerError]:
    """Ask about each debt, oldest first; StoreUnavailable or TimedOut where no answer came.

    After some failures in a row nobody goes on asking.
    """
    failures: list[StoreUnavailable] = []

    def one(debt: Debt) -> Debt | LedgerError:
        if len(failures) >= FAILURES:
            return TimedOut(str(failures[0]))
        try:
            answer = ask(pinner, debt)
        except StoreUnavailable as failure:
            failures.append(failure)
            return failure
        failures.clear()
        return answer

    at_once = AT_ONCE if pinner.store is None else 1
    return list(side_by_side([partial(one, debt) for debt in debts], seconds, at_once))


def _count(
    checked: Checked, before: Sequence[Debt], after: Sequence[Debt | LedgerError]
) -> Checked:
    for old, new in zip(before, after, strict=True):
        if not isinstance(new, Debt):
            checked = replace(checked, unasked=checked.unasked + 1, why=checked.why or str(new))
        elif new.state is DebtState.PINNED:
            checked = replace(checked, pinned=checked.pinned + 1)
        elif old.state is DebtState.PINNED:
            checked = replace(checked, lost=checked.lost + 1)
        else:
            checked = replace(checked, lacking=checked.lacking + 1)
    return checked
