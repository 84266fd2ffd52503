"""Calldata, topics and events against the compiled ABI, with eth_abi as the oracle."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

import ledger
from ledger import contract
from ledger.chain import BlockRef, Log
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidChainAnswer
from ledger.keccak import keccak256
from ledger.key import Delegated, Place, Revoked, Withdrawn
from tests.ledger.domain_factories import addresses, words
from tests.ledger.factories import CHAIN, CONTRACT, HOME, word

ABI = Path(ledger.__file__).parent / "abi"
BLOCK = BlockRef(4, word("block"), word("parent"), 1_700_000_000)
AUTHOR, DELEGATE = b"\1" * 20, b"\2" * 20
numbers = st.integers(0, 2**64 - 1)


def compiled(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Return both contracts' functions or events by their signatures."""
    found = {}
    for name in ("Ledgers", "AuthorKeys"):
        for one in json.loads((ABI / f"{name}.json").read_text())["abi"]:
            if one["type"] == kind:
                types = ",".join(each["type"] for each in one["inputs"])
                found[f"{one['name']}({types})"] = one
    return found


def check_call(data: bytes, name: str, *values: object) -> None:
    """Hold calldata against the compiled function of that name and eth_abi's encoding."""
    ((signature, _),) = [one for one in compiled("function").items() if one[1]["name"] == name]
    types = signature[len(name) + 1 : -1].split(",")
    assert data[:4] == keccak256(signature.encode())[:4]
    assert data[4:] == encode(types, [written(value) for value in values])


def written(value: object) -> object:
    return f"0x{value.hex()}" if isinstance(value, bytes) and len(value) == 20 else value


@given(
    checkpoint=st.builds(Checkpoint, words, st.integers(1, 2**63 - 1), words),
    proof=st.lists(words, max_size=20),
    manifest=st.binary(min_size=1, max_size=64).filter(lambda cid: len(cid) != 20),
)
def test_an_anchor_is_called_as_compiled(
    checkpoint: Checkpoint, proof: list[bytes], manifest: bytes
) -> None:
    data = contract.anchor_call(checkpoint, proof, manifest)
    values = (checkpoint.ledger, checkpoint.size, checkpoint.root, proof, manifest)
    check_call(data, "anchor", *values)


@given(
    author=addresses, key=addresses, claim=words, span=st.tuples(numbers, numbers), until=numbers
)
def test_orders_to_the_keys_are_called_as_compiled(
    author: bytes, key: bytes, claim: bytes, span: tuple[int, int], until: int
) -> None:
    check_call(contract.create_call(claim, author), "create", claim, author)
    signature = bytes(65)
    check_call(
        contract.withdraw_call(author, claim, until, signature),
        *("withdrawFor", author, claim, until, signature),
    )
    check_call(
        contract.revoke_call(author, key, until, signature),
        *("revokeFor", author, key, until, signature),
    )
    check_call(
        contract.delegate_call(author, key, 3, span, until, signature),
        *("delegateFor", author, key, 3, *span, until, signature),
    )


def test_a_wallet_is_asked_as_eip_1271_says() -> None:
    data = contract.signature_check_call(word("digest"), b"\1" * 65)
    assert data[:4] == contract.EIP1271_MAGIC == keccak256(b"isValidSignature(bytes32,bytes)")[:4]
    assert data[4:] == encode(["bytes32", "bytes"], [word("digest"), b"\1" * 65])


def test_every_topic_is_a_compiled_event_s_with_its_indexed_arguments() -> None:
    topics = {keccak256(signature.encode()): one for signature, one in compiled("event").items()}
    for topic, name, indexed in (
        (contract.CREATED, "Created", ["ledger", "owner"]),
        (contract.ANCHORED, "Anchored", ["ledger", "size"]),
        (contract.CLOSED, "Closed", ["ledger", "successor"]),
        (contract.DELEGATED, "Delegated", ["author", "delegate"]),
        (contract.REVOKED, "Revoked", ["author", "delegate"]),
        (contract.WITHDRAWN, "Withdrawn", ["author", "claimId"]),
    ):
        assert topics[topic]["name"] == name
        found = [each["name"] for each in topics[topic]["inputs"] if each["indexed"]]
        assert found == indexed


def log(
    topics: Sequence[bytes], types: list[str], values: list[object], address: bytes = CONTRACT
) -> Log:
    return Log(
        address=address,
        topics=tuple(topic.rjust(32, b"\0") for topic in topics),
        data=encode(types, [written(value) for value in values]),
        block_number=BLOCK.number,
        block_hash=BLOCK.hash,
        transaction=word("transaction"),
        index=7,
    )


def anchored_log(manifest: bytes = b"cid", size: int = 9, ledger_id: bytes = word("ledger")) -> Log:
    return log(
        (contract.ANCHORED, ledger_id, size.to_bytes(32, "big")),
        ["bytes32", "bytes", "bytes32"],
        [word("root"), manifest, word("accumulator")],
    )


@given(manifest=st.binary(min_size=1, max_size=64).filter(lambda cid: len(cid) != 20))
def test_an_anchored_event_is_read(manifest: bytes) -> None:
    read = contract.read_anchored(anchored_log(manifest), CHAIN, BLOCK)
    assert read.checkpoint == Checkpoint(word("ledger"), 9, word("root"))
    assert (read.manifest, read.accumulator) == (manifest, word("accumulator"))
    assert read.timestamp == BLOCK.timestamp
    assert read.anchor.on(CHAIN)
    assert (read.anchor.contract, read.anchor.log_index) == (CONTRACT, 7)
    assert (read.anchor.block_number, read.anchor.block_hash) == (BLOCK.number, BLOCK.hash)
    assert read.anchor.transaction == word("transaction")


GOOD = anchored_log()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, topics=GOOD.topics[:2]),
        replace(GOOD, topics=(*GOOD.topics, bytes(32))),
        replace(GOOD, topics=(contract.CREATED, *GOOD.topics[1:])),
        replace(GOOD, block_number=5),
        replace(GOOD, block_hash=word("orphan")),
        replace(GOOD, data=GOOD.data[:-40]),
        replace(GOOD, data=b""),
        replace(GOOD, index=2**60),
        anchored_log(size=0),
        anchored_log(size=2**63),
        anchored_log(size=2**64),
        anchored_log(b""),
        anchored_log(bytes(65)),
    ],
)
def test_a_log_that_the_contract_never_emits_is_no_anchor(wrong: Log) -> None:
    with pytest.raises(InvalidChainAnswer):
        contract.read_anchored(wrong, CHAIN, BLOCK)


def key_logs() -> dict[str, Log]:
    history = word("history")
    return {
        "delegated": log(
            (contract.DELEGATED, AUTHOR, DELEGATE),
            ["uint8", "uint64", "uint64", "bytes32"],
            [3, 5, 9, history],
            HOME.contract,
        ),
        "revoked": log((contract.REVOKED, AUTHOR, DELEGATE), ["bytes32"], [history], HOME.contract),
        "withdrawn": log(
            (contract.WITHDRAWN, AUTHOR, word("claim")), ["bytes32"], [history], HOME.contract
        ),
    }


def test_events_of_the_keys_are_read() -> None:
    place, history = Place(4, 7, BLOCK.timestamp), word("history")
    read = {name: contract.read_key_event(one, HOME, BLOCK) for name, one in key_logs().items()}
    assert read == {
        "delegated": Delegated(HOME, AUTHOR, DELEGATE, 3, 5, 9, place, history),
        "revoked": Revoked(HOME, AUTHOR, DELEGATE, place, history),
        "withdrawn": Withdrawn(HOME, AUTHOR, word("claim"), place, history),
    }


@pytest.mark.parametrize("name", ["delegated", "revoked", "withdrawn"])
def test_a_log_that_the_keys_never_emit_is_refused(name: str) -> None:
    good = key_logs()[name]
    for wrong in (
        replace(good, address=CONTRACT),
        replace(good, block_hash=word("orphan")),
        replace(good, topics=(contract.ANCHORED, *good.topics[1:])),
        replace(good, topics=(good.topics[0], b"\1" * 32, good.topics[2])),
        replace(good, data=good.data[:-1]),
    ):
        with pytest.raises(InvalidChainAnswer):
            contract.read_key_event(wrong, HOME, BLOCK)


def test_a_word_of_storage_is_read_by_its_places() -> None:
    size = bytes(3) + b"\1" + (77).to_bytes(8, "big") + b"\xff" * 20
    assert contract.size_of_word(size) == 77
    assert contract.closed_of_word(size)
    assert not contract.closed_of_word(bytes(4) + b"\xff" * 28)
    assert contract.nonce_of_word(b"\1" + (5).to_bytes(31, "big")) == 5
