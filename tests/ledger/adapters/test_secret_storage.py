"""Keys under a passphrase, held against eth_account: each reads what the other wrote."""

import json
from typing import Any

import pytest
from eth_account import Account
from eth_keyfile.keyfile import KDFType, create_keyfile_json
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.adapters.secret_storage import decrypt_key, encrypt_key, read_address
from ledger.errors import InvalidInput, LedgerError, LimitExceeded, WrongPassphrase
from ledger.secp256k1 import address_of_key

CHEAP = 16
KEY = bytes(range(1, 33))
# The example of the Web3 Secret Storage Definition (ethereum.org, "Test vectors", scrypt).
EXAMPLE = json.dumps(
    {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
            "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
            "kdf": "scrypt",
            "kdfparams": {
                "dklen": 32,
                "n": 262144,
                "p": 8,
                "r": 1,
                "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
            },
            "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    }
).encode()


def written() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(encrypt_key(KEY, "word", CHEAP))
    return said


def test_the_example_of_the_definition_opens() -> None:
    expected = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    assert decrypt_key(EXAMPLE, "testpassword").hex() == expected


def test_what_is_written_opens_in_eth_account() -> None:
    for passphrase in ("word", "zwölf Boxkämpfer 墨"):
        data = encrypt_key(KEY, passphrase, CHEAP)
        assert bytes(Account.decrypt(json.loads(data), passphrase)) == KEY


@pytest.mark.parametrize(("kdf", "work"), [("scrypt", CHEAP), ("pbkdf2", 10)])
def test_what_eth_keyfile_writes_opens_here(kdf: KDFType, work: int) -> None:
    said = create_keyfile_json(KEY, b"word", kdf=kdf, iterations=work)
    data = json.dumps(said).encode()
    assert decrypt_key(data, "word") == KEY
    assert read_address(data) == address_of_key(KEY)


def test_an_old_wallets_capital_letters_are_read() -> None:
    said = written()
    said["Crypto"] = said.pop("crypto")
    assert decrypt_key(json.dumps(said).encode(), "word") == KEY


def test_the_standard_cost_is_that_of_the_wallets() -> None:
    said = json.loads(encrypt_key(KEY, "word"))
    assert (said["crypto"]["kdfparams"]["n"], said["crypto"]["kdfparams"]["r"]) == (262144, 8)


def test_another_passphrase_is_refused() -> None:
    with pytest.raises(WrongPassphrase, match="passphrase"):
        decrypt_key(encrypt_key(KEY, "word", CHEAP), "Word")


def test_a_file_that_names_another_address_is_refused() -> None:
    said = written()
    said["address"] = "00" * 20
    with pytest.raises(InvalidInput, match="another's"):
        decrypt_key(json.dumps(said).encode(), "word")


@pytest.mark.parametrize("n", [2**22, 2**40, 2**18 + 1, 1, 0, -4, True, "16", None, 1.5])
def test_a_cost_that_a_stranger_must_not_ask_is_refused(n: object) -> None:
    said = written()
    said["crypto"]["kdfparams"]["n"] = n
    said["crypto"]["kdfparams"]["r"] = 8
    with pytest.raises(InvalidInput):
        decrypt_key(json.dumps(said).encode(), "word")


def test_rounds_without_end_are_refused() -> None:
    said = create_keyfile_json(KEY, b"word", kdf="pbkdf2", iterations=10)
    said["crypto"]["kdfparams"]["c"] = 10**9
    with pytest.raises(InvalidInput, match="10000000"):
        decrypt_key(json.dumps(said).encode(), "word")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"{}", b'{"version":3}', b'{"version":4}', b"\xff", b"[" * 5000],
)
def test_what_is_no_key_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        decrypt_key(data, "word")


def test_a_file_beyond_all_measure_is_not_read() -> None:
    with pytest.raises(LimitExceeded):
        decrypt_key(b"{" + b" " * 20_000, "word")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_file_opens_to_its_own_key_or_not_at_all(data: st.DataObject) -> None:
    file = bytearray(encrypt_key(KEY, "word", CHEAP))
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        opened = decrypt_key(bytes(file), "word")
    except LedgerError:
        return
    assert opened == KEY
