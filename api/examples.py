"""The documentation's examples: one claim, from its leaf hash to its report. A test runs them."""

from ledger.encoding import Json
from ledger.errors import (
    ClaimMissing,
    IdempotencyConflict,
    InvalidDigest,
    InvalidInput,
    InvalidSignature,
    LimitExceeded,
    NotFinal,
    NotFound,
    StoreUnavailable,
)

Object = dict[str, Json]

WORK = "sha256:f8df65e5b0e9a4dc3102a95cc7b6a0f268d1e12e61ef6bfb24863ba6bf71dd62"
CLAIM_ID = "0x3802af098718b3e2be17b8a9c1af636b6fe7066f87659fa634ba79be646e4ab6"
LEAF_HASH = "0xfdc27473d291a44f11a13707b301da59bb52a941b31c51a17d18cc01ab418321"
AUTHOR = "0xb7cde254378f0be704aa4452f4471493b9c44eed"
KEY = "6f1c7e0a-3a52-4f0f-9d3e-5a7a6f1c7e0a"
_GENESIS = "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"
_LEDGER = "0x5e" + "0c" * 31
_CHAIN = 11155111

SIGNED: Object = {
    "home": {"chain_id": 1, "contract": "0xe79ff6efb28177b979c198dfb2bc58caece06ef9"},
    "claim": {
        "statement": "I am the author of this work. This claim commits to it in a Sealbook ledger.",
        "author": AUTHOR,
        "work": f"0x{WORK.removeprefix('sha256:')}",
        "process": "0x" + "00" * 32,
        "steps": 0,
        "details": "0x84f650cbedf3d515a1951ff43e322a2aaaa0b7095e8460b54cb60925e41d931e",
        "salt": "0x329226b41b89e35194c1f2cdddbe660418a0276a223559363bf776161a050c32",
    },
    "details": {
        "version": 1,
        "media_type": "image/png",
        "size": 421503,
        "title": "Paper lantern",
        "licence": "CC0-1.0",
        "ai_disclosure": "made with ComfyUI",
    },
    "signature": "0x1f717ac2c6241a0e5f27731cc3caa3d654d95fdd88a5771a9a89c2fee49476715e5"
    "56194ccb7f2871eb406dabece78b3d8638b1257d60ed842a5a19081dbf1811c",
}
INCLUSION: Object = {
    "index": 0,
    "ledger": _LEDGER,
    "proof": [],
    "root": LEAF_HASH,
    "size": 1,
}
ANCHOR: Object = {
    "block_hash": "0x" + "b1" * 32,
    "block_number": 9_214_003,
    "chain_id": _CHAIN,
    "contract": "0x1e" + "d9" * 19,
    "genesis": _GENESIS,
    "log_index": 17,
    "transaction": "0x" + "7a" * 32,
}
EXISTED_BY: Object = {
    "chain_id": _CHAIN,
    "block": 9_214_003,
    "not_before": "2026-11-24T11:59:49Z",
    "not_after": "2026-11-24T12:00:19Z",
}
CHAIN: Object = {"chain_id": _CHAIN, "genesis": _GENESIS, "local": False}
FINDINGS: list[Json] = [
    {"check": "signature", "outcome": "valid", "message": f"{AUTHOR} signed it"},
    {
        "check": "key",
        "outcome": "valid",
        "message": "the key was the author's to use when the claim was anchored",
    },
    {
        "check": "process",
        "outcome": "absent",
        "message": "no process log was claimed: record while you work",
    },
    {"check": "standing", "outcome": "in_force", "message": "the author has not withdrawn it"},
]
INDEX: Object = {"block": 9_214_120, "ledgers": 3, "closed": 12, "missing_manifests": 0}

LEAVES_REQUEST: Object = {"leaves": [LEAF_HASH]}
LEAVES_ANSWER: Object = {"leaves": [{"leaf_hash": LEAF_HASH, "index": 0}]}
PENDING_LEAF: Object = {
    "leaf_hash": LEAF_HASH,
    "status": "pending",
    "index": 0,
    "inclusion": None,
    "anchor": None,
    "finality": "unanchored",
}
ANCHORED_LEAF: Object = {
    **PENDING_LEAF,
    "status": "anchored",
    "inclusion": INCLUSION,
    "anchor": ANCHOR,
    "finality": "finalized",
}
DISCLOSE_REQUEST: Object = {"claims": [SIGNED]}
IN_CLEAR_REQUEST: Object = {"claims": [SIGNED], "in_clear": True}
CLAIMS_ANSWER: Object = {"claims": [{"id": CLAIM_ID, "leaf_hash": LEAF_HASH, "index": 0}]}
CLAIM: Object = {
    "id": CLAIM_ID,
    "leaf_hash": LEAF_HASH,
    "signed": SIGNED,
    "inclusion": INCLUSION,
    "anchor": ANCHOR,
    "chain": CHAIN,
    "existed_by": EXISTED_BY,
}
WORK_ANSWER: Object = {
    "work": {"digest": WORK},
    "claims": [
        {
            "id": CLAIM_ID,
            "author": AUTHOR,
            "home_chain": 1,
            "ledger": _LEDGER,
            "index": 0,
            "chain": CHAIN,
            "existed_by": EXISTED_BY,
            "findings": FINDINGS,
        }
    ],
    "complete": True,
    "index": INDEX,
}
RECEIPT: Object = {
    "version": 1,
    "signed": SIGNED,
    "inclusion": INCLUSION,
    "anchors": [ANCHOR],
}
DIGEST_QUESTION: Object = {"digest": WORK}
RECEIPT_QUESTION: Object = {"receipt": RECEIPT}
LIST_QUESTION: Object = {"questions": [DIGEST_QUESTION, {**DIGEST_QUESTION, "receipt": RECEIPT}]}
REPORT: Object = {
    "verdict": "verified",
    "exit_code": 0,
    "summary": "This claim is verified: it was signed, anchored, and the chain keeps it.",
    "work": {"digest": WORK},
    "claim": {"id": CLAIM_ID, "author": AUTHOR, "home_chain": 1},
    "existed_by": EXISTED_BY,
    "findings": FINDINGS,
    "trust": {
        "chain_id": _CHAIN,
        "genesis": _GENESIS,
        "contract": "0x1e" + "d9" * 19,
        "code_hash": "0x" + "c0" * 32,
        "node": "node.example",
        "index_reached": 9_214_120,
    },
}
READY: Object = {
    "ready": True,
    "chain": {"ok": True, "block": 9_214_123},
    "queue": {"ok": True, "acknowledged": 4711},
    "index": {"ok": True, "block": 9_214_120, "blocks_behind": 3, "seconds_behind": 36},
    "worker": {"ok": True},
    "pins": {
        "ok": True,
        "targets": [{"target": "pinata", "owed": 0, "asked": 1, "pinned": 4710}],
    },
}

BAD_DIGEST = InvalidDigest("expected sha256: and 64 lower-case hex digits, got 'lantern.png'")
BAD_REQUEST = InvalidInput(
    "expected a request as the documentation says, got faults (#/leaves/0: String should match)"
)
BAD_SIGNATURE = InvalidSignature(f"claim {CLAIM_ID}: no key of {AUTHOR} made this signature")
NO_LEAF = NotFound(f"expected a leaf of this ledger, {LEAF_HASH} is in none here")
NO_CLAIM = ClaimMissing(f"expected a disclosed claim, {CLAIM_ID} is none here")
KEY_USED = IdempotencyConflict(
    "expected the request that this idempotency key came with first, got another; use a new key"
)
TOO_EARLY = NotFinal(
    f"commit before you show: the leaf of claim {CLAIM_ID} is unanchored, not final yet, so "
    "whoever sees the claim now could still be first; ask again later"
)
TOO_LARGE = LimitExceeded("expected a body of at most 163840 bytes, got more; send it in parts")
NOT_NOW = StoreUnavailable("")
