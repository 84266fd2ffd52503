"""Slots, events and hashes against the compiled contracts, running on an EVM."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ledger
from ledger import contract, merkle
from ledger.adapters.clocks import SystemClock
from ledger.adapters.embedded_chain import EmbeddedChain
from ledger.anchor import NO_ACCUMULATOR, accumulate
from ledger.chain import Log
from ledger.checkpoint import Checkpoint, ledger_id
from ledger.errors import TransactionReverted
from ledger.keccak import keccak256
from ledger.key import KeyEvent
from ledger.secp256k1 import address_of_key, sign_digest
from ledger.signing import Home, delegate_hash, revoke_hash, withdraw_hash
from ledger.tree import MemoryNodes, Tree
from tests.cells import FACTORY, send
from tests.ledger.factories import author_key, word

ABI = Path(ledger.__file__).parent / "abi"
SUBMITTER_KEY = bytes(31) + b"\x09"
CHAIN_ID = 2**47 + 12
SALT = word("salt")
NEVER = 2**63


@dataclass(frozen=True, slots=True)
class World:
    """A chain with both contracts on it."""

    chain: EmbeddedChain
    ledgers: bytes
    keys: bytes

    @property
    def home(self) -> Home:
        return Home(CHAIN_ID, self.keys)

    def word_at(self, address: bytes, slot: bytes) -> bytes:
        return self.chain.storage(address, slot, "latest")

    def logs(self, address: bytes, topic: bytes) -> list[Log]:
        head = self.chain.block("latest")
        assert head is not None
        return list(self.chain.logs(address, (topic,), 0, head.number))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    with EmbeddedChain.create(path, SUBMITTER_KEY, SystemClock(), CHAIN_ID) as chain:
        yield World(chain, deploy(chain, "Ledgers"), deploy(chain, "AuthorKeys"))


def deploy(chain: EmbeddedChain, name: str) -> bytes:
    compiled = json.loads((ABI / f"{name}.json").read_text())
    code = bytes.fromhex(compiled["bytecode"].removeprefix("0x"))
    send(chain, FACTORY, bytes(32) + code)
    address = keccak256(b"\xff" + FACTORY + bytes(32) + keccak256(code))[12:]
    assert address.hex() == compiled["address"].removeprefix("0x").lower()
    return address


def test_a_ledger_is_where_its_slots_say(world: World) -> None:
    submitter = world.chain.submitter
    created = ledger_id(CHAIN_ID, world.ledgers, submitter, SALT)
    assert world.word_at(world.ledgers, contract.owner_slot(created)) == bytes(32)
    send(world.chain, world.ledgers, contract.create_call(SALT, submitter))
    assert world.word_at(world.ledgers, contract.owner_slot(created))[12:] == submitter
    word_of_size = world.word_at(world.ledgers, contract.size_slot(created))
    assert contract.submitter_of_word(word_of_size) == submitter
    assert world.logs(world.ledgers, contract.CREATED)[0].topics[1] == created

    tree, accumulator, checkpoints = Tree(0, MemoryNodes()), NO_ACCUMULATOR, list[Checkpoint]()
    for size in (1, 3, 8):
        leaves = [merkle.leaf_hash(bytes((index,))) for index in range(tree.size, size)]
        old, tree = tree.size, tree.append(leaves)
        checkpoint = Checkpoint(created, size, tree.root())
        proof = tree.consistency_proof(old, size)
        data = contract.anchor_call(checkpoint, proof, b"manifest of " + bytes((size,)))
        send(world.chain, world.ledgers, data)
        checkpoints.append(checkpoint)

    logs = world.logs(world.ledgers, contract.ANCHORED)
    for checkpoint, log in zip(checkpoints, logs, strict=True):
        block = world.chain.block(log.block_number)
        assert block is not None
        read = contract.read_anchored(log, world.chain.identity(), block)
        accumulator = accumulate(accumulator, checkpoint, read.manifest, block.timestamp)
        assert (read.checkpoint, read.accumulator) == (checkpoint, accumulator)
        root = world.word_at(world.ledgers, contract.root_slot(created, checkpoint.size))
        assert root == checkpoint.root
    assert world.word_at(world.ledgers, contract.root_slot(created, 2)) == bytes(32)
    assert world.word_at(world.ledgers, contract.accumulator_slot(created)) == accumulator
    word_of_size = world.word_at(world.ledgers, contract.size_slot(created))
    assert contract.size_of_word(word_of_size) == 8
    assert not contract.closed_of_word(word_of_size)

    close = keccak256(b"close(bytes32,bytes32)")[:4] + created + word("successor")
    send(world.chain, world.ledgers, close)
    word_of_size = world.word_at(world.ledgers, contract.size_slot(created))
    assert contract.closed_of_word(word_of_size)
    assert contract.size_of_word(word_of_size) == 8
    assert world.logs(world.ledgers, contract.CLOSED)[0].topics[1] == created


def test_an_author_s_orders_by_signature_lead_to_the_history_that_we_fold(world: World) -> None:
    key, claim, delegate = author_key("alice"), word("claim"), b"\2" * 20
    author, home = address_of_key(key), world.home

    def nonce() -> int:
        word_there = world.word_at(world.keys, contract.nonce_slot(author))
        return contract.nonce_of_word(word_there)

    def history() -> bytes:
        return world.word_at(world.keys, contract.history_slot(author))

    assert (nonce(), history()) == (0, contract.history_after(()))
    order = delegate_hash(home, author, delegate, 3, (5, 2**40), nonce(), NEVER)
    delegation = contract.delegate_call(
        author, delegate, 3, (5, 2**40), NEVER, sign_digest(order, key)
    )
    send(world.chain, world.keys, delegation)
    with pytest.raises(TransactionReverted):  # the nonce is spent
        send(world.chain, world.keys, delegation)
    assert nonce() == 1
    order = withdraw_hash(home, author, claim, nonce(), NEVER)
    send(
        world.chain,
        world.keys,
        contract.withdraw_call(author, claim, NEVER, sign_digest(order, key)),
    )
    for revoked in (delegate, author):
        order = revoke_hash(home, author, revoked, nonce(), NEVER)
        send(
            world.chain,
            world.keys,
            contract.revoke_call(author, revoked, NEVER, sign_digest(order, key)),
        )
    retired = world.word_at(world.keys, contract.nonce_slot(author))
    assert retired[0] == 1
    assert contract.nonce_of_word(retired) == 4

    events = events_of(world, author)
    assert [type(event).__name__ for event in events] == [
        *("Delegated", "Withdrawn", "Revoked", "Revoked")
    ]
    for count, event in enumerate(events, 1):
        assert event.history == contract.history_after(events[:count])
    assert history() == contract.history_after(events)
    # a node that leaves one out, or turns two, is found
    for shown in (events[1:], events[:-1], [events[0], *events[2:]], [*events[1::-1], *events[2:]]):
        assert contract.history_after(shown) != history()


def events_of(world: World, author: bytes) -> list[KeyEvent]:
    head = world.chain.block("latest")
    assert head is not None
    topics = (contract.KEY_TOPICS, author.rjust(32, b"\0"))
    events = []
    for log in world.chain.logs(world.keys, topics, 0, head.number):
        block = world.chain.block(log.block_number)
        assert block is not None
        events.append(contract.read_key_event(log, world.home, block))
    return events
