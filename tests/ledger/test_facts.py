"""The facts that a log states of itself, whole or in part."""

import pytest

from ledger.beacon import Beacon
from ledger.digest import Digest
from ledger.disclosure import disclose
from ledger.facts import MAX_FAULTS, Facts, final_step, judge_log, parents_of, shown_values
from ledger.process import ProcessLog
from ledger.step import Step

WORK = Digest.of(b"the work")
DRAFT = Digest.of(b"a draft")
BEACONS = [Beacon(1, number, bytes([number]) * 32) for number in range(5)]
STEPS = [
    {"output": str(DRAFT), "selection": "discarded", "beacon": str(BEACONS[0])},
    {"output": str(DRAFT), "selection": "kept", "beacon": str(BEACONS[1]), "parent": "0"},
    {"note": "the lamp is too bright", "beacon": str(BEACONS[1])},
    {
        "input": str(DRAFT),
        "output": str(WORK),
        "beacon": str(BEACONS[3]),
        "parent": "1,2",
        "origin": "recorded",
    },
]


def log_of(*steps: dict[str, str]) -> ProcessLog:
    return ProcessLog(bytes(32), bytes(32), tuple(map(Step.of, steps)))


LOG = log_of(*STEPS)


def test_a_whole_log_states_its_facts() -> None:
    facts = judge_log(LOG, WORK)
    assert facts == Facts(
        steps=4,
        shown=4,
        final_step=3,
        last_kept=3,
        discarded=1,
        beacons={0: BEACONS[0], 1: BEACONS[1], 2: BEACONS[1], 3: BEACONS[3]},
        parents_unbroken=True,
    )
    assert facts.beacons_in_order


def test_a_disclosure_states_what_it_shows() -> None:
    shown = disclose(LOG, {1: {"output"}, 3: {"output", "parent"}})
    assert shown_values(shown)[1] == {"output": str(DRAFT)}
    facts = judge_log(shown, WORK)
    assert (facts.steps, facts.shown, facts.final_step, facts.discarded) == (4, 2, 3, 0)
    assert facts.beacons == {}
    assert facts.parents_unbroken is None


def test_everything_shown_states_the_same_as_the_log() -> None:
    assert judge_log(disclose(LOG, dict.fromkeys(range(4))), WORK) == judge_log(LOG, WORK)


def test_the_final_step_is_the_last_whose_output_is_the_work_and_was_not_discarded() -> None:
    made = {"output": str(WORK)}
    discarded = made | {"selection": "discarded"}
    assert final_step(log_of(made, made, discarded), WORK) == 1
    assert final_step(log_of(discarded), WORK) is None
    assert final_step(LOG, Digest.of(b"another work")) is None
    assert final_step(log_of({"output": WORK.value.hex()}), WORK) is None


def test_work_after_the_final_step_is_seen() -> None:
    facts = judge_log(log_of({"output": str(WORK)}, {"output": str(DRAFT)}, {"note": ""}), WORK)
    assert (facts.final_step, facts.last_kept) == (0, 1)


def test_without_a_final_step_nothing_is_said_of_parents() -> None:
    facts = judge_log(log_of({"note": "only words"}), WORK)
    assert (facts.final_step, facts.last_kept, facts.parents_unbroken) == (None, None, None)


@pytest.mark.parametrize(
    ("parents", "unbroken"),
    [
        ([None, None, None], True),
        (["", None, None], True),
        ([None, None, "0"], True),
        ([None, "0", "1"], True),
        ([None, "0", "0,1"], True),
        ([None, None, "2"], False),
        ([None, None, "3"], False),
        ([None, "1", "1"], False),
        ([None, None, "one"], False),
        ([None, None, "00"], False),
        ([None, None, "0, 1"], False),
        ([None, None, ""], False),
        ([None, None, "-1"], False),
        ([None, None, "9999999"], False),
        ([None, None, "9" * 5000], False),
    ],
)
def test_parents_lead_to_earlier_steps(parents: list[str | None], unbroken: bool) -> None:
    steps = [{"output": str(WORK)} | ({} if p is None else {"parent": p}) for p in parents]
    assert judge_log(log_of(*steps), WORK).parents_unbroken is unbroken


def test_a_hidden_parent_or_a_step_not_shown_is_unknown_unless_a_break_is_seen() -> None:
    steps = [{"note": ""}, {"note": "", "parent": "0"}, {"output": str(WORK), "parent": "0,1"}]
    log = log_of(*steps)
    everything = {0: None, 1: None, 2: None}
    assert judge_log(disclose(log, everything), WORK).parents_unbroken is True
    assert judge_log(disclose(log, everything | {1: {"note"}}), WORK).parents_unbroken is None
    assert judge_log(disclose(log, {1: None, 2: None}), WORK).parents_unbroken is None
    broken = log_of(steps[0], steps[1] | {"parent": "1"}, steps[2])
    assert judge_log(disclose(broken, {1: None, 2: None}), WORK).parents_unbroken is False


def test_parents_are_step_numbers_separated_by_commas() -> None:
    assert parents_of({}) == ()
    assert parents_of({"parent": "3,10"}) == (3, 10)
    assert parents_of({"parent": "3,"}) is None


def test_a_beacon_earlier_than_one_before_it_is_out_of_order_on_its_own_chain_alone() -> None:
    def ordered(*beacons: Beacon) -> bool:
        return judge_log(log_of(*({"beacon": str(b)} for b in beacons)), WORK).beacons_in_order

    elsewhere = Beacon(10, 1, bytes(32))
    assert ordered(*BEACONS)
    assert ordered(BEACONS[2], BEACONS[2])
    assert ordered(BEACONS[2], elsewhere, BEACONS[3])
    assert not ordered(BEACONS[2], elsewhere, BEACONS[1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beacon", "latest"),
        ("parent", "1"),
        ("parent", "the first"),
        ("selection", "Kept"),
        ("output", "lantern.png"),
        ("output", WORK.value.hex()),
        ("input", f"{DRAFT}, {WORK}"),
        ("origin", "remembered"),
    ],
)
def test_known_fields_that_do_not_hold_what_they_should_are_named(name: str, value: str) -> None:
    facts = judge_log(log_of({"note": ""}, {name: value}), WORK)
    assert len(facts.faults) == 1
    assert facts.faults[0].startswith(f"step 1: expected {name} to be ")


def test_known_fields_that_hold_what_they_should_are_no_faults() -> None:
    facts = judge_log(log_of({"note": ""}, STEPS[0] | {"parent": "0", "origin": "written"}), WORK)
    assert facts.faults == ()
    assert judge_log(log_of({"input": f"{DRAFT},{WORK}"}), WORK).faults == ()


def test_faults_are_named_up_to_a_number() -> None:
    facts = judge_log(log_of(*([{"selection": "?"}] * (MAX_FAULTS + 1))), WORK)
    assert len(facts.faults) == MAX_FAULTS
