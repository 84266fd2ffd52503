"""`ledger.state_trie` against the tries, accounts and headers of py-evm."""

from importlib import import_module
from typing import Any

import pytest
from eth.chains.mainnet import MAINNET_GENESIS_HEADER
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth_typing import BlockNumber, Hash32
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger.errors import InvalidStateProof
from ledger.keccak import keccak256
from ledger.state_trie import (
    EMPTY_ROOT,
    BlockHeader,
    ProofNodes,
    account_of,
    storage_of,
    walk,
)

Loose = Any  # py-evm's libraries are typed in part
rlp: Loose = import_module("rlp")
keys = st.binary(min_size=1, max_size=4)
tries = st.dictionaries(keys, st.binary(min_size=1, max_size=40), max_size=60)
words = st.integers(1, 2**256 - 1)


def grown(content: dict[bytes, bytes]) -> Loose:
    trie: Loose = HexaryTrie({})
    for key, value in content.items():
        trie[keccak256(key)] = value
    return trie


def proof_of(trie: Loose, key: bytes) -> list[bytes]:
    return [rlp.encode(node) for node in trie.get_proof(keccak256(key))]


def flip(nodes: list[bytes], bit: int) -> list[bytes]:
    """Flip a bit, counted over all nodes."""
    out = list(nodes)
    for at, node in enumerate(nodes):
        if bit < len(node) * 8:
            out[at] = (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(len(node), "big")
            break
        bit -= len(node) * 8
    return out


@given(tries, st.lists(keys, max_size=5))
def test_present_and_absent_keys_are_those_of_the_oracle(
    content: dict[bytes, bytes], others: list[bytes]
) -> None:
    trie = grown(content)
    for key in [*content, *others]:
        proof = ProofNodes(proof_of(trie, key))
        assert walk(trie.root_hash, key, proof) == content.get(key)
        proof.require_end()
        assert walk(trie.root_hash, key, trie.db.__getitem__) == content.get(key)


@given(tries, keys, st.data())
def test_any_flipped_bit_in_a_proof_is_refused(
    content: dict[bytes, bytes], key: bytes, draw: st.DataObject
) -> None:
    trie = grown({b"one": b"1", **content})
    proof = proof_of(trie, key)
    wrong = flip(proof, draw.draw(st.integers(0, 8 * sum(map(len, proof)) - 1)))
    with pytest.raises(InvalidStateProof):
        walk(trie.root_hash, key, ProofNodes(wrong))
    by_hash = dict(zip(map(keccak256, proof), wrong, strict=True))
    with pytest.raises(InvalidStateProof):  # and so is a store that gives it under the old hash
        walk(trie.root_hash, key, by_hash.__getitem__)


@given(tries, keys, st.data())
def test_a_proof_with_a_node_missing_or_idle_is_refused(
    content: dict[bytes, bytes], key: bytes, draw: st.DataObject
) -> None:
    trie = grown({b"one": b"1", **content})
    proof = proof_of(trie, key)
    left_out = draw.draw(st.integers(0, len(proof) - 1))
    with pytest.raises(InvalidStateProof, match="in the proof"):
        walk(trie.root_hash, key, ProofNodes(proof[:left_out] + proof[left_out + 1 :]))
    padded = ProofNodes([*proof, b"idle"])
    assert walk(trie.root_hash, key, padded) == {b"one": b"1", **content}.get(key)
    with pytest.raises(InvalidStateProof, match="1 idle"):
        padded.require_end()


@given(st.binary(min_size=1, max_size=20), st.dictionaries(st.integers(1, 255), st.just(b"v")))
def test_nodes_that_stand_in_their_parents_are_walked(
    value: bytes, siblings: dict[int, bytes]
) -> None:
    way = keccak256(b"key")
    trie: Loose = HexaryTrie({})
    trie[way] = value
    for mask, other in siblings.items():
        trie[way[:-1] + bytes([way[-1] ^ mask])] = other
    assert walk(trie.root_hash, b"key", trie.db.__getitem__) == value
    del trie[way]
    assert walk(trie.root_hash, b"key", trie.db.__getitem__) is None


def test_the_empty_trie_holds_nothing() -> None:
    assert HexaryTrie({}).root_hash == EMPTY_ROOT
    assert walk(EMPTY_ROOT, b"key", bytes) is None


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.binary(min_size=20, max_size=20),
        st.tuples(
            st.integers(0, 2**64 - 1),
            st.integers(1, 2**255),
            st.binary(max_size=8),
            st.dictionaries(st.integers(0, 2**256 - 1), words, max_size=4),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_accounts_and_storage_are_those_of_py_evm(content: dict[bytes, Any]) -> None:
    kept = AtomicDB()
    state: Any = AccountDB(kept)
    for address, (nonce, balance, code, slots) in content.items():
        state.set_nonce(address, nonce)
        state.set_balance(address, balance)
        state.set_code(address, code)
        for slot, word in slots.items():
            state.set_storage(address, slot, word)
    root = state.make_state_root()
    state.persist()
    for address, (nonce, balance, code, slots) in content.items():
        account = account_of(root, address, kept.__getitem__)
        assert account is not None
        assert (account.nonce, account.balance) == (nonce, balance)
        assert account.code_hash == keccak256(code)
        for slot, word in [*slots.items(), (7, slots.get(7, 0))]:
            read = storage_of(account.storage_root, slot.to_bytes(32, "big"), kept.__getitem__)
            assert int.from_bytes(read, "big") == word
    assert account_of(root, bytes(19) + b"\x07", kept.__getitem__) is None


def test_the_header_of_the_first_block_of_ethereum_is_read() -> None:
    header = BlockHeader.parse(rlp.encode(MAINNET_GENESIS_HEADER))
    assert header.hash.hex() == "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    assert (header.number, header.timestamp, header.parent_hash) == (0, 0, bytes(32))


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32))
def test_later_headers_and_fields_still_unknown_are_tolerated(
    number: int, timestamp: int, root: bytes
) -> None:
    theirs = CancunBlockHeader(
        difficulty=0,
        block_number=BlockNumber(number),
        gas_limit=5,
        timestamp=timestamp,
        state_root=Hash32(root),
    )
    raw = rlp.encode(theirs)
    header = BlockHeader.parse(raw)
    assert (header.number, header.timestamp) == (number, timestamp)
    assert (header.state_root, header.parent_hash) == (root, theirs.parent_hash)
    assert header.hash == theirs.hash
    longer = BlockHeader.parse(rlp.encode([*rlp.decode(raw), b"new", [b"nested"]]))
    assert (longer.number, longer.state_root) == (number, root)
