"""The vectors of claims, receipts and manifests, on the library and on oracles of their own."""

import hashlib
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from ledger import signing
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidManifest, LedgerError, LimitExceeded
from ledger.keccak import keccak256
from ledger.leaf import Disclosed, Leaf
from ledger.manifest import Manifest
from ledger.receipt import Receipt
from ledger.signed import SignedClaim, SignedProcessCheckpoint

VECTORS = Path(__file__).parents[1] / "vectors"


def cases(family: str) -> list[Path]:
    return sorted(folder for folder in (VECTORS / family).iterdir() if folder.is_dir())


def read(case: Path, file: str) -> Any:  # noqa: ANN401 - whatever the vector holds
    return json.loads((case / file).read_bytes())


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def name_of(case: Path) -> str:
    return case.name


def test_the_files_are_those_that_the_generator_writes() -> None:
    written = runpy.run_path(str(VECTORS / "generate_receipts.py"))["files"]()
    kept = {
        file.relative_to(VECTORS).as_posix(): file.read_bytes()
        for family in ("claim", "receipt", "manifest")
        for case in cases(family)
        for file in case.iterdir()
    }
    assert kept == written


def signed_of(said: Any) -> SignedClaim | SignedProcessCheckpoint:  # noqa: ANN401
    kind = SignedClaim if "claim" in said else SignedProcessCheckpoint
    return kind.from_json(said)


@pytest.mark.parametrize("case", cases("claim"), ids=name_of)
def test_a_signed_claim_is_judged_as_its_vector_says(case: Path) -> None:
    said = read(case, "signed.json")
    body = said.get("claim") or said["checkpoint"]
    if case.name.endswith("_fail"):
        try:
            assert signed_of(said).signer != unhex(body["author"])
        except LedgerError:
            assert (case / "why.txt").read_text()
        return
    signed, result = signed_of(said), read(case, "result.json")
    assert signed.id == unhex(result["typed_hash"])
    assert signed.signer == unhex(result["signer"]) == unhex(body["author"])
    assert Leaf.of(signed).hash == unhex(result["leaf_hash"])


@pytest.mark.parametrize(
    "case", [one for one in cases("claim") if not one.name.endswith("_fail")], ids=name_of
)
def test_a_claim_s_vector_is_eth_account_s_and_hashlib_s_own_result(case: Path) -> None:
    said, result = read(case, "signed.json"), read(case, "result.json")
    body = dict(said.get("claim") or said["checkpoint"])
    if "process_id" in body:
        body["processId"] = body.pop("process_id")
    kind = signing.CLAIM_TYPE if "claim" in said else signing.PROCESS_CHECKPOINT_TYPE
    name, rest = kind[:-1].split("(")
    members = [dict(zip(("type", "name"), one.split(), strict=True)) for one in rest.split(",")]
    domain = {
        "name": "Sealbook",
        "version": "1",
        "chainId": said["home"]["chain_id"],
        "verifyingContract": said["home"]["contract"],
    }
    values = {
        one["name"]: unhex(body[one["name"]]) if one["type"] == "bytes32" else body[one["name"]]
        for one in members
    }
    message = encode_typed_data(domain, {name: members}, values)
    assert message.header == unhex(result["domain_separator"])
    typed = keccak256(b"\x19\x01" + message.header + message.body)
    assert typed == unhex(result["typed_hash"])
    digest = hashlib.sha256(unhex(said["signature"])).digest()
    data = (b"\1" if "claim" in said else b"\2") + typed + digest
    assert data == unhex(result["leaf_data"])
    assert hashlib.sha256(b"\0" + data).digest() == unhex(result["leaf_hash"])
    if said.get("details"):
        canonical = json.dumps(
            said["details"], separators=(",", ":"), sort_keys=True, ensure_ascii=False
        )
        assert hashlib.sha256(canonical.encode()).digest() == unhex(body["details"])


@pytest.mark.parametrize("case", cases("receipt"), ids=name_of)
def test_a_receipt_is_judged_as_its_vector_says(case: Path) -> None:
    data = (case / "receipt.json").read_bytes()
    if case.name.endswith("_fail"):
        try:
            receipt = Receipt.decode(data)
        except LedgerError:
            return
        assert receipt.inclusion is not None
        assert not receipt.inclusion.proves(receipt.leaf_hash)
        return
    receipt, result = Receipt.decode(data), read(case, "result.json")
    assert receipt.encode() == data
    assert receipt.leaf_hash == unhex(result["leaf_hash"])
    assert receipt.inclusion is None or receipt.inclusion.proves(receipt.leaf_hash)


def checkpoint_of(said: Any) -> Checkpoint:  # noqa: ANN401
    return Checkpoint(unhex(said["ledger"]), said["size"], unhex(said["root"]))


def told(leaf: Disclosed, index: int) -> dict[str, object]:
    said: dict[str, object] = {"index": index, "leaf_hash": "0x" + leaf.leaf_hash.hex()}
    if leaf.signed is None:
        return said | {"kind": "opaque"}
    kind = "claim" if isinstance(leaf.signed, SignedClaim) else "process_checkpoint"
    return said | {"kind": kind, "typed_hash": "0x" + leaf.signed.id.hex()}


@pytest.mark.parametrize("case", cases("manifest"), ids=name_of)
def test_a_manifest_is_read_as_its_vector_says(case: Path) -> None:
    data, batch = (case / "manifest.jsonl").read_bytes(), read(case, "batch.json")
    before = None if batch["before"] is None else checkpoint_of(batch["before"])
    after = checkpoint_of(batch["after"])
    if case.name.endswith("_fail"):
        with pytest.raises((InvalidManifest, LimitExceeded)):
            Manifest.decode(data).require_batch(before, after)
        return
    manifest, result = Manifest.decode(data), read(case, "result.json")
    manifest.require_batch(before, after)
    start = manifest.before.size
    assert result == {
        "start": start,
        "leaves": [told(leaf, index) for index, leaf in enumerate(manifest.leaves, start)],
        "disclosures": [told(leaf, index) for index, leaf in manifest.disclosures],
        "root": "0x" + after.root.hex(),
    }
