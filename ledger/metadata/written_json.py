"""JSON as a stranger's file has it: parsed in bounds, its numbers kept as they were written."""

import json

# A ComfyUI prompt graph of a thousand nodes is 300 KiB. Parsed JSON takes up to 50 times its
# text in memory: 200 MiB at this limit.
MAX_JSON_CHARACTERS = 4 * 1024 * 1024


class Written(str):
    """A JSON number in the digits of the file: no float rounds it, no int is too long for it."""

    __slots__ = ()


def parse(text: str) -> object:
    """Return the JSON value, numbers as Written, NaN and infinities as None; None if it is bad.

    Deep nesting is bad JSON too: the parser of the standard library refuses it by itself.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        return None
    try:
        return json.loads(
            text, parse_int=Written, parse_float=Written, parse_constant=lambda _: None
        )
    except (ValueError, RecursionError):
        return None
