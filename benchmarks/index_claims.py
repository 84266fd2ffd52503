"""Claims a second that the index takes in, and look-ups a second, beside raw sqlite3.

    python benchmarks/index_claims.py [CLAIMS]

Batches of 1,000 claims with details, as many as it takes for 100,000. sqlite3 does the least that
would do: the claims' text, two look-up columns and the leaf hashes, in one transaction a batch,
and gives text back where the index gives checked values with the checkpoint that holds them.
"""

import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ledger.adapters.index import SqlIndex
from ledger.anchor import Anchor, AnchoredCheckpoint
from ledger.chain import BlockRef, ChainIdentity
from ledger.checkpoint import Checkpoint
from ledger.claim import Claim
from ledger.details import Details
from ledger.encoding import canonical
from ledger.leaf import Disclosed, Leaf
from ledger.placed import AnchoredBatch, Changes
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.tree import Frontier

CHAIN = ChainIdentity(1, bytes(32))
HOME = Home(1, bytes(20))
LEDGER = bytes(32)
BATCH = 1000
LOOKUPS = 2000
DETAILS = Details("image/png", 412_000, title="Lantern", pixels=bytes(32))
DETAILS_DIGEST = DETAILS.digest


def claim() -> SignedClaim:
    # the index checks no signature: any 65 bytes are as long to write
    stated = Claim(bytes(20), os.urandom(32), bytes(32), 0, DETAILS_DIGEST, os.urandom(32))
    return SignedClaim(HOME, stated, os.urandom(65), DETAILS)


def block(number: int) -> BlockRef:
    return BlockRef(number, number.to_bytes(32, "big"), bytes(32), number)


def batches(count: int) -> list[AnchoredBatch]:
    made, before = [], Frontier()
    for number in range(1, count // BATCH + 1):
        signed = [claim() for _ in range(BATCH)]
        leaves = tuple(Disclosed(Leaf.of(one).hash, one) for one in signed)
        after = before.append(leaf.leaf_hash for leaf in leaves)
        anchor = Anchor(1, bytes(32), bytes(20), number, block(number).hash, bytes(32), 0)
        at = Checkpoint(LEDGER, after.size, after.root())
        placed = AnchoredCheckpoint(at, b"cid", bytes(32), anchor, number)
        made.append(AnchoredBatch(before.size, placed, leaves, before.hashes))
        before = after
    return made


class RawIndex:
    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute(
            "CREATE TABLE claims (position INTEGER PRIMARY KEY, leaf_hash BLOB, claim_id BLOB,"
            " work BLOB, signed TEXT)"
        )
        for column in ("leaf_hash", "claim_id", "work"):
            self.connection.execute(f"CREATE INDEX by_{column} ON claims ({column})")

    def apply(self, batch: AnchoredBatch) -> None:
        rows = [
            (leaf.leaf_hash, leaf.signed.id, leaf.signed.claim.work, text(leaf.signed))
            for leaf in batch.leaves or ()
            if isinstance(leaf.signed, SignedClaim)
        ]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(
            "INSERT INTO claims (leaf_hash, claim_id, work, signed) VALUES (?, ?, ?, ?)", rows
        )
        self.connection.execute("COMMIT")

    def ask(self, column: str, value: bytes) -> object:
        query = f"SELECT * FROM claims WHERE {column} = ?"  # noqa: S608  (a name of ours)
        return self.connection.execute(query, (value,)).fetchall()


def text(signed: SignedClaim) -> str:
    return canonical(signed.to_json()).decode()


def rate(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def fresh(made: Sequence[AnchoredBatch]) -> Sequence[AnchoredBatch]:
    """Return the batches with claims whose ids are not computed yet."""
    return [
        replace(one, leaves=tuple(Disclosed(leaf.leaf_hash, leaf.signed) for leaf in one.leaves))
        for one in made
        if one.leaves is not None
    ]


def told(name: str, ours: float, theirs: float) -> None:
    print(f"{name:34}{ours:>10,.0f}/s{theirs:>10,.0f}/s  {ours / theirs:.2f}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    made = batches(count)
    claims = [leaf for one in made for leaf in one.leaves or ()]
    chance = random.Random(1)
    asked = [chance.choice(claims) for _ in range(LOOKUPS)]
    signed = [leaf.signed for leaf in asked if isinstance(leaf.signed, SignedClaim)]
    with tempfile.TemporaryDirectory() as folder:
        index, raw = SqlIndex(Path(folder) / "index.db"), RawIndex(Path(folder) / "raw.db")

        def apply() -> None:
            for one in made:
                number = one.anchored.anchor.block_number
                index.apply(CHAIN, Changes((one,)), block(number))

        print(f"{'':34}{'index':>12}{'sqlite3':>12}  ratio")
        ours = rate(count, apply)
        told(f"apply {count:,} claims", ours, rate(count, lambda: list(map(raw.apply, made))))
        for name, ask, column, values in (
            ("claim by id", index.claim, "claim_id", [one.id for one in signed]),
            (
                "claims on a work",
                lambda work: index.claims_on(work, 100),
                "work",
                [one.claim.work for one in signed],
            ),
            ("find a leaf hash", index.find_leaf, "leaf_hash", [one.leaf_hash for one in asked]),
        ):
            ours = rate(LOOKUPS, lambda ask=ask, values=values: list(map(ask, values)))  # type: ignore[misc]
            theirs = rate(
                LOOKUPS,
                lambda c=column, v=values: [raw.ask(c, value) for value in v],  # type: ignore[misc]
            )
            told(name, ours, theirs)
        began = time.perf_counter()
        index.roll_back(CHAIN, block(count // BATCH // 2))
        print(f"roll back {count // 2:,} claims: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
