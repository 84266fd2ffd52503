"""docs/receipt.md and receipt.schema.json say what the code does."""

import hashlib
import json
import re
from collections import Counter
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from ledger.details import Details
from ledger.errors import LedgerError
from ledger.receipt import Receipt
from tests.docs import receipt_example, receipt_schema
from tests.ledger.domain_factories import claim_of, receipt_of
from tests.ledger.state_factories import proved
from tests.ledger.test_details import FULL
from tests.mutations import mutations

PAGE = receipt_example.FILE.read_text(encoding="utf-8")
SCHEMA: Any = json.loads(receipt_schema.FILE.read_text(encoding="ascii"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
GOOD = proved(receipt_of(claim_of(details=FULL))).receipt


def test_the_schema_is_the_one_that_the_code_s_limits_give() -> None:
    assert receipt_schema.FILE.read_text(encoding="ascii") == receipt_schema.written()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_example_is_what_the_code_gives() -> None:
    assert receipt_example.page(PAGE) == PAGE
    assert receipt_example.written() in PAGE


def test_the_example_can_be_recomputed_from_the_page_alone() -> None:
    found = re.search(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    assert found is not None
    said = json.loads(found[1])
    cells = dict(re.findall(r"^\| (.+?) \| `(.+)` \|$", PAGE, re.MULTILINE))

    def sha256(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    def unhex(text: str) -> bytes:
        return bytes.fromhex(text.removeprefix("0x"))

    assert sha256(b"paper lantern\n") == unhex(said["signed"]["claim"]["work"])
    assert sha256(cells["details, canonical"].encode()) == unhex(said["signed"]["claim"]["details"])
    claim_id = unhex(cells["claim id, what is signed"])
    leaf = sha256(b"\0\1", claim_id, sha256(unhex(said["signed"]["signature"])))
    first, second = map(unhex, said["inclusion"]["proof"])
    root = sha256(b"\1", sha256(b"\1", first, leaf), second)
    assert root == unhex(said["inclusion"]["root"])
    one_line = json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    assert Receipt.decode(one_line.encode()) == receipt_example.example()
    assert f"one line of {len(one_line)} bytes" in PAGE


@pytest.mark.parametrize(
    "receipt",
    [
        GOOD,
        receipt_of(claim_of()),
        Receipt(claim_of()),
        Receipt(claim_of(details=Details("a/b", 0))),
        receipt_example.example(),
    ],
)
def test_the_schema_takes_every_good_receipt(receipt: Receipt) -> None:
    VALIDATOR.validate(json.loads(receipt.encode()))


def test_what_the_schema_refuses_is_no_receipt() -> None:
    judged = Counter[tuple[bool, bool]]()
    for one in mutations(GOOD.encode(), seed=7, each=1):
        try:
            value = json.loads(one.data)
        except (ValueError, RecursionError):
            continue
        try:
            Receipt.decode(one.data)
            taken = True
        except LedgerError:
            taken = False
        valid = VALIDATOR.is_valid(value)
        assert valid or not taken, (one.field, one.what)
        judged[valid, taken] += 1
    print(f"(valid by the schema, a receipt): {dict(judged)}")
    assert judged[False, False] > 1_000
    assert judged[True, True] > 20


def tables(section: str) -> set[str]:
    found = re.search(rf"^### `{re.escape(section)}`\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    cells = re.findall(r"^\| (`.+?`) \|", found[1], re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_page_lists_every_field_of_every_object() -> None:
    signed = SCHEMA["properties"]["signed"]["properties"]
    inclusion = SCHEMA["properties"]["inclusion"]["oneOf"][1]["properties"]
    anchor = SCHEMA["properties"]["anchors"]["items"]["properties"]
    evidence = SCHEMA["properties"]["evidence"]["properties"]
    assert tables("signed") == set(signed)
    assert tables("signed.claim") == set(signed["claim"]["properties"])
    assert tables("signed.details") == set(signed["details"]["properties"])
    assert tables("inclusion") == set(inclusion)
    assert tables("anchors[]") == set(anchor)
    assert tables("evidence") == set(evidence)
