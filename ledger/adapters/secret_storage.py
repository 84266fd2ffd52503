"""A private key under a passphrase: web3 secret storage, version 3, as wallets exchange it.

eth_keyfile does the cryptography. It lets a file name any cost, so what a file asks is bounded
here before it is asked.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json

from ..errors import InvalidInput, InvalidSignature, LimitExceeded, WrongPassphrase
from ..secp256k1 import KEY_BYTES, address_of_key

STANDARD_COST = 2**18  # scrypt's n as geth and eth_account write it: 256 MiB, 0.7 s
MAX_FILE = 16 * 1024  # bytes: such a file has about 500
# What a stranger's file may make us spend: eight times the standard's memory and time.
MAX_SCRYPT = 8 * STANDARD_COST * 8  # n · r · p, where 128 · n · r is the memory in bytes
MAX_ROUNDS = 10_000_000  # pbkdf2; wallets write 262,144
_DERIVED = 32
_IV = 16
_MAX_SALT = 64

# eth_keyfile brings py_ecc, which raises the limit; at 10,000 a stranger's nested JSON would
# overflow the stack of the whole process (see embedded_evm)
sys.setrecursionlimit(1_000)


def encrypt_key(private_key: bytes, passphrase: str, cost: int = STANDARD_COST) -> bytes:
    """Return the file's bytes; `cost` is scrypt's n, a power of two."""
    address_of_key(private_key)  # InvalidSignature if it is no key
    said = create_keyfile_json(
        private_key, passphrase.encode(), kdf="scrypt", iterations=cost, salt_size=_DERIVED
    )
    return json.dumps(said, indent=1).encode() + b"\n"


def decrypt_key(data: bytes, passphrase: str) -> bytes:
    """Return the private key, 32 bytes. WrongPassphrase; InvalidInput if it is no such file."""
    said = _read(data)
    try:
        crypto = _object(said["crypto"])
        if crypto["cipher"] != "aes-128-ctr":
            raise InvalidInput("expected the cipher aes-128-ctr in the key file, got another")
        text = _binary(crypto["ciphertext"], KEY_BYTES, KEY_BYTES)
        iv = _binary(_object(crypto["cipherparams"])["iv"], _IV, _IV)
        mac = _binary(crypto["mac"], 32, 32)
        kdf = crypto["kdf"]
        params = _bounded(kdf, _object(crypto["kdfparams"]))
    except KeyError as cause:
        raise InvalidInput(f"expected {cause.args[0]} in the key file, it is missing") from cause
    checked = {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": iv.hex()},
        "ciphertext": text.hex(),
        "kdf": kdf,
        "kdfparams": params,
        "mac": mac.hex(),
    }
    try:
        private_key: bytes = decode_keyfile_json(
            {"version": 3, "crypto": checked}, passphrase.encode()
        )
    except ValueError as cause:
        raise WrongPassphrase(
            "expected the passphrase that the key was encrypted with, got another"
        ) from cause
    try:
        address = address_of_key(private_key)
    except InvalidSignature as cause:
        raise InvalidInput("expected a private key within the curve's order in the file") from cause
    if "address" in said and address != read_address(data):
        raise InvalidInput("expected the address of the key in its file, it names another's")
    return private_key


def read_address(data: bytes) -> bytes | None:
    """Return the address that the file says it is of, unproven; None if it does not say."""
    said = _read(data)
    if "address" not in said:
        return None
    return _binary(said["address"], 20, 20)


def _read(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_FILE:
        raise LimitExceeded(f"expected a key file of at most {MAX_FILE} bytes, got {len(data)}")
    try:
        said = _object(json.loads(data))
    except (ValueError, RecursionError) as cause:
        raise InvalidInput("expected an encrypted key: JSON of web3 secret storage") from cause
    if said.get("version") != 3:  # noqa: PLR2004 - the format's version
        raise InvalidInput("expected an encrypted key of version 3, got another version")
    return said


def _object(value: object) -> Mapping[str, Any]:
    """Return a JSON object with its names in lower case: old wallets wrote `Crypto`."""
    if not isinstance(value, dict):
        raise InvalidInput("expected an object in the key file, got another kind of value")
    return {str(name).lower(): item for name, item in value.items()}


def _bounded(kdf: object, said: Mapping[str, Any]) -> dict[str, object]:
    """Return a derivation's parameters once they are within what a stranger may ask."""
    if _number(said["dklen"], _DERIVED) != _DERIVED:
        raise InvalidInput(f"expected a derived key of {_DERIVED} bytes in the key file")
    salt = _binary(said["salt"], 0, _MAX_SALT).hex()
    if kdf == "scrypt":
        n, r, p = (_number(said[name], MAX_SCRYPT) for name in ("n", "r", "p"))
        if n == 1 or n & (n - 1) or n * r * p > MAX_SCRYPT:  # RFC 7914 §2: n is a power of 2
            raise LimitExceeded(
                f"expected scrypt of at most n · r · p = {MAX_SCRYPT}, the key file asks {n}, {r}, "
                f"{p}; export it anew with the wallet's standard cost"
            )
        return {"dklen": _DERIVED, "n": n, "r": r, "p": p, "salt": salt}
    if kdf == "pbkdf2" and said["prf"] == "hmac-sha256":
        rounds = _number(said["c"], MAX_ROUNDS)
        return {"dklen": _DERIVED, "c": rounds, "prf": "hmac-sha256", "salt": salt}
    raise InvalidInput("expected scrypt or pbkdf2 (hmac-sha256) in the key file, got another")


def _number(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise InvalidInput(f"expected a number from 1 to {most} in the key file, got another value")
    return value


def _binary(value: object, least: int, most: int) -> bytes:
    try:
        read = bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError:
        read = None
    if read is None or not isinstance(value, str) or not least <= len(read) <= most:
        raise InvalidInput(f"expected {least} to {most} bytes of hex in the key file")
    return read
