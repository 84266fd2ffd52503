"""Steps: what may stand in them, and the JSON Lines that a creator writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidProcessLog, LimitExceeded
from ledger.step import (
    KNOWN_FIELDS,
    MAX_FIELDS,
    MAX_STEPS,
    MAX_VALUE,
    Field,
    Step,
    encode_steps,
    parse_steps,
)

NAMES = st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
STEPS = st.dictionaries(NAMES, TEXT, min_size=1, max_size=6).map(Step.of)


@given(st.lists(STEPS, max_size=5))
def test_steps_are_read_back_from_their_lines(steps: list[Step]) -> None:
    assert parse_steps(encode_steps(steps)) == tuple(steps)


@given(st.lists(STEPS, min_size=1, max_size=3), st.booleans())
def test_order_spacing_escapes_and_line_ends_do_not_matter(steps: list[Step], bom: bool) -> None:
    lines = [
        json.dumps(
            dict(sorted(step.values.items(), reverse=True)), separators=(" , ", " : ")
        ).encode()
        for step in steps
    ]
    written = b"\xef\xbb\xbf" * bom + b"\r\n".join(lines) + b"\r\n\r\n  \n"
    assert parse_steps(written) == tuple(steps)


@given(st.binary(max_size=60))
def test_any_bytes_are_steps_or_refused(data: bytes) -> None:
    try:
        steps = parse_steps(data)
    except InvalidProcessLog:
        return
    assert parse_steps(encode_steps(steps)) == steps


@pytest.mark.parametrize("nothing", [b"", b"\n", b" \r\n\n", b"\xef\xbb\xbf"])
def test_a_file_with_nothing_in_it_has_no_steps(nothing: bytes) -> None:
    assert parse_steps(nothing) == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "expected a step, got a blank line; remove it"),
        (b" \r", "expected a step, got a blank line; remove it"),
        (b"{", "expected a JSON object in UTF-8"),
        (b'{"a":"\xff"}', "expected a JSON object in UTF-8"),
        (b"[" * 100_000, "expected a JSON object in UTF-8"),
        (b'["a"]', "expected a JSON object of name and text"),
        (b'"a"', "expected a JSON object of name and text"),
        (b'{"seed":81723}', r"text in 'seed'; write seeds and decimals as strings, like \"81723\""),
        (b'{"cfg":7.5}', "text in 'cfg'; write seeds and decimals as strings"),
        (b'{"cfg":NaN}', "text in 'cfg'; write seeds and decimals as strings"),
        (b'{"seed":' + b"9" * 5000 + b"}", "text in 'seed'; write seeds and decimals"),
        (b'{"a":true}', 'text in \'a\'; write "true" or "false"'),
        (b'{"a":null}', "text in 'a'; leave out what is not known"),
        (b'{"a":["b"]}', "text in 'a'; write one string, or several fields"),
        (b'{"a":{"b":"c"}}', "text in 'a'; write one string, or several fields"),
        (b'{"a":"1","a":"1"}', "expected every field once"),
        (b'{"A":"1"}', "expected a field name of 1 to 64 of a-z"),
        (b'{"":"1"}', "expected a field name of 1 to 64 of a-z"),
        (b'{"a":"\\ud800"}', "expected Unicode text in a, got half of a surrogate pair"),
        (b"{}", "expected a step to have a field, got none"),
    ],
)
def test_every_error_names_its_line(line: bytes, message: str) -> None:
    good = b'{"kind":"generate"}'
    with pytest.raises(InvalidProcessLog, match="line 2: .*" + message):
        parse_steps(b"\n".join([good, line, good]))


def test_what_is_too_large_is_refused_with_its_line() -> None:
    assert parse_steps(b'{"a":"%s"}' % (b"x" * MAX_VALUE))
    with pytest.raises(LimitExceeded, match="line 1: expected at most 1048576 bytes in a"):
        parse_steps(b'{"a":"%s"}' % (b"x" * (MAX_VALUE + 1)))
    wide = json.dumps({f"f{i}": "" for i in range(MAX_FIELDS + 1)}).encode()
    with pytest.raises(LimitExceeded, match="line 2: expected at most 64 fields in a step, got 65"):
        parse_steps(b'{"a":""}\n' + wide)


def test_more_bytes_or_lines_than_admitted_are_not_even_read() -> None:
    with pytest.raises(LimitExceeded, match="expected at most 7 bytes of steps, got 8"):
        parse_steps(b'{"a":""}', most=7)
    with pytest.raises(LimitExceeded, match="at most 1000000 steps, got 1000001 lines"):
        parse_steps(b"{}\n" * (MAX_STEPS + 1))


def test_values_are_bounded_in_bytes_not_characters() -> None:
    Field("a", "é" * (MAX_VALUE // 2))
    with pytest.raises(LimitExceeded, match="got 1048578; write the digest of what is larger"):
        Field("a", "é" * (MAX_VALUE // 2 + 1))


@pytest.mark.parametrize("name", ["", "a" * 65, "A", "é", "a b", "a\n", "a-b"])
def test_field_names_have_one_spelling(name: str) -> None:
    with pytest.raises(InvalidProcessLog, match="expected a field name"):
        Field(name, "")


@pytest.mark.parametrize("names", ["ba", "aa"])
def test_fields_stand_in_one_order_and_once(names: str) -> None:
    with pytest.raises(InvalidProcessLog, match="sorted by name, no name twice"):
        Step(tuple(Field(name, "") for name in names))


def test_the_known_names_are_names() -> None:
    assert Step.of(KNOWN_FIELDS).values == KNOWN_FIELDS
