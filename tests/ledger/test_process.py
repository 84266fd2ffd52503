"""The process log: hiding commitments under one root that binds every bit."""

import hashlib
import hmac
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle, process
from ledger.errors import InvalidInput, InvalidProcessLog, LimitExceeded
from ledger.process import PrefixProof, ProcessLog, process_root, verify_prefix
from ledger.step import MAX_STEPS, Step

LOG_ID, SECRET = bytes(range(32)), bytes(range(32, 64))
VALUES = [
    {"kind": "generate", "seed": str(seed), "prompt": "paper lantern, 水墨"} for seed in range(9)
]
LOG = ProcessLog(LOG_ID, SECRET, tuple(map(Step.of, VALUES)))


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit % (8 * len(data)))).to_bytes(len(data), "big")


def verify(proof: PrefixProof) -> bool:
    """Verify a proof against what was signed: the log as it was with 4 steps and as it is."""
    return verify_prefix(proof, LOG_ID, 4, at(4).root, LOG.size, LOG.root)


def at(size: int) -> ProcessLog:
    return replace(LOG, steps=LOG.steps[:size])


def test_the_tags_have_one_length_and_are_all_different() -> None:
    tags = [process.TAG_SALT, process.TAG_FIELD, process.TAG_STEP, process.TAG_LOG]
    assert {len(tag) for tag in tags} == {16}
    assert len(set(tags)) == 4


def test_a_step_has_the_bytes_that_are_documented() -> None:
    salt = hmac.new(
        SECRET, b"sealbook/salts/1" + LOG_ID + bytes(7) + b"\2" + bytes(4) + b"seed", "sha256"
    ).digest()
    commitment = hashlib.sha256(
        b"sealbook/field/1" + salt + b"\0\4seed" + bytes(7) + b"\2" + b"42"
    ).digest()
    leaf = b"sealbook/steps/1" + LOG_ID + bytes(7) + b"\2" + b"\0\0\0\1" + b"\0\4seed" + commitment
    log = ProcessLog(LOG_ID, SECRET, (*LOG.steps[:2], Step.of({"seed": "42"})))
    assert log.salt_of(2, 0) == salt
    assert log.leaf_hashes[2] == hashlib.sha256(b"\0" + leaf).digest()
    tree = merkle.root(log.leaf_hashes)
    expected = hashlib.sha256(b"sealbook/whole/1" + LOG_ID + bytes(7) + b"\3" + tree)
    assert log.root == expected.digest() == process_root(LOG_ID, 3, tree)


def test_a_log_opens_with_no_steps() -> None:
    log = ProcessLog(LOG_ID, SECRET)
    assert log.size == 0
    assert log.root == process_root(LOG_ID, 0, merkle.EMPTY_ROOT)


def test_equal_fields_have_different_salts_everywhere() -> None:
    log = replace(LOG, steps=(Step.of({"a": "", "b": ""}), Step.of({"a": "", "b": ""})))
    other = replace(log, log_id=flip(LOG_ID, 0))
    salts = [each.salt_of(i, j) for each in (log, other) for i in (0, 1) for j in (0, 1)]
    assert len(set(salts)) == 8


@given(st.integers(0, 8), st.sampled_from(["kind", "seed", "prompt"]), st.text(max_size=4))
def test_another_value_gives_another_root(index: int, name: str, extra: str) -> None:
    try:
        step = Step.of(VALUES[index] | {name: VALUES[index][name] + extra + "x"})
    except InvalidProcessLog:
        return
    steps = (*LOG.steps[:index], step, *LOG.steps[index + 1 :])
    assert replace(LOG, steps=steps).root != LOG.root


def test_another_order_name_number_id_or_secret_gives_another_root() -> None:
    steps = LOG.steps
    others = [
        replace(LOG, steps=steps[::-1]),
        replace(LOG, steps=(Step.of({"kinds": "generate"}), *steps[1:])),
        at(8),
        replace(LOG, log_id=flip(LOG_ID, 7)),
        replace(LOG, secret=flip(SECRET, 7)),
    ]
    assert len({LOG.root, *(other.root for other in others)}) == 6


def test_the_secret_is_never_printed() -> None:
    assert repr(SECRET) not in repr(LOG)
    assert SECRET.hex() not in repr(LOG)


@pytest.mark.parametrize(("log_id", "secret"), [(b"", SECRET), (LOG_ID, SECRET + b"0")])
def test_ids_and_secrets_have_32_bytes(log_id: bytes, secret: bytes) -> None:
    with pytest.raises(InvalidProcessLog, match="of 32 bytes"):
        ProcessLog(log_id, secret)


def test_a_log_has_a_million_steps_at_the_most() -> None:
    with pytest.raises(LimitExceeded, match="expected a log of 0 to 1000000 steps"):
        ProcessLog(LOG_ID, SECRET, LOG.steps[:1] * (MAX_STEPS + 1))


@given(st.integers(0, 9), st.integers(0, 9))
def test_every_earlier_log_is_proven_a_prefix(one: int, two: int) -> None:
    old, new = sorted((one, two))
    proof = at(new).prefix_proof(old)
    assert verify_prefix(proof, LOG_ID, old, at(old).root, new, at(new).root)
    assert PrefixProof.decode(proof.encode()) == proof


@given(st.integers(0, 8), st.integers(1, 9))
def test_a_rival_log_is_no_prefix(changed: int, old: int) -> None:
    changed %= old  # within what was anchored: later steps are free
    steps = (*LOG.steps[:changed], Step.of({"kind": "other"}), *LOG.steps[changed + 1 :])
    rival = replace(LOG, steps=steps)
    for proof in (LOG.prefix_proof(old), rival.prefix_proof(old)):
        is_prefix = verify_prefix(
            proof, LOG_ID, old, replace(rival, steps=steps[:old]).root, 9, LOG.root
        )
        assert not is_prefix


@pytest.mark.parametrize("size", [-1, 10])
def test_a_log_that_never_was_is_not_proven(size: int) -> None:
    with pytest.raises(InvalidProcessLog, match="expected 0 to 9 earlier steps"):
        LOG.prefix_proof(size)


@given(st.data())
def test_any_flipped_bit_of_a_prefix_proof_is_refused(draw: st.DataObject) -> None:
    encoded = LOG.prefix_proof(4).encode()
    data = flip(encoded, draw.draw(st.integers(0, 8 * len(encoded) - 1)))
    try:
        proof = PrefixProof.decode(data)
    except InvalidInput:
        return
    assert not verify(proof)


@given(st.integers(0, 255), st.sampled_from(["id", "old", "new"]))
def test_any_flipped_bit_of_what_was_signed_is_refused(bit: int, which: str) -> None:
    proof = LOG.prefix_proof(4)
    log_id, old, new = LOG_ID, at(4).root, LOG.root
    signed = {"id": log_id, "old": old, "new": new}
    assert verify_prefix(proof, log_id, 4, old, 9, new)
    signed[which] = flip(signed[which], bit)
    assert not verify_prefix(proof, signed["id"], 4, signed["old"], 9, signed["new"])


def test_other_sizes_than_were_signed_are_refused() -> None:
    proof = LOG.prefix_proof(4)
    assert verify(proof)
    assert not verify(replace(proof, old_steps=3))
    assert not verify(replace(proof, steps=8))
    assert not verify_prefix(proof, LOG_ID, 3, at(4).root, 9, LOG.root)
    assert not verify_prefix(proof, LOG_ID, 4, at(4).root, 8, LOG.root)


def test_a_shortened_padded_or_turned_proof_is_refused() -> None:
    proof = LOG.prefix_proof(4)
    for nodes in ((), proof.nodes[:-1], (*proof.nodes, bytes(32)), proof.nodes[::-1]):
        if nodes != proof.nodes:
            assert not verify(replace(proof, nodes=nodes))


@pytest.mark.parametrize(
    "change",
    [
        {"log_id": b""},
        {"steps": -1},
        {"steps": MAX_STEPS + 1},
        {"old_steps": -1},
        {"old_steps": 10},
        {"merkle_root": bytes(31)},
        {"old_merkle_root": bytes(33)},
        {"nodes": (b"",)},
        {"nodes": (bytes(32),) * 65},
    ],
)
def test_a_prefix_proof_that_no_log_has_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises((InvalidProcessLog, LimitExceeded)):
        replace(LOG.prefix_proof(4), **change)  # type: ignore[arg-type]


def test_unknown_and_missing_members_and_other_versions_are_refused() -> None:
    json = dict(LOG.prefix_proof(4).to_json())
    assert set(json) == {"version"} | {each.name for each in fields(PrefixProof)}
    for bad in (
        json | {"x": 1},
        json | {"version": 2},
        *({n: json[n] for n in json if n != m} for m in json),
    ):
        with pytest.raises(InvalidProcessLog, match="a prefix proof"):
            PrefixProof.from_json(bad)
