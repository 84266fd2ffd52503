"""What is signed, with eth_account's encode_typed_data as the oracle."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import signing
from ledger.claim import Claim
from ledger.encoding import MAX_NUMBER
from ledger.errors import InvalidClaim
from ledger.keccak import keccak256
from ledger.secp256k1 import recover_address, sign_digest
from ledger.signing import Home, ProcessCheckpoint, claim_id, process_checkpoint_hash
from tests.ledger.domain_factories import addresses, claim_of, words
from tests.ledger.factories import author_key, signed_process_checkpoint
from tests.ledger.test_claim import claims

homes = st.builds(Home, st.integers(1, MAX_NUMBER), addresses)
numbers = st.integers(0, 2**64 - 1)
checkpoints = st.builds(
    ProcessCheckpoint, addresses, words, st.integers(0, MAX_NUMBER), words, words
)
HOME = Home(1, b"\xaa" * 20)
CLAIM = claim_of(process=b"\7" * 32, steps=2).claim
CHECKPOINT = signed_process_checkpoint(1).checkpoint


def oracle(home: Home, kind: str, message: dict[str, Any]) -> Any:  # noqa: ANN401 - a SignableMessage
    """Return eth_account's message for a type written as in signing.py."""
    name, rest = kind[:-1].split("(")
    members = [dict(zip(("type", "name"), one.split(), strict=True)) for one in rest.split(",")]
    domain = {
        "name": "Sealbook",
        "version": "1",
        "chainId": home.chain_id,
        "verifyingContract": f"0x{home.contract.hex()}",
    }
    values = {
        one["name"]: f"0x{message[one['name']].hex()}"
        if one["type"] == "address"
        else message[one["name"]]
        for one in members
    }
    return encode_typed_data(domain, {name: members}, values)


def digest_of(message: Any) -> bytes:  # noqa: ANN401
    return keccak256(b"\x19" + message.version + message.header + message.body)


def of_claim(claim: Claim) -> dict[str, Any]:
    return {one.name: getattr(claim, one.name) for one in fields(claim)}


def of_checkpoint(checkpoint: ProcessCheckpoint) -> dict[str, Any]:
    said = {one.name: getattr(checkpoint, one.name) for one in fields(checkpoint)}
    return said | {"processId": said.pop("process_id")}


@settings(max_examples=40, deadline=None)
@given(home=homes, claim=claims)
def test_a_claim_id_is_eth_account_s(home: Home, claim: Claim) -> None:
    assert claim_id(home, claim) == digest_of(oracle(home, signing.CLAIM_TYPE, of_claim(claim)))


@settings(max_examples=40, deadline=None)
@given(home=homes, checkpoint=checkpoints)
def test_a_process_checkpoint_s_hash_is_eth_account_s(
    home: Home, checkpoint: ProcessCheckpoint
) -> None:
    message = oracle(home, signing.PROCESS_CHECKPOINT_TYPE, of_checkpoint(checkpoint))
    assert process_checkpoint_hash(home, checkpoint) == digest_of(message)


@settings(max_examples=40, deadline=None)
@given(
    home=homes,
    author=addresses,
    delegate=addresses,
    claim=words,
    values=st.tuples(st.integers(0, 255), numbers, numbers, numbers, numbers),
)
def test_orders_to_the_keys_hash_as_eth_account_s(
    home: Home, author: bytes, delegate: bytes, claim: bytes, values: tuple[int, ...]
) -> None:
    purposes, before, after, nonce, deadline = values
    order = {"author": author, "nonce": nonce, "deadline": deadline}
    withdraw = oracle(home, signing.WITHDRAW_TYPE, order | {"claimId": claim})
    assert signing.withdraw_hash(home, author, claim, nonce, deadline) == digest_of(withdraw)
    revoke = oracle(home, signing.REVOKE_TYPE, order | {"delegate": delegate})
    assert signing.revoke_hash(home, author, delegate, nonce, deadline) == digest_of(revoke)
    said = order | {"delegate": delegate, "purposes": purposes}
    delegation = oracle(
        home, signing.DELEGATE_TYPE, said | {"notBefore": before, "notAfter": after}
    )
    assert signing.delegate_hash(
        home, author, delegate, purposes, (before, after), nonce, deadline
    ) == digest_of(delegation)


def test_a_wallet_signs_and_recovers_as_we_do() -> None:
    key = author_key("alice")
    message = oracle(HOME, signing.CLAIM_TYPE, of_claim(CLAIM))
    signed = Account.sign_message(message, key)
    ours = sign_digest(claim_id(HOME, CLAIM), key)
    assert bytes(signed.signature) == ours
    assert recover_address(claim_id(HOME, CLAIM), ours) == CLAIM.author
    said = Account.recover_message(message, signature=ours)
    assert said == Account.from_key(key).address


def flips(value: object) -> list[object]:
    """Return the value with each of its bits flipped."""
    if isinstance(value, int):
        return [value ^ (1 << bit) for bit in range(53)]
    data = value.encode() if isinstance(value, str) else value
    assert isinstance(data, bytes)
    found: list[object] = []
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        if isinstance(value, bytes):
            found.append(bytes(flipped))
        elif flipped.isascii():
            found.append(flipped.decode())
    return found


@pytest.mark.parametrize(
    ("value", "hash_of"),
    [
        (CLAIM, lambda one: claim_id(HOME, one)),
        (CHECKPOINT, lambda one: process_checkpoint_hash(HOME, one)),
        (HOME, lambda one: claim_id(one, CLAIM)),
    ],
)
def test_every_flipped_bit_of_every_signed_field_changes_the_id(
    value: Any,  # noqa: ANN401
    hash_of: Callable[[Any], bytes],
) -> None:
    seen = {hash_of(value)}
    tried = 1
    for field in fields(value):
        for flipped in flips(getattr(value, field.name)):
            try:
                other = replace(value, **{field.name: flipped})
            except InvalidClaim:
                continue  # a statement with a control character: never signed
            seen.add(hash_of(other))
            tried += 1
    assert len(seen) == tried > 200


@given(home=homes)
def test_a_home_reads_back_as_it_was_written(home: Home) -> None:
    assert Home.from_json(home.to_json()) == home


@given(checkpoint=checkpoints)
def test_a_process_checkpoint_reads_back_as_it_was_written(checkpoint: ProcessCheckpoint) -> None:
    assert ProcessCheckpoint.from_json(checkpoint.to_json()) == checkpoint


@pytest.mark.parametrize(
    "make",
    [
        lambda: Home(0, bytes(20)),
        lambda: Home(MAX_NUMBER + 1, bytes(20)),
        lambda: Home(1, bytes(21)),
        lambda: Home.from_json({**HOME.to_json(), "name": "x"}),
        lambda: replace(CHECKPOINT, author=bytes(19)),
        lambda: replace(CHECKPOINT, process_id=bytes(31)),
        lambda: replace(CHECKPOINT, root=bytes(31)),
        lambda: replace(CHECKPOINT, salt=bytes(33)),
        lambda: replace(CHECKPOINT, steps=-1),
        lambda: replace(CHECKPOINT, steps=MAX_NUMBER + 1),
        lambda: ProcessCheckpoint.from_json({**CHECKPOINT.to_json(), "time": 1}),
    ],
)
def test_what_breaks_a_rule_is_not_signed(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidClaim, match=r"expected|unknown"):
        make()
