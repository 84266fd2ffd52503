"""The checks of `doctor` on a chain: the chain itself, contracts, ledger, index, accumulators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..adapters.snapshot import require_whole
from ..anchor import NO_ACCUMULATOR, accumulate
from ..batch import Batch, Stage
from ..chain import BlockRef, ChainIdentity
from ..config import ChainSettings
from ..contract import accumulator_slot, closed_of_word, root_slot, size_of_word, size_slot
from ..ports import ChainReader
from ..services.receipts import IN_A_BLOCK
from ..services.statuses import finality_of
from ..wiring import Installation
from .chain_status import contracts_on
from .diagnosis import Diagnosis, State, guarded

LINKED = 1_000  # of the embedded chain's newest blocks, whose parents are compared


@dataclass
class ChainChecks:
    """All checks on one chain of an installation's settings."""

    installation: Installation
    settings: ChainSettings

    @property
    def name(self) -> str:
        """The chain's name in the settings."""
        return self.settings.name

    @cached_property
    def reader(self) -> ChainReader:
        """The chain, to be read."""
        return self.installation.reader(self.name)

    @cached_property
    def identity(self) -> ChainIdentity:
        """Who the chain says it is."""
        return self.reader.identity()

    def run(self) -> Iterator[Diagnosis]:
        """Yield what each check finds."""
        found = list(guarded("chain", self.check_chain, self.name))
        yield from found
        if any(one.state == "wrong" for one in found):
            return  # whatever else is asked of it says the same
        yield from guarded("contracts", self.check_contracts, self.name)
        yield from guarded("ledger", self.check_ledger, self.name)
        yield from guarded("index", self._check_indexed, self.name)

    def _check_indexed(self) -> Iterator[Diagnosis]:
        if self.installation.has_index:
            yield from guarded("index", self.check_index, self.name)
            yield from guarded("accumulators", self.check_accumulators, self.name)
        else:
            yield self._say("index", "note", "none yet; it is made when it is asked")

    def check_chain(self) -> Iterator[Diagnosis]:
        """Check that the chain can be read, is the one that is meant, and hangs together."""
        head = self.reader.block("latest")
        if head is None:
            yield self._wrong("chain", "it has no block", "ask another node")
            return
        if self.settings.embedded:
            require_whole(self.installation.settings.folder(self.settings) / "chain.db")
            broken = self._unlinked(head)
            if broken is not None:
                yield self._wrong(
                    "chain",
                    f"block {broken} does not follow the one before it",
                    "sealbook restore a backup",
                )
                return
        elif self.settings.chain_id not in {None, self.identity.chain_id} or (
            self.settings.genesis not in {None, self.identity.genesis}
        ):
            yield self._wrong(
                "chain",
                f"its node is on chain {self.identity.chain_id} of genesis "
                f"0x{self.identity.genesis.hex()}, the settings pin another",
                "correct rpc, chain_id or genesis in config.toml",
            )
            return
        local = ", LOCAL CHAIN" if self.identity.local else ""
        yield self._say("chain", "well", f"{self.identity.chain_id}, block {head.number}{local}")

    def check_contracts(self) -> Iterator[Diagnosis]:
        """Check that our code is at our addresses."""
        for one in contracts_on(self.installation, self.reader):
            if one["state"] != "ours":
                advice = f"sealbook chain deploy --chain {self.name}"
                said = "is missing" if one["state"] == "missing" else "is other code"
                yield self._wrong("contracts", f"{one['name']} at {one['address']} {said}", advice)
                return
        yield self._say("contracts", "well", "both have the code of this version")

    def check_ledger(self) -> Iterator[Diagnosis]:
        """Check that queue and chain tell the same of this home's ledger."""
        founded = self.installation.files(self.name).founded()
        if founded is None:
            deploy = f"sealbook chain deploy --chain {self.name}"
            yield Diagnosis("ledger", "note", "none of this home", deploy, self.name)
            return
        contract = self.installation.contracts.ledgers
        word = self.reader.storage(contract, size_slot(founded.ledger), "latest")
        size = size_of_word(word)
        held, batches = self._queued()
        anchored = max((one.end for one in batches if one.stage in IN_A_BLOCK), default=0)
        known = {one.end: one.checkpoint.root for one in batches}
        if closed_of_word(word):
            yield self._wrong(
                "ledger", "it is closed on the chain", "found another with a new home"
            )
        elif size > max(known, default=0):
            yield self._wrong(
                "ledger",
                f"the chain has {size} leaves, this home's queue knows of {max(known, default=0)}: "
                "this home is older than its ledger",
                "sealbook restore the newest backup into a new home",
            )
        elif (lost := self._lost(batches)) is not None:
            yield self._wrong("ledger", lost, f"sealbook anchor --chain {self.name}")
        elif size < anchored:
            yield self._wrong(
                "ledger",
                f"the node has {size} leaves, {anchored} were in blocks: it lags behind",
                "ask again, or another node",
            )
        elif size and self.reader.storage(
            contract, root_slot(founded.ledger, size), "latest"
        ) != known.get(size):
            yield self._wrong(
                "ledger",
                f"the chain has another root at size {size}: another home anchors this ledger",
                "use one home only; restore the newest backup into a new home",
            )
        elif held > size:
            advice = f"sealbook anchor --chain {self.name}"
            said = f"{size} leaves on the chain, {held - size} wait"
            yield Diagnosis("ledger", "note", said, advice, self.name)
        else:
            yield self._say("ledger", "well", f"{size} leaves, all on the chain")

    def check_index(self) -> Iterator[Diagnosis]:
        """Check that what the index reached is still on the chain."""
        cursor = self.installation.index.cursor(self.identity)
        head = self.reader.block("latest")
        if cursor is None or head is None:
            yield self._say(
                "index", "note", "nothing of this chain yet; `sealbook sync` follows it"
            )
            return
        now = self.reader.block(cursor.number)
        if now is None or now.hash != cursor.hash:
            yield self._wrong(
                "index", f"block {cursor.number} was reorganised since", "sealbook sync"
            )
        elif cursor.number < head.number:
            behind = f"at block {cursor.number}, {head.number - cursor.number} behind"
            yield Diagnosis("index", "note", behind, "sealbook sync", self.name)
        else:
            yield self._say("index", "well", f"at the head, block {cursor.number}")

    def check_accumulators(self) -> Iterator[Diagnosis]:
        """Check that the index holds every anchor, by one storage read a ledger."""
        index = self.installation.index
        cursor = index.cursor(self.identity)
        if cursor is None:
            return
        ledgers = index.ledgers(self.identity)
        for ledger in ledgers:
            folded = NO_ACCUMULATOR
            for one in index.checkpoints(self.identity, ledger):
                folded = accumulate(folded, one.checkpoint, one.manifest, one.timestamp)
            held = self.reader.storage(
                self.installation.contracts.ledgers, accumulator_slot(ledger), cursor.number
            )
            if held != folded:
                yield self._wrong(
                    "accumulators",
                    f"an anchor of ledger 0x{ledger.hex()} is not in the index",
                    "sealbook sync --rebuild, with another node if it stays so",
                )
                return
        yield self._say("accumulators", "well", f"no anchor of {len(ledgers)} ledgers is missing")

    def _lost(self, batches: Sequence[Batch]) -> str | None:
        """Say what a reorganisation took from batches that were in blocks; None if nothing."""
        lost = list[Batch]()
        for _, batch in sorted({one.end: one for one in batches}.items(), reverse=True):
            if batch.anchor is None or batch.stage not in IN_A_BLOCK:
                continue
            if finality_of(self.reader, batch.anchor) != "reorganised":
                break  # and with it all that are before are in place
            lost.append(batch)
        if not lost:
            return None
        leaves = sum(batch.end - batch.start for batch in lost)
        if all(batch.stage is Stage.INCLUDED for batch in lost):
            return f"{leaves} leaves were in blocks that were reorganised away"
        return (
            f"{leaves} leaves were in blocks that are gone, and some of them were final: the "
            "chain broke its own rule of finality"
        )

    def _queued(self) -> tuple[int, list[Batch]]:
        """Return how many leaves the queue holds, its batches in blocks, and the newest."""
        if not self.installation.has_queue(self.name):
            return 0, []
        self.installation.require_whole_queue(self.name)
        queue = self.installation.queue(self.name)
        newest = queue.last_batch()
        return queue.size(), [*queue.batches(IN_A_BLOCK), *([] if newest is None else [newest])]

    def _unlinked(self, head: BlockRef) -> int | None:
        block = head
        for number in range(head.number - 1, max(-1, head.number - 1 - LINKED), -1):
            before = self.reader.block(number)
            if before is None or before.hash != block.parent:
                return block.number
            block = before
        return None

    def _say(self, check: str, state: State, message: str) -> Diagnosis:
        return Diagnosis(check, state, message, chain=self.name)

    def _wrong(self, check: str, message: str, advice: str) -> Diagnosis:
        return Diagnosis(check, "wrong", message, advice, self.name)
