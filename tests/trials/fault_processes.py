"""Processes of the faults trial: commands with short patience, who adds claims, and who verifies.

    python -m tests.trials.fault_processes command WORDS…     sealbook WORDS, impatient
    python -m tests.trials.fault_processes add HOME CHAIN FILE NUMBER
    python -m tests.trials.fault_processes read HOME CHAIN FOLDER SEED READERS_HOME

All end at SIGTERM. What failed is one line on standard error, as a command says it.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from ledger.digest import Digest
from ledger.errors import LedgerError, NotFinal, NotFound
from ledger.leaf import Disclosed, Leaf
from ledger.report import Verdict
from ledger.services.receipts import receipt_from_queue
from ledger.services.verifying import Question
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.wiring import Installation
from tests.trials.anchor_processes import claim_of

if TYPE_CHECKING:
    from ledger.ports import Queue
    from ledger.services.verifying import Verifying

PATIENCE = 1.0  # seconds for a node, of 20
LEASE_SECONDS = 2.0  # of 30: whoever is killed has it until then
PAUSE = 0.3  # seconds before who owes pins asks again, of 15
AT_ONCE = 3
PAUSE_BETWEEN = 0.4  # seconds between what a process adds
_STOP = threading.Event()


def impatient() -> None:
    """Shorten what engines wait for, so that a trial has time for many faults."""
    from ledger.adapters import (
        json_rpc_chain,
        json_rpc_pool,
        json_rpc_reader,
        json_rpc_transport,
    )
    from ledger.services import anchoring, pinning

    for kind in (
        json_rpc_chain.JsonRpcChain,
        json_rpc_reader.JsonRpcReader,
        json_rpc_transport.JsonRpcTransport,
    ):
        defaults = kind.__init__.__kwdefaults__
        assert defaults is not None
        defaults["timeout"] = PATIENCE
    json_rpc_pool.NODE_TIMEOUT = PATIENCE / 2
    anchoring.LEASE_SECONDS = LEASE_SECONDS
    pinning.FIRST_PAUSE = PAUSE
    pinning.LONGEST_PAUSE = 4 * PAUSE


def add(home: Path, chain: str, file: Path, number: int) -> None:
    """Add claims without an end; write each acknowledged one to the file, durably, after that."""
    round_ = sum(1 for _ in file.open()) // AT_ONCE * AT_ONCE if file.exists() else 0
    kept = os.open(file, os.O_RDWR | os.O_CREAT)
    while not _STOP.is_set():
        try:
            queue, signer = _opened(home, chain)
            while not _STOP.is_set():
                claims = [claim_of(signer, number, round_ + at) for at in range(AT_ONCE)]
                hashes = [Leaf.of(claim).hash for claim in claims]
                indexes = queue.add(list(map(Disclosed, hashes, claims)), None)
                rows = (
                    json.dumps([number, round_ + at, index, hashes[at].hex()]) + "\n"
                    for at, index in enumerate(indexes)
                )
                _note(kept, "".join(rows).encode())
                round_ += AT_ONCE
                _STOP.wait(PAUSE_BETWEEN)
        except LedgerError as cause:  # the same claims are brought again
            _say(cause)
            _STOP.wait(0.1)


def _note(file: int, rows: bytes) -> None:
    """Write down what was acknowledged, at the file's end, however often there is no space."""
    end, at = os.fstat(file).st_size, 0
    while True:
        try:
            while at < len(rows):
                at += os.pwrite(file, rows[at:], end + at)
            os.fsync(file)
        except OSError:
            time.sleep(0.05)
        else:
            return


def _opened(home: Path, chain: str) -> "tuple[Queue, Home]":
    installation = Installation.open(home)
    chain_id = installation.settings.chain(chain).chain_id
    assert chain_id is not None
    return installation.queue(chain), Home(chain_id, installation.contracts.keys)


def read(home: Path, chain: str, folder: Path, seed: int, readers: Path) -> None:
    """Verify acknowledged claims, chosen at random, without an end; print each verdict.

    That is done in a home without blocks and ledger: manifests come from IPFS, if it is there.

    Half of them are claims that were seen final before: by receipt, or by digest.
    """
    chance, known = Random(seed), _Known(folder)
    signer: Home | None = None
    while not _STOP.is_set():
        _STOP.wait(0.1)
        try:
            queue, signer = _opened(home, chain)
            row = known.choose(chance)
            if row is None:
                continue
            claim = claim_of(signer, *row)
            verifying = Installation.open(readers).verifying(chain)
            known.judge(row, "digest", claim, Question(Digest(claim.claim.work)), verifying)
            receipt = receipt_from_queue(queue, claim)
            if receipt is None:
                print(json.dumps({"wrong": f"acknowledged, and not in the queue: {row}"}))
                continue
            known.judge(row, "receipt", claim, Question(receipt=receipt.encode()), verifying)
        except LedgerError as cause:
            _say(cause)


class _Known:
    """What was acknowledged, and what was seen verified by its receipt or by its digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._rows: list[tuple[int, int]] = []
        self._final: dict[str, set[tuple[int, int]]] = {"digest": set(), "receipt": set()}

    def choose(self, chance: Random) -> tuple[int, int] | None:
        for file in self._folder.glob("acknowledged-*"):
            with file.open() as lines:
                lines.seek(self._read.get(file, 0))
                while (line := lines.readline()).endswith("\n"):
                    self._rows.append(tuple(json.loads(line)[:2]))
                    self._read[file] = lines.tell()
        final = sorted(set().union(*self._final.values()))
        if final and chance.random() < 0.5:
            return chance.choice(final)
        return chance.choice(self._rows) if self._rows else None

    def judge(
        self,
        row: tuple[int, int],
        how: str,
        claim: SignedClaim,
        question: Question,
        verifying: "Verifying",
    ) -> None:
        """Verify and print; wrong is what contradicts the claim or what was seen final."""
        began, final = time.time(), row in self._final[how]
        try:
            report = verifying.answer(question)
        except LedgerError as cause:
            _say(cause)
            print(json.dumps({"how": how, "verdict": "unavailable", "final": final}), flush=True)
            return
        verdict = report.verdict
        right = {Verdict.VERIFIED, Verdict.PENDING, Verdict.UNKNOWN}
        if how == "digest" and not final:
            right.add(Verdict.NOT_FOUND)
        said: dict[str, object] = {"how": how, "verdict": verdict.word, "final": final}
        if verdict not in right or (report.claim and report.claim.id != claim.id):
            said["wrong"] = report.summary
            said["findings"] = [finding.to_json() for finding in report.findings]
            said["row"], said["from"], said["to"] = row, began, time.time()
        if verdict is Verdict.VERIFIED:
            self._final[how].add(row)
        print(json.dumps(said), flush=True)


def _say(cause: LedgerError) -> None:
    if not isinstance(cause, NotFound | NotFinal):
        print(f"sealbook: {cause}", file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    """Do what the words say."""
    impatient()
    if words[0] == "command":
        from ledger.cli.main import main as command

        return command(words[1:])
    signal.signal(signal.SIGTERM, lambda *_: _STOP.set())
    if words[0] == "add":
        add(Path(words[1]), words[2], Path(words[3]), int(words[4]))
    else:
        read(Path(words[1]), words[2], Path(words[3]), int(words[4]), Path(words[5]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
