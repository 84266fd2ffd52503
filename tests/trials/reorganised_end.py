"""What must hold when the reorganisations are over: for each claim, each leaf, each transaction."""

import contextlib
import io
from collections import Counter
from pathlib import Path

from ledger.adapters.index import SqlIndex
from ledger.batch import Stage
from ledger.cli.main import main
from ledger.contract import history_after, history_slot
from ledger.key import Withdrawn
from ledger.receipt import Receipt
from ledger.report import Verdict
from ledger.secp256k1 import address_of_key
from ledger.services.receipts import receipt_from_queue
from ledger.services.syncing import Syncing
from ledger.services.verifying import Question
from ledger.signed import SignedClaim
from ledger.wiring import Installation
from tests.answers import answers
from tests.ledger.factories import author_key
from tests.operators import require_whole
from tests.trials.anchor_processes import Where
from tests.trials.branching_node import Branches
from tests.trials.claim_stream import AUTHORS, Streams
from tests.trials.final_watch import Watch, require_followed
from tests.trials.kill_anchor import operator_of
from tests.worlds import World

Result = dict[str, object]
FOUNDING = 3  # transactions before the first anchor: two contracts and the ledger
BY_COMMAND = 10  # receipts that the command itself brings up to date


def address(key: bytes) -> bytes:
    """Return a key's address."""
    return address_of_key(key)


def require_all(where: Where, branches: Branches, streams: Streams, watch: Watch) -> Result:
    """Raise unless every promise was kept; return the figures."""
    operator = operator_of(where)
    require_whole(operator)
    batches = operator.queue.batches(tuple(Stage))
    assert {batch.stage for batch in batches} == {Stage.PUBLISHED}
    leaves = operator.queue.leaves(0, operator.queue.size())
    ids = [leaf.signed.id for leaf in leaves if isinstance(leaf.signed, SignedClaim)]
    assert len(set(ids)) == len(ids) == len(leaves) == len(streams.acknowledged)
    for leaf_hash, one in streams.acknowledged.items():
        assert leaves[one.index].leaf_hash == leaf_hash
    for number, block in watch.blocks | {
        (one.anchor.block_number, one.anchor.block_hash)
        for one in watch.final.values()
        if one.anchor is not None
    }:
        assert branches.block(number)["hash"] == f"0x{block.hex()}", "it was called final"
    return {
        "acknowledged": len(streams.acknowledged),
        "batches": len(batches),
        "blocks_called_final": len(watch.blocks),
        "taken_back_after_final": 0,
        "claims_at_two_indexes": 0,
        "said_meanwhile": dict(sorted(watch.said.items())),
        "syncs": watch.syncs,
        **_spent(branches, operator.chain.submitter, len(batches), len(leaves)),
        **_verified(where, streams, watch),
        **_held(where, branches, watch),
        **_followed(where, streams),
    }


def _spent(branches: Branches, submitter: bytes, batches: int, leaves: int) -> Result:
    """Return what the anchors cost; raise if any transaction failed or was one too many."""
    ours, gas, wei = 0, 0, 0
    for number in range(branches.number("latest") + 1):
        for one in branches.receipts(number):
            assert one["status"] == "0x1", f"paid in vain: {one['transactionHash']}"
            if one["from"] == f"0x{submitter.hex()}":
                ours += 1
                used = int(one["gasUsed"], 16)
                if ours > FOUNDING:
                    gas, wei = gas + used, wei + used * int(one["effectiveGasPrice"], 16)
    assert ours == FOUNDING + batches
    assert branches.reverted == []
    return {
        "anchors": batches,
        "anchoring_gas": gas,
        "anchoring_gas_a_leaf": round(gas / leaves),
        "anchoring_wei": str(wei),
        "reverted": 0,
    }


def _verified(where: Where, streams: Streams, watch: Watch) -> Result:
    """Verify every claim's receipt by the node: 0, or void where its author withdrew it."""
    queue = watch.installation.queue(where.chain)
    watch.follow()
    index, withdrawn = watch.installation.index, set[bytes]()
    for name in AUTHORS:
        events = index.key_events(streams.home, address_of_key(author_key(name)))
        withdrawn |= {event.claim for event in events if isinstance(event, Withdrawn)}
    found = Counter[str]()
    for one in streams.acknowledged.values():
        receipt = receipt_from_queue(queue, one.claim)
        assert receipt is not None
        report = watch.verify(receipt)
        expected = Verdict.VOID if one.claim.id in withdrawn else Verdict.VERIFIED
        assert report.verdict is expected, f"{one}: {report.summary}"
        offline = watch.verifying().answer(Question(receipt=receipt.encode(), offline=True))
        assert offline.verdict is expected, f"{one}: {offline.summary}"
        found[report.verdict.word] += 1
    return {"verdicts_at_the_end": dict(found)}


def _held(where: Where, branches: Branches, watch: Watch) -> Result:
    """Judge the receipts that somebody holds from before: they hold, or say what became of them."""
    gone, upgraded = 0, 0
    queue = watch.installation.queue(where.chain)
    for receipt in list(watch.receipts):
        (anchor,) = receipt.anchors
        stands = branches.block(anchor.block_number)["hash"] == f"0x{anchor.block_hash.hex()}"
        verdict = watch.verify(receipt).verdict
        assert (verdict is Verdict.REORGANISED) == (not stands)
        if stands:
            continue
        gone += 1
        remembered = watch.installation.memory.recall(receipt)
        assert remembered is None, "what is overturned is remembered"
        newest = receipt_from_queue(queue, receipt.signed)
        assert newest is not None
        assert watch.verify(newest).verdict in {Verdict.VERIFIED, Verdict.VOID}
        if upgraded < BY_COMMAND:
            upgraded += 1
            now = _by_command(where.home, receipt)
            assert (now.signed, now.inclusion, now.anchors) == (
                newest.signed,
                newest.inclusion,
                newest.anchors,
            )
            assert watch.verify(now).verdict in {Verdict.VERIFIED, Verdict.VOID}
    return {"receipts_held": len(watch.receipts), "reorganised_and_upgraded": gone}


def _by_command(home: Path, receipt: Receipt) -> Receipt:
    """Bring a receipt up to date by `upgrade`."""
    path = home.parent / "held.seal.json"
    path.write_bytes(receipt.encode())
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["upgrade", str(path), "--home", str(home)]) == 0
    return Receipt.decode(path.read_bytes())


def _followed(where: Where, streams: Streams) -> Result:
    """Compare the index with one that is made anew, and the key states with the chain's hash."""
    installation = Installation.open(where.home)
    require_followed(installation, where.chain)
    reader, contracts = installation.reader(where.chain), installation.contracts
    writer = installation.chain(where.chain, where.submitter_key)
    world = World(writer, reader, installation.blocks, contracts)
    claims = [one.claim for one in streams.acknowledged.values()]
    anew = SqlIndex(where.home.parent / "anew.db")
    Syncing(reader, contracts, anew, installation.blocks).run()
    again = answers(world, anew, claims, AUTHORS)
    assert answers(world, installation.index, claims, AUTHORS) == again
    anew.close()
    events = 0
    for name in AUTHORS:
        author = address_of_key(author_key(name))
        told = installation.index.key_events(world.home, author)
        held = reader.storage(contracts.keys, history_slot(author), "latest")
        assert history_after(told) == held, "the key states are not the chain's"
        events += len(told)
    return {"key_events": events, "index_equals_rebuilt": True}
