"""What must be true at the end of the faults trial: all that was acknowledged is there, once."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, select

from ledger.adapters import schema_index
from ledger.batch import Stage
from ledger.config import load_settings
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.services.receipts import receipt_from_queue
from ledger.services.verifying import Question
from ledger.signed import SignedClaim
from ledger.signing import Home
from ledger.wiring import Installation
from ledger.wiring.databases import index_engine, index_file, index_url
from tests.operators import require_whole, reverted
from tests.trials.anchor_processes import claim_of
from tests.trials.fault_stack import CHAIN, CHAIN_ID, Stack
from tests.trials.fault_supervised import GIVE_UP
from tests.trials.kill_anchor import operator_of

VERIFIED = 150  # so many receipts are verified at the end, with all engines asked
_SURROGATES = {"id", "ledger", "chain"}  # numbers that the database gives


def claim(stack: Stack, number: int, at: int) -> SignedClaim:
    """Return what a process added."""
    keys = Installation.open(stack.home).contracts.keys
    return claim_of(Home(CHAIN_ID, keys), number, at)


def receipt_of(stack: Stack, number: int, at: int) -> Receipt:
    """Return the receipt of what a process added."""
    found = receipt_from_queue(stack.queue, claim(stack, number, at))
    assert found is not None
    return found


def require_all(stack: Stack) -> dict[str, object]:
    """Stop the load, let the worker finish, and raise unless all is as was acknowledged."""
    for one in (*stack.adders, stack.reader):
        one.stop()
    stack.poster.done.set()
    stack.poster.join(GIVE_UP)
    _wait_until_published(stack)
    for one in (stack.worker, stack.server):
        one.stop()
    assert stack.said.strange == [], stack.said.strange[:20]
    assert [one.ends for one in stack.processes] == [[]] * len(stack.processes)
    verdicts, wrong = _verdicts(stack)
    assert wrong == [], json.dumps(wrong[:5], indent=1)
    assert stack.poster.wrong == []
    operator = operator_of(stack.where)
    require_whole(operator)
    hashes = [leaf.leaf_hash for leaf in stack.queue.leaves(0, stack.queue.size())]
    rows = list(stack.acknowledged())
    for _, _, index, leaf in rows:
        assert hashes[index] == leaf, "acknowledged, and lost or moved"
    for leaf, index in stack.poster.leaves.items():
        assert hashes[index] == leaf, "acknowledged over HTTP, and lost or moved"
    assert reverted(stack.node) == []
    batches = stack.queue.batches(tuple(Stage))
    assert {batch.stage for batch in batches} == {Stage.PUBLISHED}
    verified = _verify(stack, [row[:2] for row in rows])
    _require_index_as_rebuilt(stack)
    return {
        "acknowledged": len(rows) + len(stack.poster.leaves),
        "acknowledged_over_http": len(stack.poster.leaves),
        "refusals_over_http": dict(stack.poster.refusals.most_common()),
        "batches": len(batches),
        "pins_paid": stack.queue.debts().account(stack.target).pinned,
        "receipts_proven": len(rows),
        "receipts_verified_at_the_end": verified,
        "verdicts_meanwhile": verdicts,
        "wrong_verdicts": 0,
        "commands": dict(Counter(f"{one['command']} exit {one['code']}" for one in stack.commands)),
        "reverted": 0,
        "ended_by_themselves": 0,
    }


def _wait_until_published(stack: Stack) -> None:
    _wait(lambda: stack.anchored(stack.queue.size()), "all leaves in blocks")
    stack.node.mine(4)
    unfinished = tuple(set(Stage) - {Stage.PUBLISHED})
    _wait(lambda: not stack.queue.batches(unfinished), "all manifests published")
    accounts = stack.queue.debts()
    _wait(lambda: accounts.account(stack.target).lacking == 0, "all pins paid")


def _wait(until: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + GIVE_UP
    while not until():
        if time.monotonic() > give_up:
            raise SystemExit(f"expected {what}, it is not so")
        time.sleep(0.05)


def _verdicts(stack: Stack) -> tuple[dict[str, int], list[object]]:
    counts, wrong = Counter[str](), list[object]()
    for line in stack.reader.output:
        said = json.loads(line)
        if "wrong" in said:
            wrong.append(said)
        if "how" in said:
            final = "seen final, " * said["final"]
            counts[f"by {said['how']}: {final}{said['verdict']}"] += 1
    return dict(sorted(counts.items())), wrong


def _verify(stack: Stack, rows: list[tuple[int, int]]) -> int:
    chosen = rows[:: max(1, len(rows) // VERIFIED)]
    verifying = Installation.open(stack.home).verifying(CHAIN)
    for row in chosen:
        report = verifying.answer(Question(receipt=receipt_of(stack, *row).encode()))
        assert report.verdict is Verdict.VERIFIED, report.to_json()
    return len(chosen)


def _require_index_as_rebuilt(stack: Stack) -> None:
    """Raise unless all indexes are as one made now, from the chain and IPFS."""
    fresh = stack.home.parent / "rebuilt"
    fresh.mkdir()
    shutil.copy(stack.readers / "config.toml", fresh)
    for home in (stack.home, fresh, stack.readers):
        Installation.open(home).syncing(CHAIN).run()
    rebuilt = _rows(fresh)
    for home in (stack.home, stack.readers):
        for table, rows in _rows(home).items():
            assert rows == rebuilt[table], f"{table} of {home.name} is another when rebuilt"
    assert rebuilt["index_chains"][0][0] == CHAIN_ID
    assert len(rebuilt["index_leaves"]) == stack.queue.size()


def _rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    settings = load_settings(home)
    url = index_url(settings)
    path = index_file(settings)
    engine = create_engine(f"sqlite:///{path}") if url is None else index_engine(url)
    found = {}
    with engine.connect() as connection:
        for table in schema_index.tables.sorted_tables:
            columns = [column for column in table.c if column.name not in _SURROGATES]
            rows = connection.execute(select(*columns)) if columns else ()
            found[table.name] = sorted(map(tuple, rows), key=repr)
    engine.dispose()
    return found
