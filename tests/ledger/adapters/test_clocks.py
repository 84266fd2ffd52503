"""The clocks keep the port's promise: a time with its zone, and waiting."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ledger.adapters.clocks import ManualClock, SystemClock
from ledger.errors import InvalidInput
from ledger.ports import Clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock(NOON)])
def test_a_clock_has_moved_by_what_was_slept(clock: Clock) -> None:
    before = clock.now()
    clock.sleep(0.02)
    assert clock.now() - before >= timedelta(seconds=0.02)
    assert before.utcoffset() == timedelta(0)
    clock.sleep(-5)
    assert clock.now() >= before


def test_a_manual_clock_stands_still_until_it_is_set() -> None:
    clock = ManualClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.set(datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now().isoformat() == "2026-11-24T11:00:00+00:00"


def test_a_time_without_its_zone_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(InvalidInput):
        ManualClock(naive)
    with pytest.raises(InvalidInput):
        ManualClock(NOON).set(naive)
