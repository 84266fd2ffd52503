"""The keystore: names, files, what is refused, and what never shows a secret."""

import json
import secrets
import stat
import threading
from pathlib import Path

import pytest
from eth_account import Account

from ledger.adapters.keystore import Keystore
from ledger.errors import (
    InvalidInput,
    KeyExists,
    KeyMissing,
    LedgerError,
    StoreUnavailable,
    WrongPassphrase,
)
from ledger.secp256k1 import address_of_key

CHEAP = 16
KEY = bytes(range(1, 33))
PASSPHRASE = "correct horse"


@pytest.fixture
def keystore(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys", kdf=CHEAP)


def test_a_new_key_is_found_and_opens_after_a_restart(tmp_path: Path, keystore: Keystore) -> None:
    address = keystore.new("default", PASSPHRASE, secrets.token_bytes)
    again = Keystore(tmp_path / "keys")
    assert again.addresses() == [("default", address)]
    assert address_of_key(again.unlock("default", PASSPHRASE)) == address


def test_a_draw_that_is_no_key_is_drawn_again(keystore: Keystore) -> None:
    draws = [bytes(32), b"\xff" * 32, KEY]

    def random(count: int) -> bytes:
        return draws.pop(0) if draws else bytes(count)

    assert keystore.new("default", PASSPHRASE, random) == address_of_key(KEY)


def test_the_files_are_their_owners_alone(tmp_path: Path, keystore: Keystore) -> None:
    keystore.add("a", KEY, PASSPHRASE)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "a.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [".lock", "a.json"]


def test_a_name_or_an_address_is_kept_once(keystore: Keystore) -> None:
    keystore.add("a", KEY, PASSPHRASE)
    with pytest.raises(KeyExists, match="choose another"):
        keystore.new("a", PASSPHRASE, secrets.token_bytes)
    with pytest.raises(KeyExists, match="named 'a'"):
        keystore.add("b", KEY, "other")
    assert keystore.unlock("a", PASSPHRASE) == KEY


def test_of_many_that_make_one_name_at_once_one_succeeds(tmp_path: Path) -> None:
    made: list[bytes] = []
    refused: list[LedgerError] = []

    def make() -> None:
        try:
            store = Keystore(tmp_path / "keys", kdf=CHEAP)
            made.append(store.new("default", PASSPHRASE, secrets.token_bytes))
        except KeyExists as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(refused) == 7
    assert Keystore(tmp_path / "keys").addresses() == [("default", made[0])]


def test_the_only_key_or_the_one_named_default_is_meant(keystore: Keystore) -> None:
    with pytest.raises(KeyMissing, match="keys new"):
        keystore.unlock(None, PASSPHRASE)
    keystore.add("studio", KEY, PASSPHRASE)
    assert keystore.choose(None) == "studio"
    assert keystore.unlock(None, PASSPHRASE) == KEY
    keystore.new("other", PASSPHRASE, secrets.token_bytes)
    with pytest.raises(KeyMissing, match="--key"):
        keystore.choose(None)
    keystore.new("default", PASSPHRASE, secrets.token_bytes)
    assert keystore.choose(None) == "default"
    assert keystore.choose("other") == "other"


def test_a_key_is_found_by_its_address(keystore: Keystore) -> None:
    keystore.add("studio", KEY, PASSPHRASE)
    assert keystore.named_by(address_of_key(KEY)) == "studio"
    with pytest.raises(KeyMissing, match="import"):
        keystore.named_by(bytes(20))


def test_a_missing_key_names_those_there(keystore: Keystore) -> None:
    keystore.add("studio", KEY, PASSPHRASE)
    with pytest.raises(KeyMissing, match="studio"):
        keystore.unlock("default", PASSPHRASE)


@pytest.mark.parametrize("name", ["", "A", "a" * 33, "../a", "a/b", "ä", "a.json", "a\n"])
def test_a_name_that_is_no_file_name_everywhere_is_refused(keystore: Keystore, name: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 32"):
        keystore.add(name, KEY, PASSPHRASE)


def test_an_empty_passphrase_is_refused(keystore: Keystore) -> None:
    with pytest.raises(InvalidInput, match="passphrase"):
        keystore.add("a", KEY, "")


def test_no_secret_is_in_a_message_or_a_repr(keystore: Keystore) -> None:
    keystore.add("a", KEY, PASSPHRASE)
    with pytest.raises(WrongPassphrase) as refusal:
        keystore.unlock("a", "wrong " + PASSPHRASE)
    with pytest.raises(InvalidInput) as no_key:
        keystore.take_in("b", KEY.hex().encode() + b"0", PASSPHRASE)
    for text in (str(refusal.value), str(no_key.value), repr(keystore)):
        assert PASSPHRASE not in text
        assert KEY.hex() not in text


def test_what_is_exported_opens_in_a_wallet(keystore: Keystore) -> None:
    keystore.add("a", KEY, PASSPHRASE)
    assert bytes(Account.decrypt(json.loads(keystore.export(None)), PASSPHRASE)) == KEY


@pytest.mark.parametrize("prefix", [b"", b"0x"])
def test_hex_is_taken_in(keystore: Keystore, prefix: bytes) -> None:
    address = keystore.take_in("a", prefix + KEY.hex().encode() + b"\n", PASSPHRASE)
    assert address == address_of_key(KEY)
    assert keystore.unlock("a", PASSPHRASE) == KEY


def test_another_wallets_json_is_taken_in(tmp_path: Path, keystore: Keystore) -> None:
    foreign = Keystore(tmp_path / "foreign", kdf=CHEAP)
    foreign.add("x", KEY, "their word")
    given = foreign.export("x").encode()
    with pytest.raises(WrongPassphrase):
        keystore.take_in("a", given, PASSPHRASE)
    assert keystore.names() == []
    keystore.take_in("a", given, PASSPHRASE, opens="their word")
    assert keystore.unlock("a", PASSPHRASE) == KEY


@pytest.mark.parametrize("given", [b"", b"00" * 32, b"ff" * 32, b"zz" * 32, b"{", b"{}"])
def test_what_is_no_key_is_not_taken_in(keystore: Keystore, given: bytes) -> None:
    with pytest.raises(InvalidInput):
        keystore.take_in("a", given, PASSPHRASE)
    assert keystore.names() == []


@pytest.mark.parametrize("data", [b"", b"{}", b'{"version":3}', b"x" * 20_000])
def test_a_damaged_file_says_to_bring_it_back(
    tmp_path: Path, keystore: Keystore, data: bytes
) -> None:
    keystore.add("a", KEY, PASSPHRASE)
    (tmp_path / "keys" / "a.json").write_bytes(data)
    with pytest.raises(StoreUnavailable):
        keystore.addresses()
    with pytest.raises(StoreUnavailable):
        keystore.unlock("a", PASSPHRASE)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = Keystore(tmp_path / "file" / "keys", kdf=CHEAP)
    with pytest.raises(StoreUnavailable, match="keys"):
        store.add("a", KEY, PASSPHRASE)
