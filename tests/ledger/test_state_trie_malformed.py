"""RLP, trie nodes, accounts and headers that are not what they should be."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidStateProof
from ledger.keccak import keccak256
from ledger.state_trie import (
    EMPTY_ROOT,
    MAX_HEADER,
    MAX_NODE,
    Account,
    BlockHeader,
    ProofNodes,
    account_of,
    decode_rlp,
    storage_of,
    walk,
)

Loose = Any  # anything that RLP can write
rlp: Loose = import_module("rlp")
nested: Any = st.recursive(st.binary(max_size=70), lambda x: st.lists(x, max_size=5), max_leaves=20)


@given(nested.filter(lambda item: len(rlp.encode(item)) < 2000))
def test_rlp_is_read_as_the_oracle_writes_it(item: Loose) -> None:
    assert decode_rlp(rlp.encode(item), 2000) == item


@given(st.binary(max_size=80))
def test_any_bytes_are_read_as_the_oracle_reads_them(data: bytes) -> None:
    try:
        theirs = rlp.decode(data)
    except rlp.exceptions.DecodingError:
        with pytest.raises(InvalidStateProof):
            decode_rlp(data, 80)
    else:
        assert decode_rlp(data, 80) == theirs


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x80\x80",
        b"\x81\x05",
        b"\x82\x05",
        b"\xb8",
        b"\xb8\x00",
        b"\xb8\x05hello",
        b"\xb9\x00\x38" + bytes(56),
        b"\xbf" + b"\xff" * 8,
        b"\xc2\x05",
        b"\xc1\x82\x05\x05",
        b"\xf8\x01\x05",
        b"\xff" + b"\xff" * 8,
        b"\xc1" * 20 + b"\xc0",
        bytes.fromhex("d0cfcecdcccbcac9c8c7c6c5c4c3c2c1c0"),
    ],
)
def test_rlp_that_is_cut_padded_or_too_deep_is_refused(wrong: bytes) -> None:
    with pytest.raises(InvalidStateProof):
        decode_rlp(wrong, 1000)


def test_nesting_is_allowed_up_to_its_limit() -> None:
    assert decode_rlp(bytes.fromhex("cfcecdcccbcac9c8c7c6c5c4c3c2c1c0"), 99)


# A trie made of what we please: the node under its own hash is the root.
KEY = keccak256(b"key").hex()
LEAF = bytes.fromhex("20" + KEY)
VOID = [b""] * 17
BRANCHED = [b"x" * 32] * 16
MALFORMED: list[Any] = [
    b"text",
    [],
    [LEAF],
    [LEAF, b"v", b"v"],
    [b""] * 16,
    [[LEAF], b"v"],
    [LEAF, b""],
    [LEAF, [b"v"]],
    [LEAF[:-1], b"v"],
    [LEAF + b"\x00", b"v"],
    [b"", b"v"],
    [b"\x40" + LEAF[1:], b"v"],
    [b"\x21" + LEAF[1:], b"v"],
    [b"\x00", b"x" * 32],
    [b"\x00" + LEAF[1:], b"x" * 32],
    [bytes.fromhex("00" + KEY[:2]), b"short"],
    [bytes.fromhex("00" + KEY[:2]), []],
    [bytes.fromhex("1" + KEY[:1]), [b"\x20", b"v"]],
    [*BRANCHED, b"value"],
    [b"x" * 31] * 16 + [b""],
    [[b"\x00"]] * 16 + [b""],
    [bytes.fromhex("1" + KEY[:63]), [[*([[b"\x20", b"v"]] * 16), b""], b"v"]],
]


@pytest.mark.parametrize("node", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_node_is_refused(node: Loose) -> None:
    raw = rlp.encode(node)
    with pytest.raises(InvalidStateProof):
        walk(keccak256(raw), b"key", lambda _: raw)


def test_a_branch_below_the_end_of_a_key_is_refused() -> None:
    top = rlp.encode([bytes.fromhex("1" + KEY[:63]), [[*VOID] for _ in range(16)] + [b""]])
    with pytest.raises(InvalidStateProof, match="branch"):
        walk(keccak256(top), b"key", lambda _: top)


def test_a_branch_without_the_child_proves_absence() -> None:
    raw = rlp.encode(VOID)
    assert walk(keccak256(raw), b"key", lambda _: raw) is None


def leaf(key: bytes, value: Loose) -> tuple[bytes, Callable[[bytes], bytes]]:
    raw = rlp.encode([b"\x20" + keccak256(key), rlp.encode(value)])
    return keccak256(raw), lambda _: raw


ADDRESS, SLOT = bytes(20), bytes(32)
GOOD = [b"\x01", b"", bytes(32), bytes(32)]


def test_an_account_is_read_from_its_four_fields() -> None:
    assert account_of(*_with(ADDRESS, GOOD)) == Account(1, 0, bytes(32), bytes(32))


def _with(key: bytes, value: Loose) -> tuple[bytes, bytes, Callable[[bytes], bytes]]:
    root, node_of = leaf(key, value)
    return root, key, node_of


@pytest.mark.parametrize(
    "value",
    [
        b"text",
        GOOD[:3],
        [*GOOD, b""],
        [b"\x00", *GOOD[1:]],
        [bytes([1]) * 9, *GOOD[1:]],
        [b"", b"\x01" * 33, *GOOD[2:]],
        [b"", [], *GOOD[2:]],
        [*GOOD[:3], b"short"],
        [*GOOD[:2], [], GOOD[3]],
    ],
    ids=range(9),
)
def test_a_malformed_account_is_refused(value: Loose) -> None:
    with pytest.raises(InvalidStateProof):
        account_of(*_with(ADDRESS, value))


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x01", b"\x01" * 33, [b"\x01"]])
def test_a_malformed_storage_word_is_refused(value: Loose) -> None:
    with pytest.raises(InvalidStateProof):
        storage_of(*_with(SLOT, value))


FIELDS = [
    bytes(32), bytes(32), bytes(20), bytes(32), bytes(32), bytes(32), bytes(256),
    b"", b"\x01", b"", b"", b"\x02", b"", bytes(32), bytes(8),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        *[(0, bytes(31)), (0, []), (3, bytes(33)), (8, b"\x00"), (8, b"\x01" * 9), (8, [])],
        *[(11, b"\x00\x01"), (11, []), (14, None)],
    ],
)
def test_a_malformed_header_is_refused(at: int, wrong: Loose) -> None:
    assert BlockHeader.parse(rlp.encode(FIELDS)).timestamp == 2
    fields: list[Any] = list(FIELDS)
    fields[at : at + 1] = [] if wrong is None else [wrong]
    with pytest.raises(InvalidStateProof):
        BlockHeader.parse(rlp.encode(fields))


def test_what_is_too_large_or_of_a_wrong_length_is_refused() -> None:
    calls: list[Callable[[], object]] = [
        lambda: BlockHeader.parse(b"\x80" * (MAX_HEADER + 1)),
        lambda: BlockHeader.parse(b"\x80"),
        lambda: walk(keccak256(bytes(MAX_NODE + 1)), b"key", ProofNodes([bytes(MAX_NODE + 1)])),
        lambda: walk(b"short", b"key", bytes),
        lambda: account_of(EMPTY_ROOT, bytes(19), bytes),
        lambda: storage_of(EMPTY_ROOT, bytes(31), bytes),
    ]
    for call in calls:
        with pytest.raises(InvalidStateProof):
            call()
    assert account_of(EMPTY_ROOT, ADDRESS, bytes) is None
    assert storage_of(EMPTY_ROOT, SLOT, bytes) == bytes(32)
