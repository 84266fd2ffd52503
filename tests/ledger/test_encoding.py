"""Canonical JSON: one value has one encoding, and nothing else is read."""

import json
import runpy
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import MAX_DEPTH, MAX_NUMBER, Json, canonical, hex_of, parse_canonical
from ledger.errors import LimitExceeded, NotCanonical

VECTORS = Path(__file__).parents[1] / "vectors" / "encoding"
CASES = sorted(folder.name for folder in VECTORS.iterdir() if folder.is_dir())
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_NUMBER, MAX_NUMBER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def nested(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


def test_the_vectors_are_those_that_their_script_writes() -> None:
    script = runpy.run_path(str(VECTORS.parent / "generate_encoding.py"))
    files = {path for path in VECTORS.rglob("*") if path.is_file()}
    assert {path.relative_to(VECTORS).as_posix(): path.read_bytes() for path in files} == script[
        "files"
    ]()


def test_there_are_vectors_of_both_kinds() -> None:
    assert sum(name.endswith("_fail") for name in CASES) >= 20
    assert sum(not name.endswith("_fail") for name in CASES) >= 8


@pytest.mark.parametrize("name", [name for name in CASES if not name.endswith("_fail")])
def test_vector_values_have_the_encoding_that_stands_beside_them(name: str) -> None:
    value = json.loads((VECTORS / name / "input.json").read_bytes())
    expected = (VECTORS / name / "canonical.json").read_bytes()
    assert canonical(value) == expected
    assert parse_canonical(expected, len(expected)) == value


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith("_fail")])
def test_vectors_that_must_fail_are_not_canonical(name: str) -> None:
    assert (VECTORS / name / "why.txt").read_text(encoding="utf-8").strip()
    with pytest.raises(NotCanonical):
        parse_canonical((VECTORS / name / "input.json").read_bytes(), 2**16)


@given(VALUES)
def test_every_value_is_read_back_from_its_encoding(value: Json) -> None:
    data = canonical(value)
    assert parse_canonical(data, len(data)) == value
    assert json.loads(data) == value


@given(VALUES, st.data())
def test_a_flipped_bit_is_refused_or_encodes_another_value(
    value: Json, draw: st.DataObject
) -> None:
    data = bytearray(canonical(value))
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    data[bit // 8] ^= 1 << bit % 8
    try:
        other = parse_canonical(bytes(data), len(data))
    except NotCanonical:
        return
    assert canonical(other) == bytes(data) != canonical(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = parse_canonical(data, 60)
    except NotCanonical:
        return
    assert canonical(value) == data


@given(VALUES, st.sampled_from([{"indent": 1}, {"separators": (", ", ": ")}]))
def test_other_writings_of_a_value_are_refused(value: Json, style: dict[str, int]) -> None:
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, **style).encode()  # type: ignore[arg-type]
    if data != canonical(value):
        with pytest.raises(NotCanonical, match="sorted keys, no spaces, nothing twice"):
            parse_canonical(data, len(data))


def test_more_bytes_than_admitted_are_not_even_read() -> None:
    assert parse_canonical(b"[1]", 3) == [1]
    with pytest.raises(LimitExceeded, match="at most 2 bytes of JSON, got 3"):
        parse_canonical(b"[1]", 2)


def test_nesting_ends_at_its_limit() -> None:
    deepest = nested(MAX_DEPTH)
    assert parse_canonical(canonical(deepest), 99) == deepest
    with pytest.raises(NotCanonical, match="at most 16 levels"):
        canonical(nested(MAX_DEPTH + 1))


def test_a_hundred_thousand_brackets_are_refused_without_a_crash() -> None:
    with pytest.raises(NotCanonical):
        parse_canonical(b"[" * 100_000 + b"]" * 100_000, 200_000)


@pytest.mark.parametrize("number", [MAX_NUMBER, -MAX_NUMBER, 0])
def test_whole_numbers_within_2_to_the_53_are_exact(number: int) -> None:
    assert parse_canonical(canonical(number), 20) == number


@pytest.mark.parametrize("number", [MAX_NUMBER + 1, -MAX_NUMBER - 1, 1 << 4000])
def test_larger_numbers_have_no_encoding(number: int) -> None:
    with pytest.raises(NotCanonical, match="write larger as strings"):
        canonical(number)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), b"bytes", {1, 2}, MappingProxyType({}), object()]
)
def test_what_json_cannot_hold_has_no_encoding(value: Json) -> None:
    with pytest.raises(NotCanonical, match="expected JSON without fractions"):
        canonical({"a": [value]})


@pytest.mark.parametrize("key", ["", "é", "\n", "a\x7f", "k" * 129, "a\n"])
def test_keys_are_short_and_printable_ascii(key: str) -> None:
    with pytest.raises(NotCanonical, match="keys of 1 to 128 printable ASCII"):
        canonical({key: 1})


def test_half_of_a_surrogate_pair_has_no_encoding() -> None:
    with pytest.raises(NotCanonical, match="half of a surrogate pair"):
        canonical("\ud83d")


@given(st.binary())
def test_bytes_are_written_as_0x_and_lower_case_hex(data: bytes) -> None:
    assert bytes.fromhex(hex_of(data).removeprefix("0x")) == data
    assert hex_of(data) == hex_of(data).lower()
