"""Write docs/receipt.schema.json from the code's own limits: `python -m tests.docs.receipt_schema`.

The schema says what can be said without hashing: types, sizes, unknown fields. A receipt that it
takes may still be none; a receipt that it refuses is none.
"""

import json
from pathlib import Path

from ledger import claim, details, receipt, signed
from ledger.anchor import MAX_MANIFEST_CID
from ledger.encoding import MAX_NUMBER, Json
from ledger.state_trie import MAX_NODE

FILE = Path(__file__).parents[2] / "docs" / "receipt.schema.json"
WORD, ADDRESS = 32, 20


def hex_of(least: int, most: int | None = None) -> Json:
    """Return bytes written 0x and lower-case hex."""
    top = least if most is None else most
    size = f"{{{least}}}" if top == least else f"{{{least},{top}}}"
    return {"type": "string", "pattern": f"^0x([0-9a-f]{{2}}){size}$(?!\\n)"}


def number(least: int = 0, most: int = MAX_NUMBER) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


def text(most: int) -> Json:
    """Return a string; its limit is in bytes of UTF-8, which no schema counts."""
    return {"type": "string", "minLength": 1, "maxLength": most}


def array(items: Json, most: int, least: int = 0) -> Json:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def record(fields: dict[str, Json], optional: tuple[str, ...] = ()) -> Json:
    """Return an object of just these fields, all required but the optional ones."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(set(fields) - set(optional)),
        "properties": fields,
    }


def nullable(schema: Json) -> Json:
    return {"oneOf": [{"type": "null"}, schema]}


def schema() -> Json:
    """Return the schema of a receipt of version 1."""
    short, long = text(details.MAX_NAME), text(details.MAX_TEXT)
    said: dict[str, Json] = {
        "version": {"const": 1},
        "media_type": {
            "type": "string",
            "maxLength": details.MAX_NAME,
            "pattern": "^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}$(?!\\n)",
        },
        "size": number(),
        "content": record({"cid": short, "profile": short}),
        "fingerprints": array(
            record({"algorithm": short, "code": long}), details.MAX_FINGERPRINTS, 1
        ),
        "co_authors": array(
            record({"chain_id": number(1), "author": hex_of(ADDRESS)}), details.MAX_CO_AUTHORS, 1
        ),
        **dict.fromkeys(("pixels", "identity", "log", "supersedes"), hex_of(WORD)),
        **dict.fromkeys(("title", "licence", "ai_disclosure"), long),
    }
    claimed: dict[str, Json] = {
        "author": hex_of(ADDRESS),
        "steps": number(),
        "statement": text(claim.MAX_STATEMENT),
        **dict.fromkeys(("work", "process", "details", "salt"), hex_of(WORD)),
    }
    signed_claim: dict[str, Json] = {
        "home": record({"chain_id": number(1), "contract": hex_of(ADDRESS)}),
        "claim": record(claimed),
        "details": record(said, tuple(set(said) - {"version", "media_type", "size"})),
        "signature": hex_of(signed.MIN_SIGNATURE, signed.MAX_SIGNATURE),
    }
    inclusion: dict[str, Json] = {
        "index": number(),
        "size": number(1),
        "ledger": hex_of(WORD),
        "root": hex_of(WORD),
        "proof": array(hex_of(WORD), receipt.MAX_PROOF),
    }
    anchor: dict[str, Json] = {
        **dict.fromkeys(("chain_id", "block_number", "log_index"), number()),
        **dict.fromkeys(("genesis", "block_hash", "transaction"), hex_of(WORD)),
        "contract": hex_of(ADDRESS),
    }
    nodes = array(hex_of(1, MAX_NODE), receipt.MAX_PROOF_NODES)
    evidence: dict[str, Json] = {
        "header": hex_of(1, receipt.MAX_HEADER),
        "before": hex_of(WORD),
        "manifest": hex_of(1, MAX_MANIFEST_CID),
        **dict.fromkeys(("ledgers", "root", "accumulator", "keys", "history"), nodes),
    }
    whole: dict[str, Json] = {
        "version": {"const": receipt.VERSION},
        "signed": record(signed_claim),
        "inclusion": nullable(record(inclusion)),
        "anchors": array(record(anchor), receipt.MAX_ANCHORS),
        "evidence": record(evidence),
    }
    body = record(whole, ("evidence",))
    assert isinstance(body, dict)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Sealbook receipt, version 1",
        "description": "docs/receipt.md says what each field means, and what no schema can check.",
        **body,
    }


def written() -> str:
    """Return the file's text."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="ascii")
