"""Write the vectors of canonical JSON: `python tests/vectors/generate_encoding.py`.

NAME/: input.json, some writing of a value, and canonical.json, the bytes that it must become.
NAME_fail/: input.json, bytes that a strict reader refuses, and why.txt.
Every byte is written out here by hand: nothing is computed by the code under test.
"""

from pathlib import Path

HERE = Path(__file__).parent / "encoding"

GOOD: dict[str, tuple[bytes, bytes]] = {
    "null": (b" null ", b"null"),
    "true": (b"true\n", b"true"),
    "empty-object": (b"{ }", b"{}"),
    "empty-list": (b"[\n]", b"[]"),
    "empty-string": (b'""', b'""'),
    "sorted-keys": (b'{"b": 1, "a": 2, "B": 3, "_": 4}', b'{"B":3,"_":4,"a":2,"b":1}'),
    "prefix-keys": (b'{"aa":1,"a":2,"a b":3}', b'{"a":2,"a b":3,"aa":1}'),
    "nested": (b'[{"z": [], "a": {"b": null}}]', b'[{"a":{"b":null},"z":[]}]'),
    "short-escapes": (
        rb'"\u0008\u0009\u000a\u000c\u000d\u0022\u005c\u002f"',
        rb'"\b\t\n\f\r\"\\/"',
    ),
    "control-escapes": (rb'"\u0000\u001F\u007f"', b'"\\u0000\\u001f\x7f"'),
    "unicode-is-itself": (
        rb'"\u20ac \u6c34\u58a8 \ud83c\udfee \u2028"',
        '"\u20ac \u6c34\u58a8 \U0001f3ee \u2028"'.encode(),
    ),
    "not-normalised": (b'["e\xcc\x81","\xc3\xa9"]', b'["e\xcc\x81","\xc3\xa9"]'),
    "numbers": (
        b"[0, 1, -1, 9007199254740991, -9007199254740991]",
        b"[0,1,-1,9007199254740991,-9007199254740991]",
    ),
    "sixteen-levels": (b"[" * 16 + b"]" * 16, b"[" * 16 + b"]" * 16),
    "quoted-keys": (b'{"\\"": 1, "\\\\": 2}', b'{"\\"":1,"\\\\":2}'),
}

BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "there is no value"),
    "space-before": (b" 1", "white space outside strings"),
    "newline-after": (b"{}\n", "white space outside strings"),
    "space-within": (b'{"a": 1}', "white space outside strings"),
    "byte-order-mark": (b"\xef\xbb\xbf1", "a byte order mark"),
    "not-utf8": (b'"\xff"', "bytes that are not UTF-8"),
    "overlong-utf8": (b'"\xc0\xaf"', "an overlong form in UTF-8"),
    "utf16": ('{"a":1}'.encode("utf-16-le"), "UTF-16"),
    "unsorted": (b'{"b":1,"a":2}', "keys out of order"),
    "doubled-key": (b'{"a":1,"a":1}', "a key twice"),
    "doubled-key-escaped": (b'{"a":1,"\\u0061":2}', "a key twice, once by an escape"),
    "empty-key": (b'{"":1}', "an empty key"),
    "key-not-ascii": ('{"é":1}'.encode(), "a key outside printable ASCII"),
    "key-too-long": (b'{"' + b"k" * 129 + b'":1}', "a key of more than 128 characters"),
    "fraction": (b"1.5", "a fraction"),
    "whole-fraction": (b"1.0", "a fraction, although it is whole"),
    "exponent": (b"1e3", "an exponent"),
    "minus-zero": (b"-0", "minus zero"),
    "leading-zero": (b"01", "a leading zero"),
    "leading-plus": (b"+1", "a leading plus"),
    "too-large": (b"9007199254740992", "a number that is not exact in every reader (2^53)"),
    "too-small": (b"-9007199254740992", "a number that is not exact in every reader (-2^53)"),
    "thousand-digits": (b"1" * 1000, "a number of a thousand digits"),
    "five-thousand-digits": (b"1" * 5000, "a number that Python refuses to read at all"),
    "not-a-number": (b"NaN", "not JSON"),
    "infinity": (b"-Infinity", "not JSON"),
    "escaped-slash": (rb'"\/"', "an escape that is not needed"),
    "escaped-letter": (rb'"\u0061"', "an escape that is not needed"),
    "long-newline-escape": (rb'"\u000a"', "the long escape where a short one exists"),
    "upper-case-escape": (rb'"\u001F"', "an escape in upper case"),
    "half-surrogate": (rb'"\ud800"', "half of a surrogate pair"),
    "surrogate-in-utf8": (b'"\xed\xa0\x80"', "half of a surrogate pair in UTF-8"),
    "escaped-pair": (rb'"\ud83c\udfee"', "an escape that is not needed"),
    "raw-newline": (b'"a\nb"', "a control character in a string"),
    "trailing-comma": (b"[1,]", "a comma before nothing"),
    "comment": (b"1/**/", "a comment"),
    "single-quotes": (b"'a'", "not JSON"),
    "two-values": (b"1 2", "two values"),
    "cut-short": (b'{"a":[1', "the end is missing"),
    "seventeen-levels": (b"[" * 17 + b"]" * 17, "more than 16 levels of nesting"),
}


def files() -> dict[str, bytes]:
    """Return the bytes of every vector file by its path under encoding/."""
    found: dict[str, bytes] = {}
    for name, (written, encoded) in GOOD.items():
        found[f"{name}/input.json"] = written
        found[f"{name}/canonical.json"] = encoded
    for name, (written, why) in BAD.items():
        found[f"{name}_fail/input.json"] = written
        found[f"{name}_fail/why.txt"] = why.encode() + b"\n"
    return found


if __name__ == "__main__":
    for path, content in files().items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(content)
