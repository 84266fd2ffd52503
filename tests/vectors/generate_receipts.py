"""Write the vectors of claims, receipts and manifests: `python -m tests.vectors.generate_receipts`.

Every case is a folder of claim/, receipt/ or manifest/; every byte follows from the code and the
seed below, the mutated ones too. A case holds
  signed.json            claim/: a signed claim or a signed process checkpoint
  receipt.json           receipt/: a receipt, its line feed included
  manifest.jsonl         manifest/: a manifest; and batch.json, the checkpoints around it
  result.json            what follows from it: typed hash, signer, leaf, root, lines
In NAME_fail it is refused, or does not hold (the signer is not the author, the proof gives another
root, the leaves do not lead to the batch's checkpoint); why.txt says why, and there is no
result.json.
"""

import json
import random
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ledger.checkpoint import Checkpoint
from ledger.encoding import Json, canonical, hex_of
from ledger.errors import LedgerError
from ledger.leaf import Disclosed, Leaf
from ledger.manifest import Manifest
from ledger.receipt import Receipt
from ledger.secp256k1 import ORDER
from ledger.signed import SignedClaim, SignedProcessCheckpoint, sign_claim
from ledger.signing import Home, domain_separator
from ledger.tree import Frontier
from tests.ledger import factories
from tests.ledger.domain_factories import claim_of, receipt_of
from tests.ledger.state_factories import proved
from tests.ledger.test_details import FULL
from tests.mutations import WHOLE, mutations

HERE = Path(__file__).parent
SEED = 20261124
Signed = SignedClaim | SignedProcessCheckpoint


def result_of(signed: Signed) -> Json:
    """Return what follows from what was signed."""
    leaf = Leaf.of(signed)
    return {
        "domain_separator": hex_of(domain_separator(signed.home)),
        "typed_hash": hex_of(signed.id),
        "signer": None if signed.signer is None else hex_of(signed.signer),
        "signature_digest": hex_of(leaf.signature_digest),
        "leaf_data": hex_of(leaf.data),
        "leaf_hash": hex_of(leaf.hash),
    }


def claims() -> dict[str, Signed]:
    """Return what was signed, by the case's name."""
    alice, bob = claim_of(), claim_of("bob")
    r, s, v = alice.signature[:32], alice.signature[32:64], alice.signature[64]
    high = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    log = claim_of(process=factories.word("process"), steps=12)
    return {
        "claim": alice,
        "claim-with-a-process": log,
        "claim-with-all-details": claim_of(details=FULL),
        "claim-without-its-details": replace(alice, details=None),
        "claim-on-another-chain": claim_of(home=Home(2**53 - 1, bytes.fromhex("11" * 20))),
        "claim-in-chinese": with_statement("这是我的作品 é 🏮"),
        "process-checkpoint": factories.signed_process_checkpoint("vector"),
        "by-another-key_fail": claim_of(signer=factories.author_key("mallory")),
        "another-signature_fail": replace(alice, signature=bob.signature),
        "another-home_fail": replace(alice, home=Home(2, alice.home.contract)),
        "another-work_fail": replace(alice, claim=replace(alice.claim, work=bytes(32))),
        "high-s_fail": replace(alice, signature=r + high + bytes((55 - v,))),
        "v-0_fail": replace(alice, signature=r + s + bytes((v - 27,))),
        "v-29_fail": replace(alice, signature=r + s + b"\x1d"),
        "r-zero_fail": replace(alice, signature=bytes(32) + s + bytes((v,))),
        "s-zero_fail": replace(alice, signature=r + bytes(32) + bytes((v,))),
        "r-order_fail": replace(alice, signature=ORDER.to_bytes(32, "big") + s + bytes((v,))),
        "short-signature_fail": replace(alice, signature=alice.signature[:64]),
        "long-signature_fail": replace(alice, signature=alice.signature + b"\0"),
    }


def with_statement(statement: str) -> SignedClaim:
    """Return the claim with another statement, signed for that."""
    alice = claim_of()
    assert alice.details is not None
    key = factories.author_key("alice")
    return sign_claim(alice.home, replace(alice.claim, statement=statement), key, alice.details)


def mutated(good: bytes) -> dict[str, tuple[bytes, str]]:
    """Return two mutations of every field of a document, by name, and what was done."""
    chance, found = random.Random(SEED), dict[str, tuple[bytes, str]]()
    made = [one for one in mutations(good, SEED, 80) if len(one.data) < 8_192]
    for field, of_field in groupby(made, lambda one: one.field):
        name = "whole" if field == WHOLE else field.replace("[", "-").replace("]", "")
        for number, one in enumerate(chance.sample(list(of_field), 2), 1):
            found[f"{name}-{number}_fail"] = (one.data, f"{one.field}: {one.what}")
    return found


def receipts() -> dict[str, tuple[bytes, str]]:
    """Return receipts, by the case's name, and what is wrong with each."""
    good = proved(receipt_of(claim_of(details=FULL))).receipt
    plain = receipt_of(claim_of())
    assert plain.inclusion is not None
    many = tuple(replace(plain.anchors[0], chain_id=chain) for chain in (1, 2, 3))
    found = {
        "pending": (Receipt(claim_of()).encode(), ""),
        "anchored": (plain.encode(), ""),
        "with-evidence": (good.encode(), ""),
        "unanchored": (Receipt(claim_of(), plain.inclusion).encode(), ""),
        "on-three-chains": (replace(plain, anchors=many).encode(), ""),
        "another-s-proof_fail": (
            replace(plain, signed=claim_of("mallory")).encode(),
            "the proof is another leaf's",
        ),
        "another-index_fail": (
            replace(plain, inclusion=replace(plain.inclusion, index=1)).encode(),
            "another index",
        ),
    }
    bad = mutated(good.encode())
    return found | {name: case for name, case in bad.items() if not_proven(case[0])}


def not_proven(data: bytes) -> bool:
    """Say whether a receipt is refused or its proof is bad; the rest needs a chain."""
    try:
        receipt = Receipt.decode(data)
    except LedgerError:
        return True
    return receipt.inclusion is not None and not receipt.inclusion.proves(receipt.leaf_hash)


def manifests() -> dict[str, tuple[bytes, Checkpoint | None, Checkpoint, str]]:
    """Return manifests between two checkpoints, and what is wrong with each."""
    earlier = [factories.opaque(factories.signed_claim(index)) for index in range(3)]
    leaves = (
        factories.disclosed(claim_of()),
        factories.opaque(factories.signed_claim("closed")),
        factories.disclosed(factories.signed_process_checkpoint("vector")),
    )
    before = Frontier().append(leaf.leaf_hash for leaf in earlier)
    opened = ((1, factories.disclosed(factories.signed_claim(1))),)
    whole = Manifest(factories.LEDGER, before, leaves, opened)
    data, at = whole.encode(), factories.checkpoint(earlier)
    after = whole.checkpoint
    first = Manifest(factories.LEDGER, Frontier(), tuple(earlier))
    lines = data.splitlines(keepends=True)

    def put(place: int, old: bytes, new: bytes) -> bytes:
        assert old in lines[place]
        return b"".join([*lines[:place], lines[place].replace(old, new, 1), *lines[place + 1 :]])

    named = b'"leaf":"0x' + leaves[0].leaf_hash.hex().encode() + b'"'
    return {
        "first-batch": (first.encode(), None, first.checkpoint, ""),
        "second-batch": (data, at, after, ""),
        "opaque-by-a-space": (put(1, b",", b", "), at, after, ""),
        "opaque-by-an-unknown-field": (put(2, b"}", b',"x":1}'), at, after, ""),
        "opaque-by-another-claim": (put(1, b'"size":412000', b'"size":412001'), at, after, ""),
        "opaque-by-an-index": (put(2, b"{", b'{"index":0,'), at, after, ""),
        "opaque-by-nesting": (
            put(1, b"{", b'{"a":' + b"[" * 4_000 + b"]" * 4_000 + b","),
            at,
            after,
            "",
        ),
        "idle-disclosure": (put(4, b'"index":1', b'"index":7'), at, after, ""),
        "cut-off_fail": (data[:-1], at, after, "no last line feed"),
        "line-missing_fail": (b"".join([*lines[:2], *lines[3:]]), at, after, "a leaf is missing"),
        "line-twice_fail": (b"".join([*lines[:2], *lines[1:]]), at, after, "a leaf twice"),
        "lines-turned_fail": (
            b"".join([lines[0], lines[2], lines[1], *lines[3:]]),
            at,
            after,
            "two leaves in another order",
        ),
        "leaf-hash-in-upper-case_fail": (put(1, named, named.upper()), at, after, "no leaf hash"),
        "leaf-hash-changed_fail": (
            put(2, leaves[1].leaf_hash.hex().encode(), b"00" * 32),
            at,
            after,
            "another leaf hash",
        ),
        "another-ledger_fail": (
            replace(whole, ledger=bytes(32)).encode(),
            at,
            after,
            "another ledger's",
        ),
        "another-start_fail": (data, None, after, "the batch before it is missing"),
        "another-root_fail": (data, at, replace(after, root=bytes(32)), "another root"),
        "frontier-short_fail": (put(0, b'["', b'[],"x":["'), at, after, "a frontier too short"),
        "version-2_fail": (put(0, b'"manifest":1', b'"manifest":2'), at, after, "unknown version"),
    }


def line_of(leaf: Disclosed, index: int) -> Json:
    """Return what a line of a manifest says."""
    said: dict[str, Json] = {"index": index, "leaf_hash": hex_of(leaf.leaf_hash)}
    if leaf.signed is None:
        return {**said, "kind": "opaque"}
    kind = Leaf.of(leaf.signed).kind.name.lower()
    return {**said, "kind": kind, "typed_hash": hex_of(leaf.signed.id)}


def named(checkpoint: Checkpoint | None) -> Json:
    if checkpoint is None:
        return None
    return {
        "ledger": hex_of(checkpoint.ledger),
        "size": checkpoint.size,
        "root": hex_of(checkpoint.root),
    }


def files() -> dict[str, bytes]:
    """Return the bytes of every file by its path under tests/vectors/."""
    found: dict[str, bytes] = {}
    for name, signed in claims().items():
        found[f"claim/{name}/signed.json"] = canonical(signed.to_json())
        _end(found, f"claim/{name}", result_of(signed), "the signer is not the author")
    for name, (data, why) in receipts().items():
        found[f"receipt/{name}/receipt.json"] = data
        result: Any = None if why else json.loads(canonical(result_of(Receipt.decode(data).signed)))
        _end(found, f"receipt/{name}", result, why)
    for name, (data, before, after, why) in manifests().items():
        found[f"manifest/{name}/manifest.jsonl"] = data
        found[f"manifest/{name}/batch.json"] = canonical(
            {"before": named(before), "after": named(after)}
        )
        _end(found, f"manifest/{name}", None if why else _lines(Manifest.decode(data)), why)
    return found


def _lines(manifest: Manifest) -> Json:
    return {
        "start": manifest.before.size,
        "leaves": [
            line_of(leaf, index) for index, leaf in enumerate(manifest.leaves, manifest.before.size)
        ],
        "disclosures": [line_of(leaf, index) for index, leaf in manifest.disclosures],
        "root": hex_of(manifest.checkpoint.root),
    }


def _end(found: dict[str, bytes], folder: str, result: Json, why: str) -> None:
    if folder.endswith("_fail"):
        found[f"{folder}/why.txt"] = why.encode()
    else:
        found[f"{folder}/result.json"] = canonical(result)


if __name__ == "__main__":
    for path, content in files().items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(content)
