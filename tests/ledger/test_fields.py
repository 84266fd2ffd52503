"""A stranger's object: every field is checked, and none is left over."""

from collections.abc import Callable
from contextlib import suppress
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import MAX_NUMBER, Json, hex_of
from ledger.errors import InvalidClaim, InvalidReceipt
from ledger.fields import Fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def read(value: Json) -> Fields:
    return Fields({"it": value}, "a receipt", InvalidReceipt)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "null"), (True, "a boolean"), (7, "a number"), ("x", "'x'"), ([], "a list")],
)
def test_what_is_no_object_is_refused_and_named(value: Json, kind: str) -> None:
    with pytest.raises(InvalidClaim, match=f"expected a claim to be an object, got {kind}"):
        Fields(value, "a claim", InvalidClaim)


def test_a_fraction_from_another_reader_is_named_as_one() -> None:
    with pytest.raises(InvalidReceipt, match="expected it to be a whole number, got a fraction"):
        read(cast("Json", 1.5)).number("it")


def test_a_missing_field_is_refused_and_an_optional_one_is_none() -> None:
    fields = Fields({}, "a receipt", InvalidReceipt)
    assert fields.optional("it") is None
    assert not fields.has("it")
    with pytest.raises(InvalidReceipt, match="a receipt: expected it to be there, got nothing"):
        fields.take("it")


def test_a_field_that_holds_null_is_there() -> None:
    fields = read(None)
    assert fields.has("it")
    assert fields.take("it") is None
    fields.done()


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    fields = Fields({"a": 1, "c": 2, "b": 3}, "a receipt", InvalidReceipt)
    assert fields.number("a") == 1
    with pytest.raises(InvalidReceipt, match="a receipt: unknown field 'b'; remove it"):
        fields.done()


def test_looking_whether_a_field_is_there_does_not_admit_it() -> None:
    fields = read(1)
    assert fields.has("it")
    with pytest.raises(InvalidReceipt, match="unknown field"):
        fields.done()


def test_text_is_bounded_in_bytes_not_characters() -> None:
    assert read("é").text("it", most=2) == "é"
    with pytest.raises(InvalidReceipt, match="expected it to have 0 to 1 bytes, got 2"):
        read("é").text("it", most=1)
    with pytest.raises(InvalidReceipt, match="expected it to have 1 to 9 bytes, got 0"):
        read("").text("it", most=9, least=1)
    with pytest.raises(InvalidReceipt, match="expected it to be a string, got an object"):
        read({}).text("it", most=9)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(InvalidReceipt, match="expected it to be Unicode text"):
        read("\ud800").text("it", most=9)


@pytest.mark.parametrize("value", [0, 5, MAX_NUMBER])
def test_numbers_within_their_bounds_are_returned(value: int) -> None:
    assert read(value).number("it") == value


@pytest.mark.parametrize("value", [-1, MAX_NUMBER + 1, True, "1", None, [1]])
def test_other_numbers_and_other_things_are_refused(value: Json) -> None:
    with pytest.raises(InvalidReceipt, match="a receipt: expected it"):
        read(value).number("it")


@given(st.binary(max_size=40))
def test_bytes_are_read_back_from_hex(data: bytes) -> None:
    assert read(hex_of(data)).binary("it", len(data)) == data
    assert read(hex_of(data)).binary("it", 0, 40) == data


@pytest.mark.parametrize(
    "value", ["", "0x1", "0xAA", "aa", "0xgg", "0xaa\n", " 0xaa", "0x" + "aa" * 5, 10, None]
)
def test_other_writings_of_bytes_are_refused(value: Json) -> None:
    with pytest.raises(InvalidReceipt, match="expected it to be 0x and hex of at most 4 bytes"):
        read(value).binary("it", 0, 4)


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(InvalidReceipt, match="expected it to have at least 2 bytes, got 1"):
        read("0xaa").binary("it", 2)


def test_lists_are_bounded() -> None:
    assert read([1, 2]).items("it", most=2) == [1, 2]
    with pytest.raises(InvalidReceipt, match="expected it to have at most 1 items, got 2"):
        read([1, 2]).items("it", most=1)


@pytest.mark.parametrize("value", ["ab", 1, {}])
def test_what_is_no_list_is_refused(value: Json) -> None:
    with pytest.raises(InvalidReceipt, match="expected it to be a list"):
        read(value).items("it", most=9)


def test_an_object_within_is_named_by_its_path() -> None:
    inner = read({"size": -1}).fields("it")
    with pytest.raises(InvalidReceipt, match="a receipt it: expected size from 0"):
        inner.number("size")


def test_messages_never_carry_a_whole_payload() -> None:
    with pytest.raises(InvalidReceipt) as caught:
        read("s" * 10_000).number("it")
    assert len(str(caught.value)) < 200


ASK: dict[str, Callable[[Json], object]] = {
    "text": lambda value: read(value).text("it", 4),
    "number": lambda value: read(value).number("it"),
    "binary": lambda value: read(value).binary("it", 1, 3),
    "items": lambda value: read(value).items("it", 2),
    "fields": lambda value: read(value).fields("it").done(),
    "done": lambda value: Fields(value, "a receipt", InvalidReceipt).done(),
}


@pytest.mark.parametrize("way", ASK)
@given(value=JSON)
def test_whatever_comes_is_answered_or_refused_with_the_objects_error(
    way: str, value: Json
) -> None:
    with suppress(InvalidReceipt):
        ASK[way](value)
