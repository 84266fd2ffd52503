"""The Python API: `seal` and `verify`, over the same services as the command line."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .asking import ask
from .config import LOCAL
from .digest import Digest
from .disclosure import Disclosure
from .drafts import Author, Draft, Said, draft, read_steps, require_readable
from .errors import KeyExists
from .leaf import Disclosed, Leaf
from .policy import Finality, Policy
from .ports import Chain
from .receipt import Receipt
from .report import Report
from .secp256k1 import address_of_key
from .signing import Home
from .wiring import Installation

DEFAULT_KEY = "default"


def seal(
    file: str | Path,
    *,
    passphrase: str,
    home: str | Path | None = None,
    key: str | None = None,
    process: str | Path | None = None,
    title: str | None = None,
    licence: str | None = None,
    ai_disclosure: str | None = None,
    wait: float = 120.0,
) -> Receipt:
    """Claim, sign and anchor a file on the embedded chain; write FILE.seal.json; return it.

    On a fresh home the key, chain, contracts and ledger are made first. `process` is a JSON Lines
    file of steps (docs/process-log.md); `wait` bounds the anchoring, in seconds. Sealing the same
    file again goes on where it was left. LedgerError when it can't be done.
    """
    installation = Installation.open(home)
    said = Said(title, licence, ai_disclosure, None if process is None else Path(process))
    require_readable(Path(file))
    author = unlock(installation, key, passphrase)
    chain = embedded(installation)
    drafts = draft_all(installation, [Path(file)], author, said, chain.identity().chain_id)
    return anchor_all(installation, chain, LOCAL, drafts, wait)[0].receipt


def verify(
    what: str | Path | Digest,
    *,
    receipt: str | Path | None = None,
    home: str | Path | None = None,
    offline: bool = False,
    trusted_block: bytes | None = None,
    finality: Finality = "finalized",
    disclosure: Disclosure | None = None,
) -> Report:
    """Judge a file, a digest (`sha256:…`) or a receipt; return the report.

    A file takes the receipt given, else FILE.seal.json beside it, else the index is asked.
    `offline` asks no engine; `trusted_block` is a block hash (32 bytes) that you trust. A verdict
    is an answer: only questions that can't be asked raise (LedgerError).
    """
    installation = Installation.open(home)
    question = ask(
        what,
        None if receipt is None else Path(receipt),
        offline=offline,
        trusted_block=trusted_block,
        disclosure=disclosure,
    )
    verifying = installation.offline() if offline else installation.verifying()
    return replace(verifying, policy=Policy(finality)).answer(question)


def unlock(installation: Installation, key: str | None, passphrase: str) -> Author:
    """Return the author of a key in this home's keystore; on a home without keys, make one."""
    keystore = installation.keystore
    if not keystore.addresses():
        installation.make_home()
        with suppress(KeyExists):  # another process made it meanwhile
            keystore.new(key or DEFAULT_KEY, passphrase, secrets.token_bytes)
    private_key = keystore.unlock(key, passphrase)
    return Author(address_of_key(private_key), private_key)


def embedded(installation: Installation) -> Chain:
    """Return the embedded chain with contracts and ledger, all made if they are missing."""
    chain = installation.chain(LOCAL)
    if installation.files(LOCAL).founded() is None:
        installation.found(chain, LOCAL, chain.submitter)
    return chain


def draft_all(
    installation: Installation, files: Sequence[Path], author: Author, said: Said, chain_id: int
) -> list[Draft]:
    """Return a draft for each file; all are checked before the first is written."""
    steps = read_steps(said.process)
    for file in files:
        require_readable(file)
    home = Home(chain_id, installation.contracts.keys)
    return [draft(file, author, home, said, installation.logs, steps) for file in files]


def acknowledge_all(installation: Installation, name: str, drafts: Sequence[Draft]) -> None:
    """Take the drafts' claims into the queue, for good; nothing is spent."""
    waiting = [one.receipt.signed for one in drafts if not one.receipt.anchors]
    leaves = [Disclosed(Leaf.of(signed).hash, signed) for signed in waiting]
    installation.queue(name).add(leaves, None)


def anchor_all(
    installation: Installation, chain: Chain, name: str, drafts: Sequence[Draft], wait: float
) -> list[Draft]:
    """Acknowledge the drafts, see them anchored if `wait` seconds allow, write their receipts."""
    waiting = [one for one in drafts if not one.receipt.anchors]
    sealing = installation.sealing(chain, name)
    receipts = sealing.seal([one.receipt.signed for one in waiting], wait)
    by_claim = {receipt.signed.id: receipt for receipt in receipts}
    return [one.with_receipt(by_claim.get(one.receipt.signed.id, one.receipt)) for one in drafts]
