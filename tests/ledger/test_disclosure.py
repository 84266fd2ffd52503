"""Disclosures: any step and any field can be shown, and the rest stays hidden under one root."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import disclosure as module
from ledger.disclosure import (
    Disclosure,
    HiddenField,
    ShownField,
    ShownStep,
    disclose,
    verify_disclosure,
)
from ledger.encoding import Json, canonical
from ledger.errors import InvalidInput, InvalidProcessLog, LimitExceeded
from ledger.process import ProcessLog
from ledger.step import Step

LOG_ID, SECRET = bytes(range(32)), bytes(range(32, 64))
NAMES = ("kind", "prompt", "seed")
LOG = ProcessLog(
    LOG_ID,
    SECRET,
    tuple(
        Step.of({"kind": "generate", "seed": str(seed), "prompt": "paper lantern, 水墨"})
        for seed in range(11)
    ),
)
FIELDS = st.none() | st.sets(st.sampled_from(NAMES))
SOME = disclose(LOG, {2: None, 3: {"kind"}, 7: {"prompt"}})


def at(size: int) -> ProcessLog:
    return replace(LOG, steps=LOG.steps[:size])


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")


@given(st.integers(1, 11), st.data())
def test_whatever_is_shown_is_verified_and_read_back(size: int, draw: st.DataObject) -> None:
    log = at(size)
    show = draw.draw(st.dictionaries(st.integers(0, size - 1), FIELDS))
    disclosure = disclose(log, show)
    assert verify_disclosure(disclosure, log.root, size)
    assert Disclosure.decode(disclosure.encode()) == disclosure
    assert [step.index for step in disclosure.shown] == sorted(show)
    for step in disclosure.shown:
        names = show[step.index]
        expected = log.steps[step.index].values
        assert step.values == {n: v for n, v in expected.items() if names is None or n in names}


def test_nothing_and_everything_need_no_nodes() -> None:
    for size in range(12):
        log = at(size)
        for show in ({}, dict.fromkeys(range(size))):
            disclosure = disclose(log, show)
            assert disclosure.nodes == ()
            assert verify_disclosure(disclosure, log.root, size)


def test_one_step_needs_no_more_nodes_than_its_inclusion_proof() -> None:
    assert len(disclose(LOG, {5: None}).nodes) == 4
    assert len(disclose(LOG, {4: None, 5: None}).nodes) == 3


def test_what_is_hidden_is_in_no_byte() -> None:
    data = disclose(LOG, {3: {"kind"}}).encode()
    assert b"generate" in data
    assert "水墨".encode() not in data
    assert LOG.salt_of(3, 1).hex().encode() not in data
    assert SECRET.hex().encode() not in data


@given(st.data())
def test_any_flipped_bit_of_a_disclosure_is_refused(draw: st.DataObject) -> None:
    encoded = SOME.encode()
    data = flip(encoded, draw.draw(st.integers(0, 8 * len(encoded) - 1)))
    try:
        disclosure = Disclosure.decode(data)
    except InvalidInput:
        return
    assert not verify_disclosure(disclosure, LOG.root, LOG.size)


def test_every_flipped_bit_of_a_short_disclosure_is_refused() -> None:
    log = at(2)
    encoded = disclose(log, {1: {"seed"}}).encode()
    passed = 0
    for bit in range(8 * len(encoded)):
        try:
            disclosure = Disclosure.decode(flip(encoded, bit))
        except InvalidInput:
            continue
        passed += verify_disclosure(disclosure, log.root, log.size)
    assert passed == 0


@given(st.integers(0, 255))
def test_any_flipped_bit_of_the_root_is_refused(bit: int) -> None:
    assert verify_disclosure(SOME, LOG.root, LOG.size)
    assert not verify_disclosure(SOME, flip(LOG.root, bit), LOG.size)


def test_another_size_than_was_signed_is_refused() -> None:
    assert not verify_disclosure(SOME, LOG.root, LOG.size + 1)
    for steps in range(8, 20):
        other = replace(SOME, steps=steps)
        assert verify_disclosure(other, LOG.root, steps) == (steps == LOG.size)


def test_a_step_at_another_index_is_refused() -> None:
    first, *others = SOME.shown
    for index in (0, 1):
        moved = replace(SOME, shown=(replace(first, index=index), *others))
        assert not verify_disclosure(moved, LOG.root, LOG.size)


def test_a_field_left_out_or_added_is_refused() -> None:
    step = SOME.shown[0]
    extra = ShownField("zone", "", bytes(32))
    for fields in (step.fields[:-1], step.fields[1:], (*step.fields, extra)):
        changed = replace(SOME, shown=(replace(step, fields=fields), *SOME.shown[1:]))
        assert not verify_disclosure(changed, LOG.root, LOG.size)


def test_nodes_left_out_added_or_swapped_are_refused() -> None:
    nodes = SOME.nodes
    for other in (nodes[:-1], nodes[1:], (*nodes, bytes(32)), nodes[::-1]):
        assert not verify_disclosure(replace(SOME, nodes=other), LOG.root, LOG.size)


def test_a_disclosure_of_nothing_does_not_carry_nodes() -> None:
    padded = replace(disclose(LOG, {}), nodes=(bytes(32),))
    assert not verify_disclosure(padded, LOG.root, LOG.size)


def test_the_same_log_under_another_id_is_refused() -> None:
    other = replace(LOG, log_id=bytes(32))
    disclosure = disclose(other, {2: None})
    assert verify_disclosure(disclosure, other.root, 11)
    assert not verify_disclosure(replace(disclosure, log_id=LOG_ID), LOG.root, 11)
    assert not verify_disclosure(replace(disclosure, log_id=LOG_ID), other.root, 11)


@pytest.mark.parametrize("index", [-1, 11])
def test_a_step_that_is_not_there_is_not_shown(index: int) -> None:
    with pytest.raises(InvalidProcessLog, match=f"expected a step from 0 to 10, got {index}"):
        disclose(LOG, {index: None})


def test_a_field_that_is_not_there_is_not_shown() -> None:
    with pytest.raises(InvalidProcessLog, match="expected fields of step 2, got 'sede'"):
        disclose(LOG, {2: {"seed", "sede"}})


HIDDEN = HiddenField("a", bytes(32))


@pytest.mark.parametrize("indexes", [(1, 1), (2, 1), (-1,), (11,)])
def test_shown_steps_stand_in_order_and_within_the_log(indexes: tuple[int, ...]) -> None:
    shown = tuple(ShownStep(index, (HIDDEN,)) for index in indexes)
    with pytest.raises(InvalidProcessLog, match="expected shown steps in order, each once"):
        replace(SOME, shown=shown)


def test_shown_steps_have_the_fields_of_a_step() -> None:
    for fields in ((), (HIDDEN, HIDDEN), (HiddenField("b", bytes(32)), HIDDEN)):
        with pytest.raises(InvalidProcessLog):
            ShownStep(0, fields)


def test_parts_of_another_length_cannot_be_made() -> None:
    with pytest.raises(InvalidProcessLog, match="expected a salt of 32 bytes, got 1"):
        ShownField("a", "", b"0")
    with pytest.raises(InvalidProcessLog, match="expected a commitment of 32 bytes, got 1"):
        HiddenField("a", b"0")
    with pytest.raises(InvalidProcessLog, match="expected a field name"):
        HiddenField("A", bytes(32))
    with pytest.raises(InvalidProcessLog, match="expected a node of 32 bytes, got 1"):
        replace(SOME, nodes=(b"0",))
    with pytest.raises(InvalidProcessLog, match="expected a Merkle root of 32 bytes, got 1"):
        replace(SOME, merkle_root=b"0")


def members(value: Json) -> list[dict[str, Json]]:
    """Return every object within a JSON value."""
    if isinstance(value, dict):
        return [value, *(inner for item in value.values() for inner in members(item))]
    if isinstance(value, list):
        return [inner for item in value for inner in members(item)]
    return []


def test_an_unknown_a_missing_and_a_null_member_are_refused_in_every_object() -> None:
    objects = len(members(json.loads(SOME.encode())))
    assert objects == 1 + 3 + 9
    for number in range(objects):
        for name in ["extra", *members(json.loads(SOME.encode()))[number]]:
            for remove in (False, True):
                value = json.loads(SOME.encode())
                if remove:
                    members(value)[number].pop(name, None)
                else:
                    members(value)[number][name] = None
                if canonical(value) != SOME.encode():
                    with pytest.raises(InvalidProcessLog):
                        Disclosure.from_json(value)


def test_a_field_is_shown_or_hidden_never_both() -> None:
    both: Json = {
        "name": "a",
        "commitment": "0x" + "00" * 32,
        "value": "",
        "salt": "0x" + "00" * 32,
    }
    value = dict(SOME.to_json()) | {"shown": [{"step": 0, "fields": [both]}]}
    with pytest.raises(InvalidProcessLog, match="a field: unknown field 'salt'; remove it"):
        Disclosure.from_json(value)


def test_a_disclosure_that_nobody_would_read_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_DISCLOSURE", 100)
    with pytest.raises(LimitExceeded, match="disclose fewer steps at once"):
        SOME.encode()


def test_a_reader_may_admit_less() -> None:
    data = SOME.encode()
    assert Disclosure.decode(data, len(data)) == SOME
    with pytest.raises(LimitExceeded):
        Disclosure.decode(data, len(data) - 1)


@given(st.binary(max_size=40) | st.just(b"{}") | st.just(b'{"version":1}'))
def test_any_bytes_are_refused_with_a_deliberate_error(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        Disclosure.decode(data)
