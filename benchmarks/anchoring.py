"""Claims a second sealed in one batch on the embedded chain, beside bare SHA-256 and signing.

    python benchmarks/anchoring.py [FOLDER]

Sealed is all of it: the work read and named, the claim signed, acknowledged durably in the queue,
anchored by one transaction, and its receipt made. The folder should be on the disk that is asked
about; the default is a temporary one.
"""

import hashlib
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ledger.library import embedded
from ledger.secp256k1 import address_of_key, sign_digest
from ledger.services.claiming import Wishes, make_claim, read_work
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.wiring import Installation

KEY = bytes(31) + b"\x07"
AUTHOR = address_of_key(KEY)
WISHES = Wishes("image/png", "Lantern")
WORK_BYTES = 100_000  # a small image
ROUNDS = 3


def works(count: int) -> list[bytes]:
    return [secrets.token_bytes(WORK_BYTES) for _ in range(count)]


def claims_of(given: Sequence[bytes], home: Home) -> list[SignedClaim]:
    return [
        make_claim(read_work([data]), WISHES, home, AUTHOR, KEY, secrets.token_bytes)
        for data in given
    ]


def bare(given: Sequence[bytes]) -> float:
    began = time.perf_counter()
    for data in given:
        sign_digest(hashlib.sha256(data).digest(), KEY)
    return time.perf_counter() - began


def sealed(folder: Path, given: Sequence[bytes]) -> tuple[float, float, float, float]:
    """Return the seconds to claim, to acknowledge, to anchor, and to make the receipts."""
    installation = Installation.open(folder)
    chain = embedded(installation)
    home = Home(chain.identity().chain_id, installation.contracts.keys)
    sealing = installation.sealing(chain, "local")
    marks = [time.perf_counter()]
    claims = claims_of(given, home)
    marks.append(time.perf_counter())
    sealing.acknowledge(claims)
    marks.append(time.perf_counter())
    sealing.anchoring.run()
    marks.append(time.perf_counter())
    receipts = sealing.seal(claims, 60)
    marks.append(time.perf_counter())
    if not all(receipt.anchors for receipt in receipts):
        raise SystemExit("expected every claim to be anchored")
    spans = [end - start for start, end in pairwise(marks)]
    return spans[0], spans[1], spans[2], spans[3]


def main() -> None:
    where = sys.argv[1] if len(sys.argv) > 1 else None
    print(f"{'batch of':>9}{'sealed':>12}{'bare':>12}   ms a claim: claim  queue  anchor  receipt")
    for count in (1, 100, 1_000):
        given = works(count)
        rounds = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(dir=where) as name:
                rounds.append(sealed(Path(name) / "home", given))
        best = min(rounds, key=sum)
        middle = statistics.median(map(sum, rounds))
        alone = statistics.median(bare(given) for _ in range(ROUNDS))
        each = "  ".join(f"{1000 * span / count:6.2f}" for span in best)
        print(f"{count:>9,}{count / middle:>10,.0f}/s{count / alone:>10,.0f}/s   {'':12}{each}")


if __name__ == "__main__":
    main()
