"""A tiny contract for tests of chains: a table of words, which logs what is set and can refuse.

32 bytes of calldata, a key: it returns the word there. 64 bytes, a key and a word: it sets the
word and emits SET(key) and then DONE, both with the word as data. Anything else: it refuses with
0x42424242.
"""

import time

from ledger.chain import TransactionReceipt
from ledger.keccak import keccak256
from ledger.ports import Chain

SET = b"\xaa" * 32
DONE = b"\xbb" * 32
REFUSAL = "0x42424242"
FACTORY = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")

CODE = (
    bytes.fromhex(
        "36602014601b57"  # calldatasize = 32: go to 0x1b
        "36604014602857"  # calldatasize = 64: go to 0x28
        "63424242426000526004601cfd"  # refuse with four bytes
        "5b6000355460005260206000f3"  # 0x1b: return the word at the key
        "5b602035600035556020356000526000357f"  # 0x28: set it, and put it into memory
    )
    + SET
    + bytes.fromhex("60206000a27f")  # log2(SET, key)
    + DONE
    + bytes.fromhex("60206000a100")  # log1(DONE)
)


def init_code(code: bytes) -> bytes:
    """Return what deploys a code of up to 255 bytes: it copies what follows it, and returns it."""
    return bytes.fromhex(f"60{len(code):02x}600c60003960{len(code):02x}6000f3") + code


INIT = init_code(CODE)


def word(number: int) -> bytes:
    """Return a number as an ABI word."""
    return number.to_bytes(32, "big")


def deploy(chain: Chain, salt: int = 0) -> bytes:
    """Deploy the contract by the Create2 factory and return its address."""
    return deploy_code(chain, CODE, salt)


def deploy_code(chain: Chain, code: bytes, salt: int) -> bytes:
    """Deploy any code of up to 255 bytes and return its address."""
    send(chain, FACTORY, word(salt) + init_code(code))
    return keccak256(b"\xff" + FACTORY + word(salt) + keccak256(init_code(code)))[12:]


def send(chain: Chain, to: bytes, data: bytes) -> bytes:
    """Send a transaction, wait until it is in a block and return its hash."""
    name = chain.broadcast(chain.prepare(to, data, chain.cost(to, data)))
    settled(chain, name)
    return name


def settled(chain: Chain, name: bytes, seconds: float = 20.0) -> TransactionReceipt:
    """Return the receipt of a transaction, once it is in a block."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        receipt = chain.receipt(name)
        if receipt is not None:
            return receipt
        time.sleep(0.01)
    raise AssertionError(f"the transaction 0x{name.hex()} is in no block after {seconds:g} s")
